"""The fees that Stripe booked, compared with those of our payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..models import Payment
from ..payments import fees
from ..stripe_api.client import get_client
from ..stripe_api.lookup import intent_id
from .sync import Item, Sync

KIND = "balance_transaction"

#: Bookings of money that arrived, by card and by any other method.
ARRIVED = ("charge", "payment")


def fees_of_payments(sync: Sync) -> None:
    """Give each payment whose charge was booked the real fee, if it only has an estimate."""
    service = get_client().v1.balance_transactions
    for page in sync.pages(service.list, created=sync.created, expand=["data.source"]):
        payments = _payments(page)
        for booking in page:
            sync.count(KIND)
            payment = payments.get(booking["id"])
            if payment is not None and fees.awaits_fee(payment, booking):
                detail = f"fee of payment {payment.pk}"
                sync.repair(KIND, booking["id"], "fee", _mend(payment, booking), detail=detail)


def _payments(page: list[Item]) -> dict[str, Payment]:
    """Return the payments whose charges are booked, by the booking's id."""
    intents = {
        booking["id"]: intent_id(booking["source"])
        for booking in page
        if booking["type"] in ARRIVED and isinstance(booking["source"], Mapping)
    }
    wanted = set(intents.values()) - {""}
    rows = {payment.stripe_id: payment for payment in Payment.objects.filter(stripe_id__in=wanted)}
    return {booking: rows[intent] for booking, intent in intents.items() if intent in rows}


def _mend(payment: Payment, booking: Item) -> Callable[[], str]:
    def mend() -> str:
        fees.apply_balance_transaction(payment, booking)
        return ""

    return mend

"""The fees in Stripe's balance transactions, compared with those of our payments."""

from __future__ import annotations

from collections.abc import Mapping

from ..models import Payment
from ..payments import fees
from ..stripe_api.client import get_client
from ..stripe_api.lookup import intent_id
from .sync import Fix, Item, Sync

KIND = "balance_transaction"

#: Types of the money that arrived, by card and by any other method.
ARRIVED = ("charge", "payment")


def fees_of_payments(sync: Sync) -> None:
    """Give each payment with a balance transaction the real fee, if it only has an estimate."""
    service = get_client().v1.balance_transactions
    for page in sync.pages(service.list, created=sync.created, expand=["data.source"]):
        payments = _payments(page)
        for transaction in page:
            sync.count(KIND)
            payment = payments.get(transaction["id"])
            with sync.guarded(KIND, transaction["id"]):
                if payment is not None and fees.awaits_fee(payment, transaction):
                    detail = f"fee of payment {payment.pk}"
                    fix = _fix(payment, transaction)
                    sync.repair(KIND, transaction["id"], "fee", fix, detail=detail)


def _payments(page: list[Item]) -> dict[str, Payment]:
    """Return the payments that the balance transactions are about, by the transaction's id."""
    intents = {
        transaction["id"]: intent_id(transaction["source"])
        for transaction in page
        if transaction["type"] in ARRIVED and isinstance(transaction["source"], Mapping)
    }
    rows = Payment.objects.filter(stripe_id__in=set(intents.values()) - {""})
    payments = {payment.stripe_id: payment for payment in rows}
    return {key: payments[intent] for key, intent in intents.items() if intent in payments}


def _fix(payment: Payment, transaction: Item) -> Fix:
    def fix() -> str:
        fees.apply_balance_transaction(payment, transaction)
        return ""

    return fix

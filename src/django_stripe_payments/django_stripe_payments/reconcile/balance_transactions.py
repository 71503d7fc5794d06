"""Every balance transaction at Stripe is stored, and our payments take their fees from them."""

from __future__ import annotations

from collections.abc import Iterable

from ..balance import apply as balance_apply
from ..models import BalanceTransaction
from ..payments import fees, moments
from ..stripe_api.client import get_client
from .sync import Fix, Item, Sync

KIND = "balance_transaction"

#: Types of the money that arrived, by card and by any other method.
ARRIVED = ("charge", "payment")


def listed(sync: Sync) -> None:
    """Store what is new, and give each payment the real fee if it only has an estimate.

    A new one is not a difference: most are never in an event.
    """
    service = get_client().v1.balance_transactions
    for page in sync.pages(service.list, created=sync.created, expand=["data.source"]):
        sync.count(KIND, number=len(page))
        if stored := balance_apply.apply(page):
            sync.count(KIND, "stored", stored)
        for transaction in _of_payments(page):
            payment = transaction.payment
            with sync.guarded(KIND, transaction.stripe_id):
                if payment is not None and fees.awaits_fee(payment):
                    detail = f"fee of payment {payment.pk}"
                    fix = _fix(transaction)
                    sync.repair(KIND, transaction.stripe_id, "fee", fix, detail=detail)


def _of_payments(page: list[Item]) -> Iterable[BalanceTransaction]:
    """Return those by which money arrived for our payments."""
    ids = [item["id"] for item in page if item["type"] in ARRIVED]
    rows = BalanceTransaction.objects.filter(stripe_id__in=ids).exclude(payment=None)
    return rows.select_related("payment")


def _fix(transaction: BalanceTransaction) -> Fix:
    def fix() -> str:
        if transaction.payment is not None:
            fees.apply_balance_transaction(transaction.payment, transaction)
            moments.settle(transaction.payment, transaction.source_id)
        return ""

    return fix

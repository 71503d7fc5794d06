"""Payouts at Stripe, compared with ours and tied to the payments that they contain."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from ..models import Payout
from ..payouts import apply as payout_apply
from ..payouts import items as payout_items
from ..stripe_api.client import get_client
from .comparison import Comparison
from .sync import Fix, Item, Sync


@dataclass(frozen=True, kw_only=True)
class PayoutComparison(Comparison[Payout]):
    """Payouts, whose items are read as soon as Stripe lists all of them."""

    def compare(self, sync: Sync, row: Payout | None, item: Item) -> None:
        super().compare(sync, row, item)
        complete = self.rows.filter(itemized_at=None, reconciliation_status="completed")
        row = complete.filter(stripe_id=item["id"]).first()
        if row is not None:
            sync.repair(self.kind, row.stripe_id, "items", _itemize(row))


def listed(sync: Sync) -> None:
    """Compare every payout that was made within the window."""
    for page in sync.pages(get_client().v1.payouts.list, created=sync.created):
        PAYOUTS.compare_page(sync, page)


def older(sync: Sync) -> None:
    """Fetch each payout that is older than the window and not over, or not itemized, yet."""
    open_or_partial = Q(status__in=Payout.OPEN_STATUSES)
    # Stripe lists the items of these, now or later.
    open_or_partial |= Q(itemized_at=None, reconciliation_status__in=("in_progress", "completed"))
    PAYOUTS.compare_rows(sync, Payout.objects.filter(open_or_partial, created__lt=sync.since))


def _itemize(row: Payout) -> Fix:
    def fix() -> str:
        payout_items.store(row, payout_items.fetch(row))
        total = sum(row.balance_transactions.values_list("net", flat=True))
        if total != row.amount:
            return (
                f"its balance transactions add up to {total}, and it is {row.amount} {row.currency}"
            )
        return ""

    return fix


PAYOUTS = PayoutComparison(
    kind="payout",
    rows=Payout.objects.all(),
    room=payout_apply,
)

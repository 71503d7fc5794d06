"""Payouts at Stripe, compared with ours and tied to the payments that they bring."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from ..exceptions import StripeCallFailed
from ..models import Payout
from ..payouts import apply as payout_apply
from ..stripe_api.client import get_client, translated_errors
from .backoff import patiently
from .sync import Item, Sync

KIND = "payout"


def listed(sync: Sync) -> None:
    """Compare every payout that was made within the window."""
    for page in sync.pages(get_client().v1.payouts.list, created=sync.created):
        for payout in page:
            sync.count(KIND)
            _compare(sync, payout)


def older(sync: Sync) -> None:
    """Ask for each payout that is older than the window and not over, or not itemized, yet."""
    waiting = Q(status__in=Payout.OPEN_STATUSES)
    # Stripe tells the parts of these, now or later.
    waiting |= Q(itemized_at=None, reconciliation_status__in=("in_progress", "completed"))
    for row in sync.rows(Payout.objects.filter(waiting, created__lt=sync.since)):
        sync.count(KIND, "asked for")
        try:
            current = _fetch(row.stripe_id)
        except StripeCallFailed as error:
            detail = f"Payout {row.pk} names it: {error}"
            sync.look(KIND, row.stripe_id, "not_at_stripe", detail)
            continue
        _compare(sync, current)


def _compare(sync: Sync, payout: Item) -> None:
    if not payout_apply.is_current(payout):
        payout = _fetch(payout["id"])
    if not payout_apply.is_current(payout):
        known = Payout.objects.filter(stripe_id=payout["id"]).exists()
        problem = "different" if known else "missing"
        sync.repair(KIND, payout["id"], problem, _mend(payout), detail=payout["status"])
    row = Payout.objects.filter(stripe_id=payout["id"]).first()
    if row is not None and _wants_items(row):
        sync.repair(KIND, row.stripe_id, "items", _itemize(row))


def _wants_items(row: Payout) -> bool:
    return row.itemized_at is None and row.reconciliation_status == "completed"


def _mend(payout: Item) -> Callable[[], str]:
    def mend() -> str:
        payout_apply.apply_payout(payout)
        return ""

    return mend


def _itemize(row: Payout) -> Callable[[], str]:
    def mend() -> str:
        payout_apply.itemize(row, _bookings(row.stripe_id))
        total = sum(row.items.values_list("net", flat=True))
        if total != row.amount:
            return f"its items add up to {total}, and it is {row.amount} {row.currency}"
        return ""

    return mend


def _bookings(payout_id: str) -> list[Item]:
    wanted = {"payout": payout_id, "limit": 100, "expand": ["data.source"]}
    with translated_errors():
        listed = get_client().v1.balance_transactions.list(wanted)  # type: ignore[arg-type]
        return [booking.to_dict(for_json=True) for booking in listed.auto_paging_iter()]


def _fetch(stripe_id: str) -> Item:
    return dict(patiently(lambda: payout_apply.fetch(stripe_id)))

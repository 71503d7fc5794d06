"""Disputes at Stripe, compared with ours."""

from __future__ import annotations

from collections.abc import Callable

from ..disputes import apply as dispute_apply
from ..exceptions import StripeCallFailed
from ..models import Dispute
from ..stripe_api.client import get_client
from .backoff import patiently
from .sync import Item, Sync

KIND = "dispute"


def listed(sync: Sync) -> None:
    """Compare every dispute that was opened within the window."""
    for page in sync.pages(get_client().v1.disputes.list, created=sync.created):
        ids = [dispute["id"] for dispute in page]
        known = set(Dispute.objects.filter(stripe_id__in=ids).values_list("stripe_id", flat=True))
        for dispute in page:
            sync.count(KIND)
            if dispute["id"] not in known and dispute_apply.payment_of_charge(dispute) is None:
                sync.count(KIND, "not ours")
            else:
                _compare(sync, dispute, is_known=dispute["id"] in known)


def older(sync: Sync) -> None:
    """Ask for each dispute that is older than the window and was not decided."""
    waiting = Dispute.objects.exclude(status__in=Dispute.CLOSED_STATUSES)
    for row in sync.rows(waiting.filter(created_at__lt=sync.since)):
        sync.count(KIND, "asked for")
        try:
            current = _fetch(row.stripe_id)
        except StripeCallFailed as error:
            detail = f"Dispute {row.pk} names it: {error}"
            sync.look(KIND, row.stripe_id, "not_at_stripe", detail)
            continue
        _compare(sync, current, is_known=True)


def _compare(sync: Sync, dispute: Item, *, is_known: bool) -> None:
    if dispute_apply.is_current(dispute):
        return
    current = _fetch(dispute["id"])
    if dispute_apply.is_current(current):
        return
    problem = "different" if is_known else "missing"
    sync.repair(KIND, dispute["id"], problem, _mend(current), detail=current["status"])


def _mend(current: Item) -> Callable[[], str]:
    def mend() -> str:
        dispute_apply.apply_snapshot(current)
        return ""

    return mend


def _fetch(stripe_id: str) -> Item:
    return dict(patiently(lambda: dispute_apply.fetch(stripe_id)))

"""Disputes at Stripe, compared with ours."""

from __future__ import annotations

from ..disputes import apply as dispute_apply
from ..models import Dispute
from ..payments.lookup import payment_of_charge
from ..stripe_api.client import get_client
from .comparison import Comparison
from .sync import Item, Sync


def listed(sync: Sync) -> None:
    """Compare every dispute that was opened within the window."""
    for page in sync.pages(get_client().v1.disputes.list, created=sync.created):
        DISPUTES.compare_page(sync, page)


def older(sync: Sync) -> None:
    """Fetch each dispute that is older than the window and not decided yet."""
    rows = Dispute.objects.exclude(status__in=Dispute.CLOSED_STATUSES)
    DISPUTES.compare_rows(sync, rows.filter(created_at__lt=sync.since))


def _is_ours(dispute: Item) -> bool:
    return payment_of_charge(dispute) is not None


DISPUTES = Comparison(
    kind="dispute",
    rows=Dispute.objects.select_related("payment"),
    room=dispute_apply,
    is_ours=_is_ours,
)

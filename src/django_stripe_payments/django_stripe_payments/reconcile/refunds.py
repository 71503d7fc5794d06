"""Refunds at Stripe, wherever they were made, compared with ours."""

from __future__ import annotations

from ..models import Payment, Refund
from ..refunds import apply as refund_apply
from ..stripe_api.client import get_client
from ..stripe_api.lookup import intent_id
from .comparison import Comparison
from .sync import Item, Sync

#: A refund in one of these is not over yet.
OPEN_STATUSES = (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)


def listed(sync: Sync) -> None:
    """Compare every refund that was made within the window."""
    for page in sync.pages(get_client().v1.refunds.list, created=sync.created):
        REFUNDS.compare_page(sync, page)


def older(sync: Sync) -> None:
    """Fetch each refund that is older than the window and not over yet."""
    rows = Refund.objects.filter(status__in=OPEN_STATUSES, created_at__lt=sync.since)
    REFUNDS.compare_rows(sync, rows.exclude(stripe_id=None))


def _is_ours(refund: Item) -> bool:
    return Payment.objects.filter(stripe_id=intent_id(refund) or None).exists()


REFUNDS = Comparison(
    kind="refund",
    rows=Refund.objects.select_related("payment"),
    room=refund_apply,
    contradicts=refund_apply.contradicts,
    is_ours=_is_ours,
)

"""How long data is kept: payloads are deleted, identity and outcome stay.

An event's payload and the parameters of a call to Stripe contain names, addresses and e-mails. Once
the event is finished and the call answered, they only help to look something up for a while. What
remains says which event or call it was, when it came, and how it ended. A duplicate is still
recognized, and amounts and the audit log do not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .. import clock
from ..conf import settings
from ..models import ApiOperation, WebhookEvent
from . import erasure
from .payloads import ANSWERED, CHUNK, empty_events, empty_operations, in_chunks


@dataclass(frozen=True, slots=True)
class PruneResult:
    """How many rows one run emptied. ``late`` counts events about users who were erased before."""

    events: int
    operations: int
    late: int


def prune() -> PruneResult:
    """Empty what is older than the settings allow; what was emptied before costs nothing.

    Unfinished rows are never emptied, however old. If a run is interrupted, the next one resumes.
    """
    late = erasure.erase_late_events()
    return PruneResult(_prune_events(), _prune_operations(), late)


def _prune_events() -> int:
    if settings.STRIPE_EVENT_PAYLOAD_DAYS is None:
        return 0
    old = WebhookEvent.objects.filter(
        pruned_at=None,
        finished_at__isnull=False,
        received_at__lt=_days_ago(settings.STRIPE_EVENT_PAYLOAD_DAYS),
    )
    return sum(empty_events(keys) for keys in in_chunks(old))


def _prune_operations() -> int:
    if settings.STRIPE_OPERATION_PARAMS_DAYS is None:
        return 0
    old = ApiOperation.objects.filter(
        pruned_at=None,
        status__in=ANSWERED,
        created_at__lt=_days_ago(settings.STRIPE_OPERATION_PARAMS_DAYS),
    ).order_by("created_at")
    total = 0
    # Keys are random, so there is no position to continue from: emptied rows drop out instead.
    while keys := list(old.values_list("pk", flat=True)[:CHUNK]):
        done = empty_operations(ApiOperation.objects.filter(pk__in=keys))
        if not done:
            break
        total += done
    return total


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)

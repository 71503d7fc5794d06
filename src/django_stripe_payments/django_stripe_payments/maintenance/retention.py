"""How long data is kept: payloads are deleted, identity and outcome stay.

An event's payload and the parameters of a call to Stripe contain names, addresses and e-mails. Once
the event is finished and the call answered, they only help to look something up for a while. What
remains says which event or call it was, when it came, and how it ended. A duplicate is still
recognized, and amounts and the audit log do not change.

An app registers what it prunes in the ``ready()`` of its config::

    from django_stripe_payments.maintenance import retention

    retention.register(retention.Target(name="topups", prune=prune_topups))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError

from .. import clock
from ..conf import settings
from ..models import ApiOperation, IdempotentRequest, WebhookEvent
from ..registry import Registry
from . import erasure
from .guard import guarded, sum_guarded
from .payloads import ANSWERED, CHUNK, empty_events, empty_operations, keys_in_chunks

#: How long an Idempotency-Key of the REST API repeats its answer.
KEYS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What an app prunes: ``prune`` empties or deletes what is too old, and returns the number."""

    name: str
    prune: Callable[[], int]


_registry: Registry[Target] = Registry("target of pruning")

register = _registry.register
unregister = _registry.unregister
registered = _registry.registered


@dataclass(frozen=True, slots=True)
class PruneResult:
    """How many rows one run emptied. ``late`` counts events about users who were erased before.

    ``others`` says the same by the name of an app's target.
    """

    events: int
    operations: int
    late: int
    others: Mapping[str, int] = field(default_factory=dict)


def prune() -> PruneResult:
    """Empty what is older than the settings allow; what was emptied before costs nothing.

    Unfinished rows are never emptied, however old. If a run is interrupted, the next one resumes.
    A target that raises is logged, and the others follow.
    """
    others = {
        name: guarded(f"Pruning {name}", target.prune, otherwise=0)
        for name, target in registered().items()
    }
    guarded("Forgetting Idempotency-Keys", _forget_keys, otherwise=0)
    late = guarded("The erasure of late events", erasure.erase_late_events, otherwise=0)
    return PruneResult(_prune_events(), _prune_operations(), late, others)


def _prune_events() -> int:
    if settings.STRIPE_EVENT_PAYLOAD_DAYS is None:
        return 0
    old = WebhookEvent.objects.filter(
        pruned_at=None,
        finished_at__isnull=False,
        received_at__lt=_days_ago(settings.STRIPE_EVENT_PAYLOAD_DAYS),
    )
    # A page of rows that can't be emptied is tried row by row, so that one row keeps only itself.
    return sum(_each_guarded("Event", keys, empty_events) for keys in keys_in_chunks(old))


def _prune_operations() -> int:
    if settings.STRIPE_OPERATION_PARAMS_DAYS is None:
        return 0
    old = ApiOperation.objects.filter(
        pruned_at=None,
        status__in=ANSWERED,
        created_at__lt=_days_ago(settings.STRIPE_OPERATION_PARAMS_DAYS),
    ).order_by("created_at")
    total = 0
    failed: set[Any] = set()
    # Keys are random, so there is no position to continue from: emptied rows drop out instead.
    while keys := list(old.exclude(pk__in=failed).values_list("pk", flat=True)[:CHUNK]):
        total += _each_guarded("Operation", keys, _empty_operations)
        failed.update(old.filter(pk__in=keys).values_list("pk", flat=True))
    return total


def _forget_keys() -> int:
    return IdempotentRequest.objects.filter(created_at__lt=clock.now() - KEYS_KEPT).delete()[0]


def _empty_operations(keys: list[Any]) -> int:
    return empty_operations(ApiOperation.objects.filter(pk__in=keys))


def _each_guarded(name: str, keys: list[Any], empty: Callable[[list[Any]], int]) -> int:
    try:
        return empty(keys)
    except DatabaseError:
        return sum_guarded(name, ((key, [key]) for key in keys), empty)


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)

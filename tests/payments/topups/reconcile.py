"""A step of the reconciliation and one of the sweep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django_stripe_payments import clock
from django_stripe_payments.maintenance.guard import guarded
from django_stripe_payments.maintenance.sweep_steps import Sweep
from django_stripe_payments.reconcile.comparison import Comparison
from django_stripe_payments.reconcile.sync import Sync
from django_stripe_payments.stripe_api.client import get_client, translated_errors

from . import apply as topup_apply
from .models import Topup

#: A top-up that is pending for so long is asked about: its event may be lost.
OVERDUE = timedelta(days=1)


class _Room:
    """What compares and repairs a row."""

    def fetch(self, stripe_id: str) -> Mapping[str, Any]:
        with translated_errors():
            return get_client().v1.topups.retrieve(stripe_id).to_dict(for_json=True)

    def is_current(self, row: Topup | None, current: Mapping[str, Any]) -> bool:
        return topup_apply.is_current(row, current)

    def apply(self, news: Mapping[str, Any]) -> Topup:
        return topup_apply.apply(news)


ROOM = _Room()
TOPUPS = Comparison(kind="topup", rows=Topup.objects.all(), room=ROOM)


def listed(sync: Sync) -> None:
    """Compare every top-up that was made within the window."""
    for page in sync.pages(get_client().v1.topups.list, created=sync.created):
        TOPUPS.compare_page(sync, page)


def overdue(_sweep: Sweep) -> Iterator[bool]:
    """Ask about top-ups that are pending for long; yield for each whether it has ended."""
    late = Topup.objects.filter(status="pending", created__lt=clock.now() - OVERDUE)
    for row in late.order_by("created"):
        yield guarded(f"Top-up {row.stripe_id}", partial(_ask, row), otherwise=False)


def _ask(row: Topup) -> bool:
    return topup_apply.apply(ROOM.fetch(row.stripe_id)).status != "pending"

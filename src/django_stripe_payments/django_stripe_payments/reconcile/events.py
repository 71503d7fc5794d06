"""Events that Stripe could not deliver, or all of them, applied in the same way as a webhook.

The list is read by a cursor: the time of the newest event that was seen. One hour is read twice,
to cover events of the same second and those that appear in the list a little late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from .. import webhooks
from ..facts import store as fact_store
from ..models import SyncCursor, WebhookEvent
from ..stripe_api.client import get_client
from ..stripe_api.timestamps import from_timestamp
from ..webhooks.process import event_types
from .sync import Fix, Item, Sync

OVERLAP = timedelta(hours=1)

#: Stripe lists the events of 30 days.
KEPT = timedelta(days=30)

KIND = "event"

#: Stored with the counts of a run, for a run that is resumed; it is no count, and not reported.
CURSOR = "_cursor"


def undelivered(sync: Sync) -> None:
    """Record, apply and announce each listed event that is not stored yet."""
    every = bool(sync.run.options.get("all_events"))
    name = "events:all" if every else "events:undelivered"
    filters: dict[str, Any] = {"created": {"gte": int(_start(name).timestamp())}}
    if not every:
        # Events that are still on their way are listed too; applying them now is harmless.
        filters["delivery_success"] = False
    for page in sync.pages(get_client().v1.events.list, **filters):
        _remember_newest(sync, page)
        _apply_page(sync, page, "missing" if every else "undelivered")
    _move(name, sync.run.counts.get(CURSOR, {}).get("newest"))


def _start(name: str) -> datetime:
    cursor = SyncCursor.objects.filter(name=name).first()
    return cursor.created - OVERLAP if cursor else timezone.now() - KEPT


def _remember_newest(sync: Sync, page: list[Item]) -> None:
    newest = max((event["created"] for event in page), default=0)
    counted = sync.run.counts.setdefault(CURSOR, {})
    if newest > counted.get("newest", 0):
        counted["newest"] = newest


def _move(name: str, newest: int | None) -> None:
    """Move the cursor, after all older events were seen."""
    if not newest:
        return
    created = from_timestamp(newest)
    if not SyncCursor.objects.filter(name=name, created__gte=created).exists():
        SyncCursor.objects.update_or_create(name=name, defaults={"created": created})


def _apply_page(sync: Sync, page: list[Item], problem: str) -> None:
    ids = [event["id"] for event in page]
    stored = set(WebhookEvent.objects.filter(stripe_id__in=ids).values_list("stripe_id", flat=True))
    # Stripe lists events of every type; the endpoint would only get those that are handled.
    handled = None if fact_store.receivers("webhook_received") else event_types()
    for event in page:
        sync.count(KIND)
        if event["id"] in stored or (handled is not None and event["type"] not in handled):
            # A stored event that is not finished is finished by the last step.
            continue
        sync.repair(KIND, event["id"], problem, _apply(event), detail=event["type"])


def _apply(event: Item) -> Fix:
    def fix() -> str:
        row = webhooks.record_event(event, origin=WebhookEvent.Origin.SYNC)
        webhooks.process_event(row)
        row.refresh_from_db()
        if row.applied_at is None:
            return f"{row.type} could not be applied: see the event's last error."
        return ""

    return fix

"""Events that Stripe could not deliver, or all of them, applied in the same way as a webhook.

The list is read by a cursor: see ``cursors``.
"""

from __future__ import annotations

from .. import webhooks
from ..facts import store as fact_store
from ..models import WebhookEvent
from ..stripe_api.client import get_client
from ..webhooks.process import event_types
from .sync import Fix, Item, Sync

KIND = "event"


def undelivered(sync: Sync) -> None:
    """Record, apply and announce each listed event that is not stored yet."""
    every = bool(sync.run.options.get("all_events"))
    name = "events:all" if every else "events:undelivered"
    # Events that are still on their way are listed too; applying them now is harmless.
    filters = {} if every else {"delivery_success": False}
    for page in sync.pages_since(name, get_client().v1.events.list, **filters):
        _apply_page(sync, page, "missing" if every else "undelivered")


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

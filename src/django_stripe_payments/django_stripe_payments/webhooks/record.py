"""RECORD: store an event once, however often it is delivered."""

from typing import Any

from .. import clock
from ..database import statements
from ..logs.redaction import redact
from ..models import WebhookEvent
from ..stripe_api.timestamps import from_timestamp
from . import lease, thin
from .verify import Event


def store_event(
    event: Event,
    origin: WebhookEvent.Origin = WebhookEvent.Origin.ENDPOINT,
    *,
    is_leased: bool = False,
) -> WebhookEvent:
    """Store a verified event unless it is stored already, and return its row.

    The row has a key if it is new; else only its ``stripe_id`` is of use. One
    ``INSERT … ON CONFLICT DO NOTHING``: of many processes that get the event at the same time
    one stores it, and none of them fails.

    Args:
        event: it was verified.
        origin: how it came here.
        is_leased: this process works on the event at once, and takes the lease with the row: see
            ``lease``. On the row that is returned, its end is this machine's guess.
    """
    clean: Event = redact(event)
    stripe_id = str(clean["id"])[:255]
    row = _row(stripe_id, clean, origin)
    row.leased_until = clock.now() + lease.LEASE if is_leased else None
    is_new = statements.insert(
        row, expressions={"leased_until": lease.until()} if is_leased else {}
    )
    if is_new and row.pk is None:  # MySQL
        row.pk = WebhookEvent.objects.values_list("pk", flat=True).get(stripe_id=stripe_id)
    return row


def record_event(
    event: Event, origin: WebhookEvent.Origin = WebhookEvent.Origin.ENDPOINT
) -> WebhookEvent:
    """Store a verified event as ``store_event`` does, and return its row as it is now."""
    row = store_event(event, origin)
    return row if row.pk else WebhookEvent.objects.get(stripe_id=row.stripe_id)


def _row(stripe_id: str, event: Event, origin: WebhookEvent.Origin) -> WebhookEvent:
    shape = _thin if thin.is_thin(event) else _snapshot
    return WebhookEvent(
        stripe_id=stripe_id,
        origin=origin,
        type=event["type"][:255],
        livemode=bool(event.get("livemode")),
        payload=event,
        **shape(event),
    )


def _snapshot(event: Event) -> dict[str, Any]:
    return {
        "api_version": str(event.get("api_version") or "")[:64],
        "account": thin.account_of(event),
        "object_id": str(event["data"]["object"].get("id") or "")[:255],
        "created": from_timestamp(event["created"]),
    }


def _thin(event: Event) -> dict[str, Any]:
    return {
        # Thin events have no version.
        "account": thin.account_of(event),
        "object_id": thin.object_id_of(event)[:255],
        "created": from_timestamp(thin.created_of(event).timestamp()),
    }

"""Thin events: notifications that name an object instead of carrying it.

Stripe sends them as ``v2.core.event``. A type such as ``v1.charge.refunded`` tells of the same
change as the snapshot event ``charge.refunded``, and a site may get both, in any order. The thin
one is completed before it is applied: by the id of the snapshot that tells the same, and by the
object as it is now. Then it goes the way of every other event.
https://docs.stripe.com/webhooks/migrate-snapshot-to-thin-events
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..database.transactions import require_no_transaction
from ..exceptions import NotAccessible, StripeCallFailed
from ..logs.outside import storable
from ..logs.redaction import redact
from ..models import WebhookEvent
from ..stripe_api.client import MISSING, get_client, translated_errors

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

OBJECT = "v2.core.event"


def is_thin(event: Mapping[str, Any]) -> bool:
    """Whether a delivered body is a thin event."""
    return event.get("object") == OBJECT


def problem(event: Mapping[str, Any]) -> str:
    """Return what makes a body no thin event, or an empty string."""
    if not str(event["type"]).startswith(("v1.", "v2.")):
        return "The event's type is neither of v1 nor of v2."
    try:
        created = created_of(event)
    except (KeyError, TypeError, ValueError):
        created = datetime.min
    # Nor is one at the edge of the calendar a time: in UTC it might be none that exists.
    if created.tzinfo is None or not 1970 <= created.year < datetime.max.year:
        return "The event has no time."
    related = event.get("related_object")
    if related is None:
        return ""
    return "" if _is_reference(related) else "The event's related object is not a reference to one."


def _is_reference(related: Any) -> bool:
    if not isinstance(related, dict) or not isinstance(related.get("type"), str):
        return False
    # The address is asked with our key: it is a path of the API, and nothing else.
    url = related.get("url")
    return isinstance(url, str) and url.startswith(("/v1/", "/v2/"))


def account_of(event: Mapping[str, Any]) -> str:
    """Return the connected account that an event is about, as it is stored; "" for our own.

    A thin event names it by the context in which to read it. The other form's key says nothing.
    """
    named = event.get("context" if is_thin(event) else "account") or ""
    return storable(named)[:255] if isinstance(named, str) else ""


def created_of(event: Mapping[str, Any]) -> datetime:
    """Return the time of a thin event, which it names in ISO 8601."""
    return datetime.fromisoformat(event["created"])


def object_id_of(event: Mapping[str, Any]) -> str:
    """Return the id of the related object; empty for an event about none, or about the only one."""
    return str((event.get("related_object") or {}).get("id") or "")


def complete(event: WebhookEvent, *, with_object: bool) -> bool:
    """Fetch what the event leaves out; return whether nothing of it is to be applied.

    That is when its snapshot was applied already, or its object is gone at Stripe, or may not be
    read with this key.

    Args:
        event: a thin event of this account that is not applied yet. It is written.
        with_object: whether a handler wants the object.

    Raises:
        StripeUnavailable: Stripe did not answer; calling again is safe.
        TransactionInProgress: a transaction is open.
    """
    require_no_transaction()
    notification = _notification(event)
    event.snapshot_id = _snapshot_id(notification, event)
    is_over = _is_applied(event.snapshot_id)
    if with_object and not is_over:
        try:
            found = _related_object(notification)
        except StripeCallFailed as error:
            if error.code != MISSING and not isinstance(error, NotAccessible):
                raise
            # A repetition would be refused as well; the reconciliation lists objects.
            logger.warning(
                "The object of %s can't be read: %s",
                event,
                error,
                extra={"event": event.stripe_id},
            )
            is_over = True
        else:
            event.payload = {**event.payload, "data": {"object": found}}
    event.save(update_fields=["snapshot_id", "payload"])
    return is_over


def _notification(event: WebhookEvent) -> stripe.v2.core.EventNotification:
    import stripe

    # The signature was verified before the event was stored.
    return stripe.v2.core.EventNotification.from_json(json.dumps(event.payload), get_client())


def _snapshot_id(notification: Any, event: WebhookEvent) -> str:
    """Return the id of the snapshot event of the same change, if Stripe makes one."""
    if not event.type.startswith("v1."):
        return ""
    try:
        with translated_errors():
            full = notification.fetch_event()
    except StripeCallFailed as error:
        # Stripe keeps events for 30 days. Without the id both may be announced as received, and
        # what they make true is still announced once.
        logger.warning("%s is not at Stripe: %s", event, error, extra={"event": event.stripe_id})
        return ""
    return str(getattr(full, "snapshot_event", None) or "")[:255]


def _is_applied(snapshot_id: str) -> bool:
    known = WebhookEvent.objects.filter(stripe_id=snapshot_id, applied_at__isnull=False)
    return bool(snapshot_id) and known.exists()


def _related_object(notification: Any) -> Any:
    fetch = getattr(notification, "fetch_related_object", None)
    if fetch is None:
        return None
    with translated_errors():
        found = fetch()
    return None if found is None else redact(found.to_dict(for_json=True))

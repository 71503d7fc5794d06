"""From Stripe's request to a stored event, and from the event to its handler."""

from .handler import WebhookHandler
from .process import process_event
from .record import record_event, store_event
from .verify import verify

__all__ = ["WebhookHandler", "process_event", "record_event", "store_event", "verify"]

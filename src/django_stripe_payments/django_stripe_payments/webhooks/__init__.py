"""From Stripe's request to a stored event, and from the event to its handler."""

from .handler import WebhookHandler
from .process import process_event
from .record import record_event, store_event
from .registry import register_handler, unregister_handler
from .verify import verify

__all__ = [
    "WebhookHandler",
    "process_event",
    "record_event",
    "register_handler",
    "store_event",
    "unregister_handler",
    "verify",
]

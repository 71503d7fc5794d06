"""The event, payment and request that a log record belongs to.

The app's own records carry them as attributes (``extra``). The filter below adds all of them to
every record that passes it, including those of your own receivers, so that a formatter may use
them::

    LOGGING = {
        "version": 1,
        "filters": {"stripe": {"()": "django_stripe_payments.logs.PaymentsContext"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["stripe"], ...}},
        ...
    }
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

#: The attributes, each empty if it does not apply. None of them is a secret.
KEYS: Mapping[str, str] = {
    "event": "Stripe's id of the event (evt_…).",
    "payment": "Our id of the payment.",
    "payment_intent": "Stripe's id of the payment (pi_…).",
    "refund": "Our id of the refund.",
    "fact": "The key of the fact that is being announced.",
    "receiver": "The receiver that is running.",
    "operation": "Our id of a call to Stripe, which is also its idempotency key.",
    "stripe_request_id": (
        "Stripe's id of a request (req_…): of our call, or of the one that caused the event."
    ),
}

_context: ContextVar[Mapping[str, str]] = ContextVar(
    "stripe_payments_log", default=MappingProxyType({})
)


@contextmanager
def log_context(**keys: str) -> Iterator[None]:
    """Add these keys to what is logged inside the block, unless a record has its own."""
    token = _context.set({**_context.get(), **{key: text for key, text in keys.items() if text}})
    try:
        yield
    finally:
        _context.reset(token)


class PaymentsContext(logging.Filter):
    """Adds all of KEYS to every record. Use it on handlers; it drops no record."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = _context.get()
        for key in KEYS:
            if not hasattr(record, key):
                setattr(record, key, known.get(key, ""))
        return True

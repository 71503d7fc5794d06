"""Which event, payment and request a line of the log is about.

Lines of this app carry these as attributes of their records (``extra``). The filter below gives
all of them to every record that passes it, those of your own receivers included, so that a
formatter may name them::

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

#: The attributes, each empty where a line is about none. None of them is a secret.
KEYS: Mapping[str, str] = {
    "event": "Stripe's id of the event (evt_…).",
    "payment": "Our id of the payment.",
    "payment_intent": "Stripe's id of the payment (pi_…).",
    "refund": "Our id of the refund.",
    "fact": "The key of the fact that is announced.",
    "receiver": "The receiver that runs.",
    "operation": "Our id of a call to Stripe, which is its idempotency key.",
    "stripe_request_id": (
        "Stripe's id of a request (req_…): of our call, or of the one that caused the event."
    ),
}

_context: ContextVar[Mapping[str, str]] = ContextVar(
    "stripe_payments_log", default=MappingProxyType({})
)


@contextmanager
def log_context(**keys: str) -> Iterator[None]:
    """Let lines that are logged inside the block be about these, unless they say otherwise."""
    token = _context.set({**_context.get(), **{key: text for key, text in keys.items() if text}})
    try:
        yield
    finally:
        _context.reset(token)


class PaymentsContext(logging.Filter):
    """Gives every record all of KEYS as attributes. Add it to handlers; it drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        known = _context.get()
        for key in KEYS:
            if not hasattr(record, key):
                setattr(record, key, known.get(key, ""))
        return True

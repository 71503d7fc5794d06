"""What the app's log lines carry, and what never reaches them."""

from .context import KEYS, PaymentsContext, about

__all__ = ["KEYS", "PaymentsContext", "about"]

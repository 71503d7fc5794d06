"""What the app's log records carry, and what never reaches them."""

from .context import KEYS, PaymentsContext, log_context

__all__ = ["KEYS", "PaymentsContext", "log_context"]

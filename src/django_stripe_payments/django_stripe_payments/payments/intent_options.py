"""What a site adds to the intent of a payment, by the function that STRIPE_INTENT_OPTIONS names."""

from __future__ import annotations

from typing import Any

from django.utils.module_loading import import_string

from ..conf import settings
from ..exceptions import ConfigurationError
from ..models import Payment

#: Any other parameter would change what the payment is.
ALLOWED = frozenset({"receipt_email", "shipping", "statement_descriptor_suffix"})


def of(payment: Payment) -> dict[str, Any]:
    """Return the additional parameters, without those that are empty.

    Raises ConfigurationError if the function returns a parameter that is not ALLOWED.
    """
    path = settings.STRIPE_INTENT_OPTIONS
    options = dict(import_string(path)(payment)) if path else {}
    if unknown := options.keys() - ALLOWED:
        msg = (
            f"STRIPE_INTENT_OPTIONS returned {', '.join(sorted(unknown))}: it may return "
            f"{', '.join(sorted(ALLOWED))}."
        )
        raise ConfigurationError(msg)
    return {name: value for name, value in options.items() if value}

"""Read what Stripe's objects refer to."""

from collections.abc import Mapping
from typing import Any


def id_of(value: Any) -> str:
    """Return the id of what Stripe gave as an id, as an object, or not at all ("")."""
    return str(value["id"]) if isinstance(value, Mapping) else str(value or "")


def intent_id(about: Mapping[str, Any]) -> str:
    """Return the id of the payment intent that a charge, refund, dispute or warning is about."""
    return id_of(about.get("payment_intent"))

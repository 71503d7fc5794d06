"""Intents that Stripe makes to fill the balance: by a card of the platform, say."""

from collections.abc import Mapping
from typing import Any

from django_stripe_payments.payments.claims import Terms


def claim(intent: Mapping[str, Any]) -> Terms | None:
    """Claim the intents that name a top-up in their metadata."""
    topup = (intent.get("metadata") or {}).get("topup")
    if topup is None:
        return None
    return Terms(payment_type="invoice", description=f"Top-up {topup}", metadata={"topup": topup})

"""What Stripe says of a setup intent reaches our rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models import PaymentMethod, SetupIntent, WebhookEvent
from ..stripe_api.lookup import id_of
from . import apply as method_apply

#: Nothing that arrives later changes a setup intent in one of these.
FINAL_STATUSES = ("succeeded", "canceled")


def apply_setup_intent(
    intent: Mapping[str, Any], event: WebhookEvent | None = None
) -> PaymentMethod | None:
    """Note a setup intent that has ended; return the row of the card that it saved, if it did.

    Anything but the end is not noted: it comes in any order, and the page asks Stripe.
    """
    if intent["status"] not in FINAL_STATUSES:
        return None
    SetupIntent.objects.filter(stripe_id=intent["id"]).exclude(status__in=FINAL_STATUSES).update(
        status=intent["status"]
    )
    saved = id_of(intent.get("payment_method"))
    if intent["status"] != "succeeded" or not saved or not intent.get("customer"):
        return None
    return method_apply.mirror_method(saved, event)

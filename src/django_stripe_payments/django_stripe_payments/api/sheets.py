"""What a mobile app hands to Stripe's payment sheet, in the answer that starts a payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from ..conf import settings
from ..customers import mobile
from ..stripe_api.lookup import id_of

Sheet = dict[str, Any]


def check(asked: Mapping[str, Any]) -> None:
    """Raise ApiVersionNotAllowed for what ``sheet`` would refuse, before anything is made."""
    version = asked.get("sheet", {}).get("ephemeral_key_version")
    if version is not None:
        mobile.require_allowed(version)


def sheet(request: Request, asked: Mapping[str, Any], intent: Any) -> Sheet | None:
    """Return what SheetSerializer declares, for the customer of an intent; None if not asked."""
    if "sheet" not in asked:
        return None
    customer = id_of(intent.customer)
    version = asked["sheet"].get("ephemeral_key_version")
    return {
        "customer": customer,
        "customer_session_client_secret": None if version else mobile.open_session(customer),
        "ephemeral_key": mobile.make_ephemeral_key(customer, version) if version else None,
        "publishable_key": settings.STRIPE_PUBLIC_KEY,
        "merchant_display_name": settings.STRIPE_MERCHANT_DISPLAY_NAME or request.get_host(),
    }

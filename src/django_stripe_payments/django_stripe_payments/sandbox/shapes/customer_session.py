"""The customer session: what a mobile or a web element may do with a customer's saved methods."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(Kind("customer_session", "cuss", expandable={"customer": "customer"}))

#: The components that a session may enable.
COMPONENTS = (
    "active_entitlements",
    "buy_button",
    "customer_portal",
    "customer_sheet",
    "mobile_payment_element",
    "payment_element",
    "pricing_table",
)

#: Those whose features are shown, also while they are off.
WITH_FEATURES = ("customer_sheet", "mobile_payment_element", "payment_element")


def customer_session(*, created: int, **fields: Any) -> Resource:
    """A session has no id: nothing but its secret names it."""
    return {
        "object": "customer_session",
        "client_secret": None,
        "components": {name: _component(name) for name in COMPONENTS},
        "created": created,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
    } | fields


def _component(name: str) -> Resource:
    return {"enabled": False} | ({"features": None} if name in WITH_FEATURES else {})

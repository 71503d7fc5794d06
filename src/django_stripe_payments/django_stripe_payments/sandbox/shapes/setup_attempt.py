"""The setup attempt: one try to save a payment method."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "setup_attempt",
        "setatt",
        expandable={
            "payment_method": "payment_method",
            "setup_intent": "setup_intent",
        },
    )
)


def setup_attempt(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "setup_attempt",
        "application": None,
        "created": created,
        "customer": None,
        "customer_account": None,
        "flow_directions": None,
        "livemode": False,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_details": {},
        "setup_error": None,
        "setup_intent": None,
        "status": "succeeded",
        "usage": "off_session",
    } | fields


def details(method: Resource, three_d_secure: dict[str, Any] | None) -> Resource:
    kind = method["type"]
    if kind != "card":
        return {"type": kind, kind: {}}
    shown = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {name: method["card"][name] for name in shown}
    # Only charges have exemptions.
    secure = {
        name: value
        for name, value in (three_d_secure or {}).items()
        if not name.startswith("exemption_")
    }
    return {
        "type": kind,
        kind: card
        | {
            "checks": method["card"]["checks"],
            "network": card["brand"],
            "three_d_secure": secure or None,
            "wallet": None,
        },
    }

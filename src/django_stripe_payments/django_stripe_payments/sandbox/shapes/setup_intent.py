"""The setup intent."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

#: What Stripe shows to a publishable key.
PUBLIC_FIELDS = (
    "id",
    "object",
    "automatic_payment_methods",
    "cancellation_reason",
    "client_secret",
    "created",
    "description",
    "last_setup_error",
    "livemode",
    "next_action",
    "payment_method",
    "payment_method_configuration_details",
    "payment_method_types",
    "status",
    "usage",
)

declare(
    Kind(
        "setup_intent",
        "seti",
        expandable={
            "application": "",
            "customer": "customer",
            "latest_attempt": "setup_attempt",
            "mandate": "mandate",
            "on_behalf_of": "",
            "payment_method": "payment_method",
            "single_use_mandate": "mandate",
        },
        public=PUBLIC_FIELDS,
    )
)
# Mandates are named by setup intents, and never made.
declare(
    Kind(
        "mandate",
        "mandate",
        expandable={
            "payment_method": "payment_method",
        },
    )
)


def setup_intent(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "setup_intent",
        "allowed_payment_method_types": None,
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": None,
        "created": created,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    } | fields

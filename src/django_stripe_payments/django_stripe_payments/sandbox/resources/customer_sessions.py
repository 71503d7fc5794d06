"""/v1/customer_sessions: a short-lived secret, for the customer that it names."""

from typing import Any

from stripe.params import CustomerSessionCreateParams

from ..lifecycle import wallet
from ..shapes.customer_session import customer_session
from ..wire.calls import Call, Route, within
from ..wire.errors import invalid, missing_parameter
from ..wire.forms import Params
from ..wire.parameters import boolean, choice, mapping, strings, text
from ..wire.resource import Resource
from ..world.world import World

#: Seconds for which a session is valid.
LIFETIME = 30 * 60

SWITCH = ("disabled", "enabled")
FILTERS = "payment_method_allow_redisplay_filters"
OVERRIDE = "payment_method_save_allow_redisplay_override"

#: The components that are played, each with its features that are switched.
PLAYED = {
    "customer_sheet": ("payment_method_remove",),
    "mobile_payment_element": (
        "payment_method_redisplay",
        "payment_method_remove",
        "payment_method_save",
    ),
}


def create(world: World, call: Call) -> Resource:
    customer_id, given = text(call.params, "customer"), mapping(call.params, "components")
    components = {name: _component(name, mapping(given, name)) for name in PLAYED if name in given}
    if not any(component["enabled"] for component in components.values()):
        raise invalid("At least one component must be enabled.", "components")
    if customer_id is None:
        raise missing_parameter("customer")
    now = world.now()
    session = customer_session(
        created=now,
        client_secret=f"cuss_secret_{world.ids.letters(48)}",
        customer=wallet.find_customer(world, customer_id)["id"],
        expires_at=now + LIFETIME,
    )
    session["components"] |= components
    return session


def _component(name: str, given: Params) -> dict[str, Any]:
    enabled = boolean(given, "enabled")
    features = mapping(given, "features")
    chosen: dict[str, Any] = {FILTERS: _filters(features)}
    chosen |= {feature: choice(features, feature, SWITCH) for feature in PLAYED[name]}
    if name == "mobile_payment_element":
        chosen[OVERRIDE] = choice(features, OVERRIDE, wallet.REDISPLAY)
    return {"enabled": enabled, "features": chosen if enabled else None}


def _filters(features: Params) -> list[str] | None:
    filters = strings(features, FILTERS)
    for each in filters:
        if each not in wallet.REDISPLAY:
            msg = f"Invalid {FILTERS}: must be one of {', '.join(wallet.REDISPLAY)}"
            raise invalid(msg, FILTERS)
    return filters or None


CREATED = ("customer", *within("components", PLAYED))

ROUTES = (Route("POST", "/v1/customer_sessions", create, CustomerSessionCreateParams, CREATED),)

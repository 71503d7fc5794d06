# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/radar/early_fraud_warnings"""

from stripe.params.radar import EarlyFraudWarningListParams, EarlyFraudWarningRetrieveParams

from ..wire.calls import Call, Route
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

KIND = "radar.early_fraud_warning"


def retrieve(world: World, call: Call, warning_id: str) -> Resource:
    return world.store.find(KIND, warning_id)


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all(KIND), call.params, "charge", "payment_intent")
    return page(call.path, matches, call.params, KIND)


LISTED = (*PAGE, "created", "charge", "payment_intent")

ROUTES = (
    Route("GET", "/v1/radar/early_fraud_warnings", index, EarlyFraudWarningListParams, LISTED),
    Route("GET", "/v1/radar/early_fraud_warnings/{id}", retrieve, EarlyFraudWarningRetrieveParams),
)

# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/payouts"""

from stripe.params import (
    PayoutCancelParams,
    PayoutCreateParams,
    PayoutListParams,
    PayoutRetrieveParams,
    PayoutUpdateParams,
)

from ..bank import currencies
from ..lifecycle import paying_out
from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.parameters import integer, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page, time_filter
from ..world.world import World


def create(world: World, call: Call) -> Resource:
    """A manual payout, whose parts Stripe does not list."""
    amount = integer(call.params, "amount") or 0
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    metadata = merged_metadata({}, call.params)
    currency = currencies.check_currency(text(call.params, "currency") or "")
    payout = paying_out.write(world, amount, currency, automatic=False)
    payout["metadata"] = metadata
    payout["description"] = text(call.params, "description")
    return payout


def retrieve(world: World, call: Call, payout_id: str) -> Resource:
    return world.store.find("payout", payout_id)


def update(world: World, call: Call, payout_id: str) -> Resource:
    payout = world.store.find("payout", payout_id)
    metadata = merged_metadata(payout["metadata"], call.params)
    with world.change("payout.updated", payout):
        payout["metadata"] = metadata
    return payout


def cancel(world: World, call: Call, payout_id: str) -> Resource:
    payout = world.store.find("payout", payout_id)
    paying_out.cancel(world, payout)
    return payout


def index(world: World, call: Call) -> Resource:
    arrives = time_filter(call.params, "arrival_date")
    matches = matching(world.store.all("payout"), call.params, "status", "destination")
    return page(call.path, filter(arrives, matches), call.params, "payout")


PAYOUT = "/v1/payouts/{id}"

CREATED = ("amount", "currency", "description", "metadata")
LISTED = (*PAGE, "created", "arrival_date", "destination", "status")

ROUTES = (
    Route("POST", "/v1/payouts", create, PayoutCreateParams, CREATED),
    Route("GET", "/v1/payouts", index, PayoutListParams, LISTED),
    Route("GET", PAYOUT, retrieve, PayoutRetrieveParams),
    Route("POST", PAYOUT, update, PayoutUpdateParams, ("metadata",)),
    Route("POST", PAYOUT + "/cancel", cancel, PayoutCancelParams),
)

# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/topups"""

from stripe.params import TopupCreateParams, TopupListParams, TopupRetrieveParams

from ..bank import currencies
from ..lifecycle.ledger import write_transaction
from ..shapes import topup as shapes
from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.parameters import integer, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World


def create(world: World, call: Call) -> Resource:
    """A top-up, which the bank pays right after the answer."""
    amount = integer(call.params, "amount") or 0
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    topup = world.create(
        shapes.topup,
        amount=amount,
        currency=currencies.check_currency(text(call.params, "currency") or ""),
        description=text(call.params, "description"),
        metadata=merged_metadata({}, call.params),
    )
    world.emit("topup.created", topup)
    world.afterwards(lambda: _pay(world, topup))
    return topup


def _pay(world: World, topup: Resource) -> None:
    transaction = write_transaction(
        world,
        amount=topup["amount"],
        currency=topup["currency"],
        description=topup["description"],
        source=topup["id"],
        status="available",
        type="topup",
    )
    with world.change("topup.succeeded", topup):
        topup["status"] = "succeeded"
        topup["balance_transaction"] = transaction["id"]


def retrieve(world: World, call: Call, topup_id: str) -> Resource:
    return world.store.find("topup", topup_id)


def index(world: World, call: Call) -> Resource:
    return page(
        call.path, matching(world.store.all("topup"), call.params, "status"), call.params, "topup"
    )


CREATED = ("amount", "currency", "description", "metadata")

ROUTES = (
    Route("POST", "/v1/topups", create, TopupCreateParams, CREATED),
    Route("GET", "/v1/topups", index, TopupListParams, (*PAGE, "created", "status")),
    Route("GET", "/v1/topups/{id}", retrieve, TopupRetrieveParams),
)

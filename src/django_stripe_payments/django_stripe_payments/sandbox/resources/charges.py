# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/charges: read and annotate; the intents make them."""

from stripe.params import ChargeListParams, ChargeRetrieveParams, ChargeUpdateParams

from ..shapes.address import shipping
from ..wire.calls import Call, Route
from ..wire.parameters import mapping, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import matching, page
from ..world.world import World


def retrieve(world: World, call: Call, charge_id: str) -> Resource:
    return world.store.find("charge", charge_id)


def update(world: World, call: Call, charge_id: str) -> Resource:
    charge = world.store.find("charge", charge_id)
    params = call.params
    metadata = merged_metadata(charge["metadata"], params)
    with world.change("charge.updated", charge):
        charge["metadata"] = metadata
        for name in ("description", "receipt_email", "transfer_group"):
            if name in params:
                charge[name] = text(params, name)
        if "shipping" in params:
            charge["shipping"] = shipping(mapping(params, "shipping"))
        if "fraud_details" in params:
            charge["fraud_details"] |= mapping(params, "fraud_details")
    return charge


def index(world: World, call: Call) -> Resource:
    filters = ("customer", "payment_intent", "transfer_group")
    found = matching(world.store.all("charge"), call.params, *filters)
    return page(call.path, found, call.params, "charge")


ROUTES = (
    Route("GET", "/v1/charges", index, ChargeListParams),
    Route("GET", "/v1/charges/{id}", retrieve, ChargeRetrieveParams),
    Route("POST", "/v1/charges/{id}", update, ChargeUpdateParams),
)

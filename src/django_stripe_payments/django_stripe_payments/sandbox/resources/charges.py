# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/charges: read and annotate; the intents make them."""

from stripe.params import (
    ChargeListParams,
    ChargeRetrieveParams,
    ChargeSearchParams,
    ChargeUpdateParams,
)

from ..shapes.address import shipping
from ..wire.calls import Call, Route
from ..wire.parameters import email, mapping, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.search import SEARCH, results
from ..world.world import World

TEXTS = ("description", "transfer_group")


def retrieve(world: World, call: Call, charge_id: str) -> Resource:
    return world.store.find("charge", charge_id)


def update(world: World, call: Call, charge_id: str) -> Resource:
    charge = world.store.find("charge", charge_id)
    params = call.params
    metadata = merged_metadata(charge["metadata"], params)
    fields = {name: text(params, name) for name in TEXTS if name in params}
    if "receipt_email" in params:
        fields["receipt_email"] = email(params, "receipt_email")
    with world.change("charge.updated", charge):
        charge["metadata"] = metadata
        charge.update(fields)
        if "shipping" in params:
            charge["shipping"] = shipping(mapping(params, "shipping"))
        if "fraud_details" in params:
            charge["fraud_details"] |= mapping(params, "fraud_details")
    return charge


def index(world: World, call: Call) -> Resource:
    filters = ("customer", "payment_intent", "transfer_group")
    matches = matching(world.store.all("charge"), call.params, *filters)
    return page(call.path, matches, call.params, "charge")


def search(world: World, call: Call) -> Resource:
    items = world.store.all("charge")
    return results(call.path, items, call.params, SEARCHABLE)


LISTED = (*PAGE, "created", "customer", "payment_intent", "transfer_group")
UPDATED = (*TEXTS, "fraud_details", "metadata", "receipt_email", "shipping")

#: Fields that a search may name.
SEARCHABLE = ("amount", "currency", "customer", "status", "refunded", "disputed")

ROUTES = (
    Route("GET", "/v1/charges/search", search, ChargeSearchParams, SEARCH),
    Route("GET", "/v1/charges", index, ChargeListParams, LISTED),
    Route("GET", "/v1/charges/{id}", retrieve, ChargeRetrieveParams),
    Route("POST", "/v1/charges/{id}", update, ChargeUpdateParams, UPDATED),
)

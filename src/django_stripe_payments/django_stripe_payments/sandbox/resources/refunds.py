# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/refunds"""

from stripe.params import (
    RefundCancelParams,
    RefundCreateParams,
    RefundListParams,
    RefundRetrieveParams,
    RefundUpdateParams,
)

from ..lifecycle import refunding
from ..wire.calls import Call, Route
from ..wire.errors import conflict, invalid
from ..wire.parameters import choice, integer, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(world: World, call: Call) -> Resource:
    params = call.params
    reason = choice(params, "reason", REASONS)
    metadata = merged_metadata({}, params)
    amount = integer(params, "amount")
    charge = _charge(world, call)
    return refunding.refund(world, charge, amount, reason=reason, metadata=metadata)


def _charge(world: World, call: Call) -> Resource:
    charge_id, intent_id = text(call.params, "charge"), text(call.params, "payment_intent")
    if charge_id:
        return world.store.find("charge", charge_id, "charge")
    if not intent_id:
        raise invalid(
            "One of the following params should be provided for this request: payment_intent or "
            "charge."
        )
    intent = world.store.find("payment_intent", intent_id, "payment_intent")
    charge = world.store.get("charge", intent["latest_charge"])
    if charge is None or charge["status"] != "succeeded":
        raise conflict(
            f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
            "charge_not_refundable",
        )
    return charge


def retrieve(world: World, call: Call, refund_id: str) -> Resource:
    return world.store.find("refund", refund_id)


def update(world: World, call: Call, refund_id: str) -> Resource:
    refund = world.store.find("refund", refund_id)
    metadata = merged_metadata(refund["metadata"], call.params)
    with world.change("refund.updated", refund), world.change("charge.refund.updated", refund):
        refund["metadata"] = metadata
    return refund


def cancel(world: World, call: Call, refund_id: str) -> Resource:
    refund = world.store.find("refund", refund_id)
    if refund["status"] != "requires_action":
        raise conflict(
            f"You cannot cancel this refund because it has a status of {refund['status']}. Only "
            "refunds in the requires_action state can be canceled.",
            "refund_unexpected_state",
        )
    refunding.finish(world, refund, "canceled")
    return refund


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("refund"), call.params, "charge", "payment_intent")
    return page(call.path, matches, call.params, "refund")


REFUND = "/v1/refunds/{id}"

CREATED = ("amount", "charge", "metadata", "payment_intent", "reason")
LISTED = (*PAGE, "created", "charge", "payment_intent")

ROUTES = (
    Route("POST", "/v1/refunds", create, RefundCreateParams, CREATED),
    Route("GET", "/v1/refunds", index, RefundListParams, LISTED),
    Route("GET", REFUND, retrieve, RefundRetrieveParams),
    Route("POST", REFUND, update, RefundUpdateParams, ("metadata",)),
    Route("POST", REFUND + "/cancel", cancel, RefundCancelParams),
)

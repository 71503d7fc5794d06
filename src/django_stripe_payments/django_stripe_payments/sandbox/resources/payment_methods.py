# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/payment_methods"""

from stripe.params import (
    PaymentMethodAttachParams,
    PaymentMethodCreateParams,
    PaymentMethodDetachParams,
    PaymentMethodListParams,
    PaymentMethodRetrieveParams,
    PaymentMethodUpdateParams,
)

from ..lifecycle import wallet
from ..shapes.address import billing_details
from ..wire.calls import Call, Route
from ..wire.errors import invalid, missing_parameter
from ..wire.parameters import choice, email, integer, mapping, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

#: What Stripe.js adds to each of its calls.
BROWSER = (
    "_stripe_version",
    "client_attribution_metadata",
    "guid",
    "muid",
    "pasted_fields",
    "payment_user_agent",
    "referrer",
    "sid",
    "time_on_page",
)


def create(world: World, call: Call) -> Resource:
    return wallet.from_details(world, call.params, publishable=call.key.publishable)


def retrieve(world: World, call: Call, method_id: str) -> Resource:
    return wallet.find_method(world, method_id, None)


def update(world: World, call: Call, method_id: str) -> Resource:
    method = world.store.find("payment_method", method_id)
    if method["customer"] is None:
        raise invalid(
            "You must save this PaymentMethod to a customer before you can update it.",
            code="payment_method_unexpected_state",
        )
    params, card = call.params, mapping(call.params, "card")
    metadata = merged_metadata(method["metadata"], params)
    billing = mapping(params, "billing_details")
    email(billing, "email", "billing_details")
    with world.change("payment_method.updated", method):
        method["metadata"] = metadata
        if "billing_details" in params:
            given = method["billing_details"] | billing
            method["billing_details"] = billing_details(given)
        redisplay = choice(params, "allow_redisplay", wallet.REDISPLAY)
        method["allow_redisplay"] = redisplay or method["allow_redisplay"]
        for name in ("exp_month", "exp_year"):
            if name in card:
                method["card"][name] = integer(card, name)
    return method


def attach(world: World, call: Call, method_id: str) -> Resource:
    customer_id = text(call.params, "customer")
    if not customer_id:
        raise missing_parameter("customer")
    wallet.find_customer(world, customer_id)
    method = wallet.find_method(world, method_id, None)
    if method["customer"] and method["customer"] != customer_id:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            code="payment_method_already_attached",
        )
    wallet.attach(world, method, customer_id)
    return method


def detach(world: World, call: Call, method_id: str) -> Resource:
    method = world.store.find("payment_method", method_id)
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is "
            "impossible.",
            code="payment_method_unexpected_state",
        )
    wallet.detach(world, method)
    return method


def index(world: World, call: Call) -> Resource:
    customer_id = text(call.params, "customer")
    if customer_id:
        wallet.find_customer(world, customer_id)
    saved = (item for item in world.store.all("payment_method") if item["customer"])
    filters = ("customer", "type", "allow_redisplay")
    return page(call.path, matching(saved, call.params, *filters), call.params, "payment_method")


METHOD = "/v1/payment_methods/{id}"

LISTED = (*PAGE, "allow_redisplay", "customer", "type")
UPDATED = (
    "allow_redisplay",
    "billing_details",
    "card[exp_month]",
    "card[exp_year]",
    "metadata",
)

ROUTES = (
    Route(
        "POST",
        "/v1/payment_methods",
        create,
        PaymentMethodCreateParams,
        wallet.DETAILS,
        publishable=True,
        extra=BROWSER,
    ),
    Route("GET", "/v1/payment_methods", index, PaymentMethodListParams, LISTED),
    Route("GET", METHOD, retrieve, PaymentMethodRetrieveParams),
    Route("POST", METHOD, update, PaymentMethodUpdateParams, UPDATED),
    Route("POST", METHOD + "/attach", attach, PaymentMethodAttachParams, ("customer",)),
    Route("POST", METHOD + "/detach", detach, PaymentMethodDetachParams),
)

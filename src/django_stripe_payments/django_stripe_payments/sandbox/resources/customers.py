# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/customers"""

from typing import Any

from stripe.params import (
    CustomerCreateParams,
    CustomerDeleteParams,
    CustomerListParams,
    CustomerListPaymentMethodsParams,
    CustomerRetrieveParams,
    CustomerRetrievePaymentMethodParams,
    CustomerSearchParams,
    CustomerUpdateParams,
)

from ..lifecycle import wallet
from ..shapes.address import address, shipping
from ..shapes.customer import customer, deleted
from ..wire.calls import Call, Route
from ..wire.errors import missing
from ..wire.parameters import choice, email, mapping, merged_metadata, strings, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.search import SEARCH, results
from ..world.world import World

TEXTS = ("description", "name", "phone")
TAX_EXEMPT = ("exempt", "none", "reverse")


def create(world: World, call: Call) -> Resource:
    fields = _fields(world, call, customer(created=0))
    method_id = text(call.params, "payment_method")
    method = wallet.find_method(world, method_id) if method_id else None
    created = world.create(customer, invoice_prefix=world.ids.letters(8).upper(), **fields)
    if method:
        try:
            wallet.attach(world, method, created["id"])
        except Exception:
            del world.store.tables["customer"][created["id"]]
            raise
    world.emit("customer.created", created)
    return created


def _fields(world: World, call: Call, current: Resource) -> dict[str, Any]:
    params = call.params
    fields: dict[str, Any] = {name: text(params, name) for name in TEXTS if name in params}
    fields["metadata"] = merged_metadata(current["metadata"], params)
    if "email" in params:
        fields["email"] = email(params, "email")
    if "address" in params:
        fields["address"] = address(mapping(params, "address")) if params["address"] else None
    if "shipping" in params:
        fields["shipping"] = shipping(mapping(params, "shipping"))
    if "preferred_locales" in params:
        fields["preferred_locales"] = strings(params, "preferred_locales")
    if "tax_exempt" in params:
        fields["tax_exempt"] = choice(params, "tax_exempt", TAX_EXEMPT) or "none"
    if "invoice_settings" in params:
        fields["invoice_settings"] = current["invoice_settings"] | _invoice_settings(world, call)
    return fields


def _invoice_settings(world: World, call: Call) -> dict[str, Any]:
    given = mapping(call.params, "invoice_settings")
    if "default_payment_method" not in given:
        return {}
    method_id = text(given, "default_payment_method")
    if method_id:
        param = "invoice_settings[default_payment_method]"
        method = world.store.find("payment_method", method_id, param)
        if method["customer"] is None or method["customer"] not in call.arguments:
            raise missing("payment_method", method_id, param, 400)
    return {"default_payment_method": method_id}


def retrieve(world: World, call: Call, customer_id: str) -> Resource:
    return world.store.find("customer", customer_id)


def update(world: World, call: Call, customer_id: str) -> Resource:
    current = wallet.find_customer(world, customer_id, None)
    fields = _fields(world, call, current)
    with world.change("customer.updated", current):
        current.update(fields)
    return current


def delete(world: World, call: Call, customer_id: str) -> Resource:
    current = wallet.find_customer(world, customer_id, None)
    for method in list(world.store.all("payment_method")):
        if method["customer"] == customer_id:
            wallet.detach(world, method)
    world.emit("customer.deleted", current)
    return world.store.add(deleted(customer_id))


def index(world: World, call: Call) -> Resource:
    living = (item for item in world.store.all("customer") if not item.get("deleted"))
    return page(call.path, matching(living, call.params, "email"), call.params, "customer")


def search(world: World, call: Call) -> Resource:
    items = (item for item in world.store.all("customer") if not item.get("deleted"))
    return results(call.path, items, call.params, SEARCHABLE)


def payment_methods(world: World, call: Call, customer_id: str) -> Resource:
    wallet.find_customer(world, customer_id, None)
    items = matching(world.store.all("payment_method"), call.params, "type", "allow_redisplay")
    owned = (item for item in items if item["customer"] == customer_id)
    return page(call.path, owned, call.params, "payment_method")


def payment_method(world: World, call: Call, customer_id: str, method_id: str) -> Resource:
    wallet.find_customer(world, customer_id, None)
    method = world.store.find("payment_method", method_id)
    if method["customer"] != customer_id:
        raise missing("payment_method", method_id)
    return method


METHODS = "/v1/customers/{id}/payment_methods"

METHOD_FILTERS = (*PAGE, "allow_redisplay", "type")
FIELDS = (
    *TEXTS,
    "address",
    "email",
    "invoice_settings[default_payment_method]",
    "metadata",
    "preferred_locales",
    "shipping",
    "tax_exempt",
)

#: Fields that a search may name.
SEARCHABLE = ("email", "name", "phone")

ROUTES = (
    Route("GET", "/v1/customers/search", search, CustomerSearchParams, SEARCH),
    Route("POST", "/v1/customers", create, CustomerCreateParams, (*FIELDS, "payment_method")),
    Route("GET", "/v1/customers", index, CustomerListParams, (*PAGE, "created", "email")),
    Route("GET", "/v1/customers/{id}", retrieve, CustomerRetrieveParams),
    Route("POST", "/v1/customers/{id}", update, CustomerUpdateParams, FIELDS),
    Route("DELETE", "/v1/customers/{id}", delete, CustomerDeleteParams),
    Route("GET", METHODS, payment_methods, CustomerListPaymentMethodsParams, METHOD_FILTERS),
    Route("GET", METHODS + "/{id}", payment_method, CustomerRetrievePaymentMethodParams),
)

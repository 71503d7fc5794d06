"""/v1/payment_intents"""

from typing import Any

from stripe.params import (
    PaymentIntentCancelParams,
    PaymentIntentCaptureParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
    PaymentIntentSearchParams,
    PaymentIntentUpdateParams,
)

from ..bank.currencies import check_amount, check_currency
from ..lifecycle import accounts, capturing, confirmation, intents, wallet
from ..shapes.address import shipping
from ..shapes.payment_intent import payment_intent
from ..wire.calls import Call, Route
from ..wire.errors import unexpected_state
from ..wire.forms import Params
from ..wire.parameters import boolean, choice, email, integer, mapping, merged_metadata, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.search import SEARCH, results
from ..world.world import World

TEXTS = (
    "description",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
USAGES = ("off_session", "on_session")
CHANGEABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(world: World, call: Call) -> Resource:
    params = call.params
    confirmed = boolean(params, "confirm")
    if not confirmed:
        intents.check_unconfirmed(params)
    currency = check_currency(str(params["currency"]))
    amount = check_amount(integer(params, "amount") or 0, currency)
    fields = _fields(world, params, payment_intent(created=0))
    fields |= intents.method_types(params, currency)
    intent = payment_intent(created=world.now(), amount=amount, currency=currency, **fields)
    terms = intents.terms(call, intent) if confirmed else None
    method = intents.chosen_method(world, call)
    if method:
        confirmation.check_method(world, intent, method)
    intent["id"] = world.ids.new("payment_intent")
    intent["client_secret"] = world.ids.client_secret(intent["id"])
    _choose(intent, method)
    _note_radar_session(world, params, intent)
    world.store.add(intent)
    world.emit("payment_intent.created", intent)
    if terms:
        confirmation.confirm(world, intent, terms)
    return intent


def _choose(intent: Resource, method: Resource | None) -> None:
    if method:
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"


def _note_radar_session(world: World, params: Params, intent: Resource) -> None:
    """Keep what Radar would look at. The sandbox has no Radar; its test cards decide instead."""
    session = text(mapping(params, "radar_options"), "session")
    if session:
        world.store.note(intent["id"])["radar_session"] = session


def _fields(world: World, params: Params, current: Resource) -> dict[str, Any]:
    """The fields that creating and updating share."""
    fields: dict[str, Any] = {name: text(params, name) for name in TEXTS if name in params}
    fields["metadata"] = merged_metadata(current["metadata"], params)
    fields["payment_method_options"] = intents.merged_options(
        current["payment_method_options"], params
    )
    if text(params, "customer"):
        fields["customer"] = wallet.find_customer(world, params["customer"])["id"]
    if "shipping" in params:
        fields["shipping"] = shipping(mapping(params, "shipping"))
    if "setup_future_usage" in params:
        fields["setup_future_usage"] = choice(params, "setup_future_usage", USAGES)
    if "receipt_email" in params:
        fields["receipt_email"] = email(params, "receipt_email")
    fields |= accounts.fields(world, params, current)
    capture = choice(params, "capture_method", CAPTURE_METHODS)
    fields["capture_method"] = capture or current["capture_method"]
    confirming = choice(params, "confirmation_method", ("automatic", "manual"))
    fields["confirmation_method"] = confirming or current["confirmation_method"]
    return fields


def retrieve(world: World, call: Call, intent_id: str) -> Resource:
    return intents.guard(world, call, "payment_intent", intent_id)


def update(world: World, call: Call, intent_id: str) -> Resource:
    intent = world.store.find("payment_intent", intent_id)
    params = call.params
    fields = _fields(world, params, intent)
    currency = check_currency(str(params.get("currency") or intent["currency"]))
    fields["currency"] = currency
    if "amount" in params:
        fields["amount"] = check_amount(integer(params, "amount") or 0, currency)
    narrowing = {name: params[name] for name in intents.NARROWING if name in params}
    if narrowing or currency != intent["currency"]:
        kept = {name: intent[name] or [] for name in intents.NARROWING}
        narrowed = intents.method_types(kept | narrowing, currency)
        fields |= {name: narrowed[name] for name in ("payment_method_types", *intents.NARROWING)}
    closed = intent["status"] not in CHANGEABLE
    for name in ("amount", "currency", "customer", "capture_method"):
        if closed and fields.get(name, intent[name]) != intent[name]:
            raise unexpected_state(
                f"This PaymentIntent's {name} could not be updated because it has a status of "
                f"{intent['status']}. You may only update the {name} of a PaymentIntent with one "
                f"of the following statuses: {', '.join(CHANGEABLE)}.",
                intent,
            )
    method = intents.chosen_method(world, call)
    if method:
        confirmation.check_method(world, {**intent, **fields}, method)
    intent.update(fields)
    _choose(intent, method)
    return intent


def confirm(world: World, call: Call, intent_id: str) -> Resource:
    intent = intents.guard(world, call, "payment_intent", intent_id)
    confirmation.check_confirmable(intent)
    terms = intents.terms(call, intent)
    method = intents.chosen_method(world, call)
    params = call.params
    fields = {
        "setup_future_usage": choice(params, "setup_future_usage", USAGES)
        or intent["setup_future_usage"],
        "capture_method": choice(params, "capture_method", CAPTURE_METHODS)
        or intent["capture_method"],
        "payment_method_options": intents.merged_options(intent["payment_method_options"], params),
    }
    if "receipt_email" in params:
        fields["receipt_email"] = email(params, "receipt_email")
    if "shipping" in params:
        fields["shipping"] = shipping(mapping(params, "shipping"))
    if method:
        confirmation.check_method(world, intent, method)
    intent.update(fields)
    _choose(intent, method)
    _note_radar_session(world, params, intent)
    confirmation.confirm(world, intent, terms)
    return intent


def capture(world: World, call: Call, intent_id: str) -> Resource:
    intent = world.store.find("payment_intent", intent_id)
    metadata = merged_metadata(intent["metadata"], call.params)
    capturing.capture(world, intent, integer(call.params, "amount_to_capture"))
    intent["metadata"] = metadata
    return intent


def cancel(world: World, call: Call, intent_id: str) -> Resource:
    intent = world.store.find("payment_intent", intent_id)
    reason = choice(call.params, "cancellation_reason", capturing.CANCELLATION_REASONS)
    capturing.cancel(world, intent, reason)
    return intent


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("payment_intent"), call.params, "customer")
    return page(call.path, matches, call.params, "payment_intent")


def search(world: World, call: Call) -> Resource:
    items = world.store.all("payment_intent")
    return results(call.path, items, call.params, SEARCHABLE)


INTENT = "/v1/payment_intents/{id}"

#: Parameters that confirming takes too.
SHARED = (
    *intents.METHOD,
    *intents.OPTIONS,
    "capture_method",
    "receipt_email",
    "setup_future_usage",
    "shipping",
)
RADAR = ("radar_options[session]",)
FIELDS = (
    *SHARED,
    *TEXTS,
    *accounts.READS,
    *intents.NARROWING,
    "confirmation_method",
    "customer",
    "metadata",
)
CREATED = (
    *FIELDS,
    *intents.PAYMENT_TERMS,
    *RADAR,
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
)
CONFIRMED = (*SHARED, *RADAR, *intents.PAYMENT_TERMS, "client_secret")
LISTED = (*PAGE, "created", "customer")
CAPTURED = ("amount_to_capture", "metadata")

#: Fields that a search may name.
SEARCHABLE = ("amount", "currency", "customer", "status")

ROUTES = (
    Route("GET", "/v1/payment_intents/search", search, PaymentIntentSearchParams, SEARCH),
    Route("POST", "/v1/payment_intents", create, PaymentIntentCreateParams, CREATED),
    Route("GET", "/v1/payment_intents", index, PaymentIntentListParams, LISTED),
    Route(
        "GET",
        INTENT,
        retrieve,
        PaymentIntentRetrieveParams,
        ("client_secret",),
        publishable=True,
        extra=intents.BROWSER,
    ),
    Route("POST", INTENT, update, PaymentIntentUpdateParams, (*FIELDS, "amount", "currency")),
    Route(
        "POST",
        INTENT + "/confirm",
        confirm,
        PaymentIntentConfirmParams,
        CONFIRMED,
        publishable=True,
        extra=intents.BROWSER,
    ),
    Route("POST", INTENT + "/capture", capture, PaymentIntentCaptureParams, CAPTURED),
    Route("POST", INTENT + "/cancel", cancel, PaymentIntentCancelParams, ("cancellation_reason",)),
)

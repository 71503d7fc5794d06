"""/v1/setup_intents and /v1/setup_attempts"""

from typing import Any

from stripe.params import (
    SetupAttemptListParams,
    SetupIntentCancelParams,
    SetupIntentConfirmParams,
    SetupIntentCreateParams,
    SetupIntentListParams,
    SetupIntentRetrieveParams,
    SetupIntentUpdateParams,
)

from ..lifecycle import accounts, intents, setup, wallet
from ..shapes.setup_intent import setup_intent
from ..wire.calls import Call, Route
from ..wire.errors import unexpected_state
from ..wire.forms import Params
from ..wire.parameters import boolean, choice, merged_metadata, strings, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

CANCELLATION_REASONS = ("abandoned", "duplicate", "requested_by_customer")
USAGES = ("off_session", "on_session")


def create(world: World, call: Call) -> Resource:
    params = call.params
    confirmed = boolean(params, "confirm")
    if not confirmed:
        intents.check_unconfirmed(params)
    fields = _fields(world, params, setup_intent(created=0))
    fields |= intents.method_types(params, None)
    fields["usage"] = choice(params, "usage", USAGES) or "off_session"
    intent = setup_intent(created=world.now(), **fields)
    terms = intents.terms(call, intent) if confirmed else None
    method = intents.chosen_method(world, call)
    if method:
        setup.check_method(world, intent, method)
    intent["id"] = world.ids.new("setup_intent")
    intent["client_secret"] = world.ids.client_secret(intent["id"])
    _choose(intent, method)
    world.store.add(intent)
    world.emit("setup_intent.created", intent)
    if terms:
        setup.confirm(world, intent, terms)
    return intent


def _choose(intent: Resource, method: Resource | None) -> None:
    if method:
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"


def _fields(world: World, params: Params, current: Resource) -> dict[str, Any]:
    """The fields that creating and updating share."""
    fields: dict[str, Any] = {"metadata": merged_metadata(current["metadata"], params)}
    if "description" in params:
        fields["description"] = text(params, "description")
    if "on_behalf_of" in params:
        fields["on_behalf_of"] = accounts.behalf(world, params)
    fields["payment_method_options"] = intents.merged_options(
        current["payment_method_options"], params
    )
    if text(params, "customer"):
        fields["customer"] = wallet.find_customer(world, params["customer"])["id"]
    if "flow_directions" in params:
        fields["flow_directions"] = strings(params, "flow_directions") or None
    return fields


def retrieve(world: World, call: Call, intent_id: str) -> Resource:
    return intents.guard(world, call, "setup_intent", intent_id)


def update(world: World, call: Call, intent_id: str) -> Resource:
    intent = world.store.find("setup_intent", intent_id)
    fields = _fields(world, call.params, intent)
    method = intents.chosen_method(world, call)
    if method:
        setup.check_confirmable(intent)
        setup.check_method(world, {**intent, **fields}, method)
    intent.update(fields)
    _choose(intent, method)
    return intent


def confirm(world: World, call: Call, intent_id: str) -> Resource:
    intent = intents.guard(world, call, "setup_intent", intent_id)
    setup.check_confirmable(intent)
    terms = intents.terms(call, intent)
    method = intents.chosen_method(world, call)
    options = intents.merged_options(intent["payment_method_options"], call.params)
    if method:
        setup.check_method(world, intent, method)
    intent["payment_method_options"] = options
    _choose(intent, method)
    setup.confirm(world, intent, terms)
    return intent


def cancel(world: World, call: Call, intent_id: str) -> Resource:
    intent = world.store.find("setup_intent", intent_id)
    reason = choice(call.params, "cancellation_reason", CANCELLATION_REASONS)
    if intent["status"] not in setup.CONFIRMABLE:
        raise unexpected_state(
            f"You cannot cancel this SetupIntent because it has a status of {intent['status']}. "
            "Only a SetupIntent with one of the following statuses may be canceled: "
            f"{', '.join(setup.CONFIRMABLE)}.",
            intent,
        )
    intent["cancellation_reason"] = reason
    intent["next_action"] = None
    intent["status"] = "canceled"
    world.emit("setup_intent.canceled", intent)
    return intent


def index(world: World, call: Call) -> Resource:
    filters = ("customer", "payment_method")
    matches = matching(world.store.all("setup_intent"), call.params, *filters)
    return page(call.path, matches, call.params, "setup_intent")


def attempts(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("setup_attempt"), call.params, "setup_intent")
    return page(call.path, matches, call.params, "setup_attempt")


INTENT = "/v1/setup_intents/{id}"
CONFIRM = f"{INTENT}/confirm"
FROM_BROWSER: dict[str, Any] = {"publishable": True, "extra": intents.BROWSER}

FIELDS = (
    *intents.METHOD,
    *intents.OPTIONS,
    "customer",
    "description",
    "flow_directions",
    "metadata",
    "on_behalf_of",
)
CREATED = (
    *FIELDS,
    *intents.NARROWING,
    *intents.TERMS,
    "automatic_payment_methods",
    "confirm",
    "usage",
)
SECRET = ("client_secret",)
CONFIRMED = (*intents.METHOD, *intents.OPTIONS, *intents.TERMS, *SECRET)
LISTED = (*PAGE, "created", "customer", "payment_method")
ATTEMPTS = (*PAGE, "created", "setup_intent")

ROUTES = (
    Route("POST", "/v1/setup_intents", create, SetupIntentCreateParams, CREATED),
    Route("GET", "/v1/setup_intents", index, SetupIntentListParams, LISTED),
    Route("GET", INTENT, retrieve, SetupIntentRetrieveParams, SECRET, **FROM_BROWSER),
    Route("POST", INTENT, update, SetupIntentUpdateParams, FIELDS),
    Route("POST", CONFIRM, confirm, SetupIntentConfirmParams, CONFIRMED, **FROM_BROWSER),
    Route("POST", INTENT + "/cancel", cancel, SetupIntentCancelParams, ("cancellation_reason",)),
    Route("GET", "/v1/setup_attempts", attempts, SetupAttemptListParams, ATTEMPTS),
)

"""What payment intents and setup intents have in common: their parameters and their guard."""

from typing import Any

from ..wire.calls import Call, within
from ..wire.errors import invalid, unauthorized
from ..wire.forms import Params
from ..wire.parameters import boolean, mapping, strings, text
from ..wire.resource import Resource
from ..world.world import World
from . import wallet
from .confirmation import Terms

#: What Stripe.js adds when it confirms.
BROWSER = (
    "_stripe_version",
    "client_attribution_metadata",
    "client_secret",
    "expected_payment_method_type",
    "payment_method_data[card]",
    "referrer",
    "use_stripe_sdk",
)

#: Parameters of a confirmation, which creating takes only together with ``confirm``.
ONLY_WITH_CONFIRM = ("error_on_requires_action", "off_session", "return_url")

#: Parameters that narrow down the payment methods of an intent.
NARROWING = ("allowed_payment_method_types", "excluded_payment_method_types")

#: Parameters that name or describe a payment method.
METHOD = ("payment_method", *within("payment_method_data", wallet.DETAILS))

#: The first decides something here; the second is for the payment form.
OPTIONS = within(
    "payment_method_options[card]", ("request_three_d_secure", "require_cvc_recollection")
)

#: Parameters that say how a confirmation is meant.
TERMS = ("return_url", "use_stripe_sdk")
PAYMENT_TERMS = (*TERMS, "error_on_requires_action", "off_session")

#: Dynamic payment methods: what the account of the sandbox has switched on, by currency.
AUTOMATIC_TYPES = {"usd": ["card", "us_bank_account"]}

#: The configuration that dynamic payment methods come from.
CONFIGURATION = {"id": "pmc_sandbox", "parent": None}


def guard(world: World, call: Call, kind: str, intent_id: str) -> Resource:
    """Find the intent; a publishable key opens it only with its client secret."""
    given = call.params.get("client_secret")
    if call.key.publishable and not given:
        raise unauthorized(
            "You must provide the client_secret of this object when you use a publishable key."
        )
    intent = world.store.find(kind, intent_id)
    if given is not None and given != intent["client_secret"]:
        name = "PaymentIntent" if kind == "payment_intent" else "SetupIntent"
        raise invalid(
            f"The client_secret provided does not match any associated {name} on this account. "
            "Ensure the publishable key used during initialization belongs to the same account "
            f"that created the {name}.",
            "client_secret",
            "resource_missing",
        )
    return intent


def method_types(params: Params, currency: str | None) -> dict[str, Any]:
    """The fields that say which payment methods the intent takes.

    They come from the account, by currency, and the caller may only narrow them down.
    """
    available = AUTOMATIC_TYPES.get(currency or "usd", ["card"])
    allowed = strings(params, "allowed_payment_method_types")
    excluded = strings(params, "excluded_payment_method_types")
    automatic = mapping(params, "automatic_payment_methods")
    if allowed and (excluded or automatic):
        raise invalid(
            "You may only specify one of these parameters: allowed_payment_method_types, "
            "automatic_payment_methods, excluded_payment_method_types.",
            "allowed_payment_method_types",
        )
    fields: dict[str, Any] = {
        "allowed_payment_method_types": allowed or None,
        "excluded_payment_method_types": excluded or None,
        "automatic_payment_methods": None,
    }
    if automatic and not boolean(automatic, "enabled"):
        return fields | {"payment_method_types": ["card"]}
    if not allowed:
        redirects = text(automatic, "allow_redirects") or "always"
        fields["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": True}
    kept = [item for item in available if item not in excluded and (not allowed or item in allowed)]
    return fields | {
        "payment_method_types": kept,
        "payment_method_configuration_details": dict(CONFIGURATION),
    }


def chosen_method(world: World, call: Call) -> Resource | None:
    """The payment method that the call names or describes, made if it must be."""
    data = mapping(call.params, "payment_method_data")
    if data:
        publishable = call.key.publishable
        return wallet.from_details(world, data, publishable=publishable, at="payment_method_data")
    identifier = text(call.params, "payment_method")
    return wallet.find_method(world, identifier) if identifier else None


def check_unconfirmed(params: Params) -> None:
    """Refuse what only makes sense together with ``confirm``."""
    for name in ONLY_WITH_CONFIRM:
        if name in params:
            raise invalid(f"{name} can only be used when `confirm` is true.", name)


def terms(call: Call, intent: Resource) -> Terms:
    """Read how a confirmation is meant, and refuse it without a ``return_url`` it may need."""
    params = call.params
    off_session = params.get("off_session") not in (None, "", "false")
    read = Terms(
        off_session=off_session,
        no_action=boolean(params, "error_on_requires_action"),
        browser=call.key.publishable or boolean(params, "use_stripe_sdk"),
        return_url=text(params, "return_url"),
    )
    automatic = intent["automatic_payment_methods"] or {}
    redirects = automatic.get("allow_redirects") == "always"
    if redirects and not (read.browser or read.return_url or off_session):
        raise invalid(
            "This intent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, "
            "you must provide a `return_url`. If you don't want to accept redirect-based payment "
            "methods, set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never`.",
            "return_url",
        )
    return read


def merged_options(current: Resource, params: Params) -> Resource:
    """``payment_method_options``, merged per payment method type."""
    merged: Resource = {key: dict(value) for key, value in current.items()}
    for kind, given in mapping(params, "payment_method_options").items():
        options = {name: _plain(value) for name, value in mapping({kind: given}, kind).items()}
        merged[kind] = merged.get(kind, {}) | options
    return merged


def _plain(value: Any) -> Any:
    """Read the value of an option, whose type depends on the option."""
    words = {"true": True, "false": False, "": None}
    return words.get(value, value) if isinstance(value, str) else value

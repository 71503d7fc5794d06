"""Compare an object of the sandbox with the SDK's own annotations of its resource."""

import types
import typing
from typing import Any

import stripe
from stripe._object_classes import get_object_class

#: Fields that the SDK knows but Stripe leaves out: of other payment methods, of features that the
#: account has not, or only there when they are asked for by ``expand`` or have something to say.
LEFT_OUT: dict[str, set[str]] = {
    "balance": {
        "connect_reserved",
        "instant_available",
        "issuing",
        "refund_and_dispute_prefunding",
    },
    "charge": {
        "authorization_code",
        "level3",
        "presentment_details",
        "radar_options",
        "refunds",
        "transfer",
    },
    "customer": {
        "business_name",
        "cash_balance",
        "deleted",
        "individual_name",
        "invoice_credit_balance",
        "sources",
        "subscriptions",
        "tax",
        "tax_ids",
    },
    "dispute": {"intended_submission_method", "network_reason_code"},
    "ephemeral_key": {"secret"},
    "event": {"account", "context"},
    "payment_intent": {
        "hooks",
        "payment_details",
        "payment_record",
        "presentment_details",
    },
    "refund": {
        "description",
        "failure_balance_transaction",
        "failure_reason",
        "instructions_email",
        "next_action",
        "pending_reason",
        "presentment_details",
    },
    "setup_attempt": {"attach_to_self"},
    "setup_intent": {"attach_to_self", "managed_payments"},
    "webhook_endpoint": {"deleted", "secret"},
}

#: What Stripe sends and the oldest release of the SDK that we allow does not name yet.
YOUNGER_THAN_THE_OLDEST_SDK = {"dispute.evidence_details.submission_method"}

#: Plain classes of the annotations, and what JSON holds for them.
SCALARS: dict[Any, tuple[type, ...]] = {
    int: (int,),
    str: (str,),
    bool: (bool,),
    float: (int, float),
}


def complaints(data: dict[str, Any]) -> list[str]:
    """Return what is wrong with a whole object; nothing is wrong with a good one."""
    kind = data["object"]
    cls = get_object_class("V1", kind)
    fields = annotations(cls)
    left_out = LEFT_OUT.get(kind, set())
    if kind == "payment_method":
        left_out = {name for name in fields if name not in data and _is_hash(cls, name)}
    missing = fields.keys() - data.keys() - left_out
    found = [f"{kind}.{name} is missing" for name in sorted(missing)]
    return found + _compare(cls, data, kind)


def annotations(cls: type) -> dict[str, Any]:
    own = cls.__annotations__
    return {name: value for name, value in own.items() if not _is_class_variable(value)}


def _is_class_variable(annotation: Any) -> bool:
    return typing.get_origin(annotation) is typing.ClassVar


def _is_hash(cls: Any, name: str) -> bool:
    return name in cls._inner_class_types


def _compare(cls: Any, data: dict[str, Any], path: str) -> list[str]:
    """Complain of fields that are unknown, required but missing, or of another type."""
    fields = annotations(cls)
    unknown = {f"{path}.{name}" for name in data.keys() - fields.keys()}
    found = [f"{name} is unknown" for name in sorted(unknown - YOUNGER_THAN_THE_OLDEST_SDK)]
    for name, annotation in fields.items():
        if name in data:
            found += _compare_value(cls, name, annotation, data[name], f"{path}.{name}")
        elif not _optional(annotation):
            found.append(f"{path}.{name} is required and missing")
    return found


def _compare_value(cls: Any, name: str, annotation: Any, value: Any, path: str) -> list[str]:
    if value is None:
        return [] if _optional(annotation) else [f"{path} is null"]
    if isinstance(value, dict):
        if "object" in value and value["object"] != "list" and name != "object":
            return complaints(value) if "id" in value else []
        inner = cls._inner_class_types.get(name)
        return _compare(inner, value, path) if inner else []
    if isinstance(value, list):
        return [] if "List" in str(annotation) else [f"{path} is a list"]
    allowed = [item for option in _options(annotation) for item in SCALARS.get(option, ())]
    words = _words(annotation)
    if words:
        return [] if value in words else [f"{path} is {value!r}, none of {sorted(words)}"]
    if "ForwardRef" in str(annotation):
        return []
    wrong = allowed and type(value) not in allowed
    return [f"{path} is {value!r}, not {annotation}"] if wrong else []


def _words(annotation: Any) -> set[Any]:
    """Return the words that a closed list allows; none for an open one, or where there is none."""
    options = [item for item in _options(annotation) if item is not type(None)]
    if any(typing.get_origin(item) is not typing.Literal for item in options):
        return set()
    return {word for item in options for word in typing.get_args(item)}


def _options(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _optional(annotation: Any) -> bool:
    return type(None) in _options(annotation)


def check(found: stripe.StripeObject | dict[str, Any]) -> None:
    data = found if isinstance(found, dict) else found.to_dict(for_json=True)
    found_wrong = complaints(data)
    assert not found_wrong, found_wrong

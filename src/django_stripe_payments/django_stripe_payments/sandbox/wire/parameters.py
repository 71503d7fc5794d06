"""Check and read the parameters of a call, against the SDK's own typed parameters."""

import re
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from .errors import ApiError, invalid, missing_parameter, unknown_parameter
from .forms import Params

#: Keys of the SDK's request options, which its models hold beside the real parameters.
OPTIONS = frozenset(
    {
        "api_key",
        "content_type",
        "headers",
        "idempotency_key",
        "max_network_retries",
        "stripe_account",
        "stripe_context",
        "stripe_version",
    }
)

#: Parameters of earlier API versions, which Stripe tells apart from mistakes.
REMOVED = {
    "payment_method_types": "payment_method_types is no longer supported. Leave it out to use "
    "dynamic payment methods, or narrow them down with allowed_payment_method_types or "
    "excluded_payment_method_types."
}

_MODEL = re.compile(r"\b\w+Params\w*")


def check(params: Mapping[str, Any], model: type, extra: Iterable[str] = ()) -> None:
    """Refuse what Stripe does not know, at any depth, and what it requires but did not get."""
    required: frozenset[str] = getattr(model, "__required_keys__", frozenset())
    for name in sorted(required - OPTIONS - params.keys()):
        raise missing_parameter(name)
    _check_known(params, (model,), frozenset(extra), "")


def _check_known(
    params: Mapping[str, Any], models: tuple[type, ...], extra: frozenset[str], path: str
) -> None:
    for name, value in params.items():
        full = f"{path}[{name}]" if path else name
        if full in extra:
            continue
        nested: list[type] = []
        known = False
        for model in models:
            if name in model.__annotations__ and name not in OPTIONS:
                known = True
                nested += _nested(model, name)
        if not known:
            raise _unknown(full)
        for item in value if isinstance(value, list) else [value]:
            if nested and isinstance(item, Mapping):
                _check_known(item, tuple(nested), extra, full)


def _unknown(name: str) -> ApiError:
    if name in REMOVED:
        return invalid(REMOVED[name], name, f"{name}_no_longer_supported")
    return unknown_parameter(name)


@cache
def _nested(model: type, name: str) -> tuple[type, ...]:
    """The models that a parameter may hold; none for a plain value or a free-form hash."""
    annotation = str(model.__annotations__[name])
    if "Dict[str" in annotation:
        return ()
    module = vars(sys.modules[model.__module__])
    found = (module.get(word) for word in _MODEL.findall(annotation))
    return tuple(item for item in found if isinstance(item, type))


def integer(params: Mapping[str, Any], name: str, default: int | None = None) -> int | None:
    value = params.get(name)
    if value in (None, ""):
        return default
    try:
        return int(str(value))
    except ValueError:
        raise invalid(f"Invalid integer: {value}", name, "parameter_invalid_integer") from None


def boolean(params: Mapping[str, Any], name: str, default: bool = False) -> bool:
    value = params.get(name)
    if value is None or value == "":
        return default
    if value not in ("true", "false"):
        raise invalid(f"Invalid boolean: {value}", name)
    return bool(value == "true")


def text(params: Mapping[str, Any], name: str, default: str | None = None) -> str | None:
    """A string; an empty one unsets, which is None."""
    value = params.get(name, default)
    if value is not None and not isinstance(value, str):
        raise invalid(f"Invalid string: {value}", name)
    return value or None


def choice(params: Mapping[str, Any], name: str, allowed: Iterable[str]) -> str | None:
    value = text(params, name)
    options = list(allowed)
    if value is not None and value not in options:
        raise invalid(f"Invalid {name}: must be one of {', '.join(options)}", name)
    return value


def mapping(params: Mapping[str, Any], name: str) -> Params:
    value = params.get(name)
    if value in (None, ""):
        return {}
    if not isinstance(value, dict):
        raise invalid(f"Invalid hash: {name}", name)
    return value


def strings(params: Mapping[str, Any], name: str) -> list[str]:
    value = params.get(name)
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise invalid("Invalid array", name)
    return [str(item) for item in value]


def merged_metadata(current: Mapping[str, str], params: Mapping[str, Any]) -> dict[str, str]:
    """Apply Stripe's rules: named keys are set, an empty value removes, an empty hash clears."""
    if "metadata" not in params:
        return dict(current)
    if params["metadata"] == "":
        return {}
    merged = {**current, **mapping(params, "metadata")}
    metadata = {key: value for key, value in merged.items() if value != ""}
    for key, value in metadata.items():
        _check_metadata(key, value)
    if len(metadata) > 50:  # Stripe's limit
        raise invalid("Metadata can have up to 50 keys.", "metadata")
    return metadata


def _check_metadata(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise invalid("Metadata values must be strings", f"metadata[{key}]")
    if len(key) > 40:  # Stripe's limit
        raise invalid(f"Metadata keys can have up to 40 characters: {key}", "metadata")
    if len(value) > 500:  # Stripe's limit
        raise invalid("Metadata values can have up to 500 characters", f"metadata[{key}]")

"""Read the parameters of a call: numbers, words, hashes and lists, each checked."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import invalid
from .forms import Params

#: Something, an at sign, and a domain with a dot and a real ending.
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


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


def email(params: Mapping[str, Any], name: str, prefix: str = "") -> str | None:
    """Return an e-mail address; ``prefix`` is the hash that holds it, for the error."""
    value = text(params, name)
    if value is not None and not _EMAIL.fullmatch(value):
        param = f"{prefix}[{name}]" if prefix else name
        raise invalid(f"Invalid email address: {value}", param, "email_invalid")
    return value


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

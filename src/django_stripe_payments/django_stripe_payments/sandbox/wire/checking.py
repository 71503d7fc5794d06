"""Check the parameters of a call: against what Stripe knows, and against what the sandbox plays.

What Stripe knows are the SDK's own typed parameters. What the sandbox plays is declared by each
route. The rest is refused, so that a test never passes because the sandbox ignored something.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from .calls import Route
from .errors import ApiError, invalid, missing_parameter, not_played, unknown_parameter

#: Keys of the SDK's request options, which its models hold alongside the real parameters.
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

#: Parameters of earlier API versions, which Stripe distinguishes from mistakes.
REMOVED = {
    "payment_method_types": "payment_method_types is no longer supported. Leave it out to use "
    "dynamic payment methods, or narrow them down with allowed_payment_method_types or "
    "excluded_payment_method_types."
}

_MODEL = re.compile(r"\b\w+Params\w*")


def check(route: Route, params: Mapping[str, Any], extra: Iterable[str] = ()) -> None:
    """Refuse what Stripe does not know or the sandbox does not play, at any depth.

    Also refuse a call that lacks what Stripe requires. ``extra`` is taken although the SDK has no
    type for it.
    """
    models = (route.model,) if route.model else ()
    _check(route, params, models, frozenset(extra), "")
    required: frozenset[str] = getattr(route.model, "__required_keys__", frozenset())
    for name in sorted(required - OPTIONS - params.keys()):
        raise missing_parameter(name)


def _check(
    route: Route,
    params: Mapping[str, Any],
    models: tuple[type, ...],
    extra: frozenset[str],
    path: str,
) -> None:
    for name, value in params.items():
        full = f"{path}[{name}]" if path else name
        if full in extra:
            continue
        if not any(name in parameters(model) for model in models):
            raise _unknown(full)
        if not route.plays(full):
            raise not_played(full, f"{route.method} {route.pattern}")
        nested = tuple(inner for model in models for inner in nested_models(model, name))
        for item in value if isinstance(value, list) else [value]:
            if nested and isinstance(item, Mapping):
                _check(route, item, nested, extra, full)


def _unknown(name: str) -> ApiError:
    if name in REMOVED:
        return invalid(REMOVED[name], name, f"{name}_no_longer_supported")
    return unknown_parameter(name)


def parameters(model: type) -> Mapping[str, Any]:
    """Return the parameters that one of the SDK's models names, with their annotations."""
    return {name: item for name, item in model.__annotations__.items() if name not in OPTIONS}


@cache
def nested_models(model: type, name: str) -> tuple[type, ...]:
    """Return the models that a parameter may hold; none for a plain value or a free-form hash."""
    annotation = str(parameters(model).get(name, ""))
    if "Dict[str" in annotation:
        return ()
    module = vars(sys.modules[model.__module__])
    candidates = (module.get(word) for word in _MODEL.findall(annotation))
    return tuple(item for item in candidates if isinstance(item, type))


def known_paths(model: type, prefix: str = "") -> Iterator[str]:
    """Yield every parameter that the SDK knows, as ``shipping[address][city]``; leaves only."""
    for name in parameters(model):
        path = f"{prefix}[{name}]" if prefix else name
        nested = nested_models(model, name)
        leaves = [leaf for inner in nested for leaf in known_paths(inner, path)]
        yield from leaves or [path]

"""Stripe's form encoding: ``items[0][price]=x`` and ``expand[]=y`` as nested dicts and lists."""

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

Params = dict[str, Any]

#: Levels of brackets; Stripe's deepest parameter has seven.
MAX_DEPTH = 12

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse(text: str) -> Params:
    """Return the nested parameters; every leaf is a string."""
    params: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _KEY.match(name)
        parts = [match[1], *_PART.findall(match[2])] if match else []
        if not parts or len(parts) > MAX_DEPTH:
            raise invalid(f"Invalid parameter name: {name[:80]}", name[:80])
        _put(params, parts, value, name)
    return {key: _listed(key, value) for key, value in params.items()}


def _put(params: Params, parts: list[str], value: str, name: str) -> None:
    node = params
    for part in parts[:-1]:
        node = node.setdefault(_free(node, part), {})
        if not isinstance(node, dict):
            raise invalid(f"Invalid parameter: {name} is both a value and a hash", name)
    node[_free(node, parts[-1])] = value


def _free(node: Params, part: str) -> str:
    """``a[]=`` appends: give it the next number."""
    return part if part else str(len(node))


def _listed(key: str, value: Any) -> Any:
    """Turn hashes that are numbered 0, 1, 2, … into lists, except the caller's own metadata."""
    if not isinstance(value, dict) or key == "metadata":
        return value
    if value and list(value) == [str(number) for number in range(len(value))]:
        return [_listed("", item) for item in value.values()]
    return {name: _listed(name, item) for name, item in value.items()}

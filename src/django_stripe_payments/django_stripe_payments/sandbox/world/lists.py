"""Cursor lists: newest first, ``limit``, ``starting_after``, ``ending_before``, filters."""

from collections.abc import Callable, Iterable
from typing import Any

from ..wire.errors import invalid, missing
from ..wire.forms import Params
from ..wire.parameters import integer, text
from ..wire.resource import Resource

#: Parameters of every list.
PAGE = ("limit", "starting_after", "ending_before")

DEFAULT_LIMIT = 10
MAX_LIMIT = 100

_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def listing(url: str, items: list[Resource], has_more: bool = False) -> Resource:
    return {"object": "list", "data": items, "has_more": has_more, "url": url}


def page(url: str, items: Iterable[Resource], params: Params, kind: str) -> Resource:
    """Return one page of ``items``, which come newest first."""
    limit = integer(params, "limit", DEFAULT_LIMIT) or 0
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"Invalid integer: limit must be between 1 and {MAX_LIMIT}", "limit")
    remaining = list(items)
    after, before = text(params, "starting_after"), text(params, "ending_before")
    if after and before:
        raise invalid("You can only specify one of ending_before and starting_after.")
    if before:
        # The page that ends just before the cursor, still newest first.
        newer = remaining[: _position(remaining, before, kind, "ending_before")]
        return listing(url, newer[-limit:], len(newer) > limit)
    if after:
        remaining = remaining[_position(remaining, after, kind, "starting_after") + 1 :]
    return listing(url, remaining[:limit], len(remaining) > limit)


def _position(items: list[Resource], cursor: str, kind: str, param: str) -> int:
    for position, item in enumerate(items):
        if item["id"] == cursor:
            return position
    raise missing(kind, cursor, param, status=400)


def matching(items: Iterable[Resource], params: Params, *fields: str) -> Iterable[Resource]:
    """Keep what equals the given filters and lies in the given ``created`` range."""
    filters = {field: params[field] for field in fields if params.get(field)}
    inside = time_filter(params, "created")
    for item in items:
        if inside(item) and all(item.get(field) == value for field, value in filters.items()):
            yield item


def time_filter(params: Params, field: str) -> Callable[[Resource], bool]:
    """Return whether an item's ``field`` is the given second, or lies in the given range."""
    given: Any = params.get(field)
    if given in (None, ""):
        return lambda _: True
    if not isinstance(given, dict):
        exact = integer(params, field)
        return lambda item: item[field] == exact
    bounds = []
    for name in given:
        bound = integer(given, name)
        if name not in _COMPARISONS or bound is None:
            raise invalid(f"Invalid {field} filter: {name}", f"{field}[{name}]")
        bounds.append((_COMPARISONS[name], bound))
    return lambda item: all(compare(item[field], bound) for compare, bound in bounds)

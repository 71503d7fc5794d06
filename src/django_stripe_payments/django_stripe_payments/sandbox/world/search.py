"""Stripe's search language, as far as the sandbox plays it.

https://docs.stripe.com/search#search-query-language
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from ..wire.errors import invalid
from ..wire.forms import Params
from ..wire.parameters import integer, text
from ..wire.resource import Resource
from .lists import DEFAULT_LIMIT, MAX_LIMIT

#: Parameters of every search.
SEARCH = ("query", "limit", "page")

Matches = Callable[[Resource], bool]

_CLAUSE = re.compile(
    r"""(?P<negated>-)?(?P<field>\w+)(?:\[["'](?P<key>[^"']+)["']\])?"""
    r"""(?P<operator>:|~|>=|<=|>|<)(?:"(?P<text>[^"]*)"|(?P<plain>[^\s"]+))"""
)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ":": lambda value, operand: value == operand,
    "~": lambda value, operand: operand in value,
    ">": lambda value, operand: value > operand,
    ">=": lambda value, operand: value >= operand,
    "<": lambda value, operand: value < operand,
    "<=": lambda value, operand: value <= operand,
}


def results(url: str, items: Iterable[Resource], params: Params, fields: Iterable[str]) -> Resource:
    """Return one page of what matches ``query``, newest first.

    ``fields`` are the fields that the query may name, besides ``created`` and ``metadata``. New
    objects are matching at once; at Stripe they take up to a minute.
    """
    limit = integer(params, "limit", DEFAULT_LIMIT) or 0
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid(f"Invalid integer: limit must be between 1 and {MAX_LIMIT}", "limit")
    start = _position(text(params, "page"))
    matches = _parse(text(params, "query") or "", {"created", "metadata", *fields})
    matching = [item for item in items if matches(item)]
    has_more = len(matching) > start + limit
    return {
        "object": "search_result",
        "data": matching[start : start + limit],
        "has_more": has_more,
        "next_page": f"page_{start + limit}" if has_more else None,
        "url": url,
    }


def _position(page: str | None) -> int:
    match = re.fullmatch(r"page_(\d{1,9})", page or "page_0")
    if match is None:
        raise invalid(f"Invalid page: {page}", "page")
    return int(match[1])


def _parse(query: str, fields: set[str]) -> Matches:
    """Read clauses that are joined by AND or by OR, which Stripe does not let you mix."""
    clauses: list[Matches] = []
    joints: list[str] = []
    rest = query.strip()
    while match := _CLAUSE.match(rest):
        clauses.append(_clause(match, fields))
        rest = rest[match.end() :].lstrip()
        joint = re.match(r"(AND|OR)\s+", rest, re.IGNORECASE)
        joints += [joint[1].upper()] if joint else []
        rest = rest[joint.end() :] if joint else rest
    if rest or not clauses or len(set(joints)) > 1 or len(joints) != len(clauses) - 1:
        raise invalid(f"The sandbox does not understand the query: {query}", "query")
    combine = any if "OR" in joints else all
    return lambda item: combine(clause(item) for clause in clauses)


def _clause(match: re.Match[str], fields: set[str]) -> Matches:
    field, key = match["field"], match["key"]
    if field not in fields or (key is not None) != (field == "metadata"):
        raise invalid(f"Field `{field}` is not searchable in the sandbox.", "query")
    compare, negated = _OPERATORS[match["operator"]], bool(match["negated"])
    operand = match["text"] if match["text"] is not None else match["plain"]

    def matches(item: Resource) -> bool:
        value = item["metadata"].get(key) if key else item[field]
        return _compare(compare, value, operand) != negated

    return matches


def _compare(compare: Callable[[Any, Any], bool], value: Any, operand: str) -> bool:
    """Compare numbers as numbers and words regardless of case; ``null`` is a missing value."""
    if operand == "null" or value is None:
        return value is None and operand == "null"
    if isinstance(value, int) and not isinstance(value, bool):
        return operand.lstrip("-").isdigit() and compare(value, int(operand))
    return compare(str(value).lower(), operand.lower())

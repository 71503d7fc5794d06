"""``expand``: put whole objects where an answer has only their ids."""

import copy
from typing import Any

from ..wire.errors import ApiError, invalid
from ..wire.resource import Resource
from . import kinds
from .kinds import Kind
from .lists import listing
from .store import Store

#: Stripe's limit, counting ``data`` of a list as a level.
MAX_DEPTH = 4


def check(method: str, pattern: str, paths: list[str]) -> None:
    """Refuse paths that lead nowhere, before the call changes anything."""
    parts = pattern.split("/")
    named = [kinds.of_collection(part) for part in reversed(parts)]
    kind = next((item.name for item in named if item), "")
    # A search is a list too.
    listed = method == "GET" and (named[0] is not None or parts[-1] == "search")
    for path in paths:
        steps = path.split(".")
        if len(steps) > MAX_DEPTH:
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}",
                "expand",
            )
        if listed and steps.pop(0) != "data":
            raise _refused(path)
        _check(kind, steps, path)


def _declared(kind: str) -> Kind:
    """Return the kind; one that was not declared has nothing to expand."""
    return kinds.find(kind) or Kind(kind, "")


def _check(kind: str, steps: list[str], path: str) -> None:
    """Follow the tables; ``*`` is any kind, of which nothing can be said before."""
    if not steps or kind == "*":
        return
    if steps[0] in _declared(kind).includable:
        item_kind, _ = _declared(kind).includable[steps[0]]
        if steps[1:2] not in ([], ["data"]):
            raise _refused(path)
        _check(item_kind, steps[2:], path)
        return
    size = _step(kind, steps)
    if not size:
        raise _refused(path)
    _check(_declared(kind).expandable[".".join(steps[:size])], steps[size:], path)


def _step(kind: str, steps: list[str]) -> int:
    """How many of ``steps`` name one expandable field: ``a`` is one, ``hash.a`` two, none 0."""
    fields = _declared(kind).expandable
    return next((size for size in (1, 2) if ".".join(steps[:size]) in fields), 0)


def render(store: Store, resource: Resource, paths: list[str]) -> Resource:
    """Return a copy of ``resource`` with every path of ``paths``, which were checked, expanded."""
    rendered = copy.deepcopy(resource)
    for path in paths:
        _expand(store, rendered, path.split("."))
    return rendered


def _expand(store: Store, node: Any, steps: list[str]) -> None:
    if not steps or not isinstance(node, dict):
        return
    kind = node.get("object", "")
    if kind in ("list", "search_result"):
        for item in node["data"]:
            _expand(store, item, steps[1:])
        return
    if steps[0] in _declared(kind).includable:
        _include(store, node, kind, steps[0])
        _expand(store, node[steps[0]], steps[1:])
        return
    size = _step(kind, steps)
    if size:
        _replace(store, node, steps, size)


def _replace(store: Store, node: Resource, steps: list[str], size: int) -> None:
    kind = _declared(node["object"]).expandable[".".join(steps[:size])]
    holder = node
    for step in steps[: size - 1]:
        holder = holder[step]
    field = steps[size - 1]
    if isinstance(holder.get(field), str):
        holder[field] = copy.deepcopy(_named(store, kind, holder[field]))
    _expand(store, holder.get(field), steps[size:])


def _named(store: Store, kind: str, identifier: str) -> Any:
    names = list(store.tables) if kind == "*" else [kind]
    candidates = (store.get(each, identifier) for each in names)
    return next((item for item in candidates if item), identifier)


def _include(store: Store, node: Resource, kind: str, field: str) -> None:
    if field in node:
        return
    item_kind, link = _declared(kind).includable[field]
    items = [item for item in store.all(item_kind) if item.get(link) == node["id"]]
    node[field] = listing(f"/v1/{kind}s/{node['id']}/{field}", copy.deepcopy(items))


def _refused(path: str) -> ApiError:
    return invalid(f"This property cannot be expanded ({path}).", "expand")

"""``expand``: put whole objects where an answer has only their ids."""

import copy
from typing import Any

from ..wire.errors import ApiError, invalid
from ..wire.resource import Resource
from .lists import listing
from .store import Store

#: Stripe's limit, counting ``data`` of a list as a level.
MAX_DEPTH = 4

#: Kind -> path of a field that holds an id -> kind of what it names; "" is none of ours.
EXPANDABLE: dict[str, dict[str, str]] = {
    "balance_transaction": {"source": "*"},
    "charge": {
        "application": "",
        "application_fee": "",
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "on_behalf_of": "",
        "payment_intent": "payment_intent",
        "review": "",
        "source_transfer": "",
        "transfer": "",
    },
    "customer": {
        "default_source": "",
        "invoice_settings.default_payment_method": "payment_method",
        "test_clock": "",
    },
    "dispute": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "evidence.receipt": "file",
        "evidence.customer_communication": "file",
        "evidence.service_documentation": "file",
        "evidence.uncategorized_file": "file",
    },
    "mandate": {"payment_method": "payment_method"},
    "payment_intent": {
        "application": "",
        "customer": "customer",
        "latest_charge": "charge",
        "on_behalf_of": "",
        "payment_method": "payment_method",
        "review": "",
        "source": "",
    },
    "payment_method": {"customer": "customer"},
    "payout": {
        "application_fee": "",
        "balance_transaction": "balance_transaction",
        "destination": "",
        "failure_balance_transaction": "balance_transaction",
        "original_payout": "payout",
        "reversed_by": "payout",
    },
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
        "source_transfer_reversal": "",
        "transfer_reversal": "",
    },
    "setup_attempt": {"payment_method": "payment_method", "setup_intent": "setup_intent"},
    "setup_intent": {
        "application": "",
        "customer": "customer",
        "latest_attempt": "setup_attempt",
        "mandate": "mandate",
        "on_behalf_of": "",
        "payment_method": "payment_method",
        "single_use_mandate": "mandate",
    },
}

#: Lists that an object only has when they are asked for: kind -> field -> kind and its back-link.
INCLUDABLE: dict[str, dict[str, tuple[str, str]]] = {
    "charge": {"refunds": ("refund", "charge")},
    "customer": {
        "sources": ("source", "customer"),
        "subscriptions": ("subscription", "customer"),
        "tax_ids": ("tax_id", "customer"),
    },
}


#: Name of a collection in a URL -> kind of its objects.
_KINDS = {f"{kind.rsplit('.', 1)[-1]}s": kind for kind in EXPANDABLE}


def check(method: str, pattern: str, paths: list[str]) -> None:
    """Refuse paths that lead nowhere, before the call changes anything."""
    parts = pattern.split("/")
    kind = next((_KINDS[part] for part in reversed(parts) if part in _KINDS), "")
    listed = method == "GET" and parts[-1] in _KINDS
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


def _check(kind: str, steps: list[str], path: str) -> None:
    """Follow the tables; ``*`` is any kind, of which nothing can be said before."""
    if not steps or kind == "*":
        return
    if steps[0] in INCLUDABLE.get(kind, {}):
        item_kind, _ = INCLUDABLE[kind][steps[0]]
        if steps[1:2] not in ([], ["data"]):
            raise _refused(path)
        _check(item_kind, steps[2:], path)
        return
    size = _step(kind, steps)
    if not size:
        raise _refused(path)
    _check(EXPANDABLE[kind][".".join(steps[:size])], steps[size:], path)


def _step(kind: str, steps: list[str]) -> int:
    """How many of ``steps`` name one expandable field: ``a`` is one, ``hash.a`` two, none 0."""
    fields = EXPANDABLE.get(kind, {})
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
    if kind == "list":
        for item in node["data"]:
            _expand(store, item, steps[1:])
        return
    if steps[0] in INCLUDABLE.get(kind, {}):
        _include(store, node, kind, steps[0])
        _expand(store, node[steps[0]], steps[1:])
        return
    size = _step(kind, steps)
    if size:
        _replace(store, node, steps, size)


def _replace(store: Store, node: Resource, steps: list[str], size: int) -> None:
    kind = EXPANDABLE[node["object"]][".".join(steps[:size])]
    holder = node
    for step in steps[: size - 1]:
        holder = holder[step]
    field = steps[size - 1]
    if isinstance(holder.get(field), str):
        holder[field] = copy.deepcopy(_named(store, kind, holder[field]))
    _expand(store, holder.get(field), steps[size:])


def _named(store: Store, kind: str, identifier: str) -> Any:
    kinds = list(store.tables) if kind == "*" else [kind]
    found = (store.get(each, identifier) for each in kinds)
    return next((item for item in found if item), identifier)


def _include(store: Store, node: Resource, kind: str, field: str) -> None:
    if field in node:
        return
    item_kind, link = INCLUDABLE[kind][field]
    items = [item for item in store.all(item_kind) if item.get(link) == node["id"]]
    node[field] = listing(f"/v1/{kind}s/{node['id']}/{field}", copy.deepcopy(items))


def _refused(path: str) -> ApiError:
    return invalid(f"This property cannot be expanded ({path}).", "expand")

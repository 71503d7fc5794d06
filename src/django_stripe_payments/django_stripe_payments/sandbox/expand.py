"""``expand``: put whole objects where an answer has only their ids."""

import copy
from typing import Any

from .errors import invalid
from .lists import listing
from .store import Resource, Store

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
    "customer": {"sources": ("source", "customer"), "subscriptions": ("subscription", "customer")},
}


def render(store: Store, resource: Resource, paths: list[str]) -> Resource:
    """Return a copy of ``resource`` with every path of ``paths`` expanded."""
    rendered = copy.deepcopy(resource)
    for path in paths:
        parts = path.split(".")
        if len(parts) > MAX_DEPTH:
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}",
                "expand",
            )
        _expand(store, rendered, parts, path)
    return rendered


def _expand(store: Store, node: Any, parts: list[str], path: str) -> None:
    if not parts or node is None:
        return
    if node.get("object") == "list":
        if parts[0] != "data":
            raise _refused(path)
        for item in node["data"]:
            _expand(store, item, parts[1:], path)
        return
    kind = node.get("object", "")
    if parts[0] in INCLUDABLE.get(kind, {}):
        _include(store, node, kind, parts[0])
        _expand(store, node[parts[0]], parts[1:], path)
        return
    for size in (1, 2):
        name = ".".join(parts[:size])
        if len(parts) >= size and name in EXPANDABLE.get(kind, {}):
            _replace(store, node, parts, size, path)
            return
    inner = node.get(parts[0])
    if not isinstance(inner, dict) or "object" not in inner:
        raise _refused(path)
    _expand(store, inner, parts[1:], path)


def _replace(store: Store, node: Resource, parts: list[str], size: int, path: str) -> None:
    kind = EXPANDABLE[node["object"]][".".join(parts[:size])]
    holder = node
    for part in parts[: size - 1]:
        holder = holder[part]
    field = parts[size - 1]
    if isinstance(holder.get(field), str):
        holder[field] = copy.deepcopy(_named(store, kind, holder[field]))
    if isinstance(holder.get(field), dict):
        _expand(store, holder[field], parts[size:], path)


def _named(store: Store, kind: str, identifier: str) -> Any:
    kinds = list(store.tables) if kind == "*" else [kind]
    found = (store.get(each, identifier) for each in kinds)
    return next((item for item in found if item), identifier)


def _include(store: Store, node: Resource, kind: str, field: str) -> None:
    item_kind, link = INCLUDABLE[kind][field]
    items = [item for item in store.all(item_kind) if item.get(link) == node["id"]]
    node[field] = listing(f"/v1/{kind}s/{node['id']}/{field}", copy.deepcopy(items))


def _refused(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", "expand")

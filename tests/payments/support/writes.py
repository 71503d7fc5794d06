"""Every write to Stripe in the source of the package, read from its syntax."""

import ast
from collections.abc import Iterator
from pathlib import Path

import django_stripe_payments

PACKAGE = Path(django_stripe_payments.__file__).parent

#: Methods of the SDK's services that change nothing.
READS = {"list", "retrieve", "search", "to_dict", "auto_paging_iter"}


def writes() -> set[str]:
    """Each function that writes to Stripe, by its dotted path inside the package."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("")
        # The sandbox is a Stripe of its own.
        if room.parts[0] in ("sandbox", "migrations"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(_writes_in(node)):
                found.add(".".join([*room.parts, node.name]))
    return found


def _writes_in(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """Yield calls of ``….v1.<service>.<method>``, also by way of a local name for the service."""
    services = {
        target.id
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and _is_service(node.value, set())
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func
            if method.attr not in READS and _is_service(method.value, services):
                yield node


def _is_service(value: ast.expr, services: set[str]) -> bool:
    while isinstance(value, ast.Attribute):
        if value.attr in ("v1", "v2"):
            return True
        value = value.value
    return isinstance(value, ast.Name) and value.id in services

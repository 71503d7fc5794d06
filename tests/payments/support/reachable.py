"""Which writes to Stripe can be reached from a function, read from the package's syntax.

References count as calls, and a method's name stands for every method of that name: it finds too
much rather than too little.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

import django_stripe_payments

from .writes import writes

PACKAGE = Path(django_stripe_payments.__file__).parent

#: Names of methods that are too common to follow.
COMMON = {"get", "filter", "update", "create", "save", "delete", "list", "all", "count", "items"}


def _modules() -> dict[str, ast.Module]:
    found = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).with_suffix("")
        if room.parts[0] not in ("sandbox", "migrations", "admin", "views", "management"):
            name = ".".join(part for part in room.parts if part != "__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


class Graph:
    """The package's functions, and what each refers to."""

    def __init__(self) -> None:
        self.modules = _modules()
        self.functions: dict[str, ast.AST] = {}
        self.methods: dict[str, set[str]] = {}
        for module, tree in self.modules.items():
            self._index(module, tree)
        self.names = {module: self._names(module, tree) for module, tree in self.modules.items()}

    def _index(self, module: str, tree: ast.Module) -> None:
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                self.functions[f"{module}.{node.name}"] = node
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        self.functions[f"{module}.{target.id}"] = node.value
            elif isinstance(node, ast.ClassDef):
                self.functions[f"{module}.{node.name}"] = ast.Pass()
                for child in node.body:
                    if isinstance(child, ast.FunctionDef):
                        key = f"{module}.{node.name}.{child.name}"
                        self.functions[key] = child
                        self.methods.setdefault(child.name, set()).add(key)

    def _names(self, module: str, tree: ast.Module) -> dict[str, str]:
        """Return what each name of a module stands for, inside the package."""
        is_package = (PACKAGE / Path(*module.split("."))).is_dir()
        names = {
            key.rpartition(".")[2]: key
            for key in self.functions
            if key.rpartition(".")[0] == module
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                base = ".".join([*parts, *([node.module] if node.module else [])])
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{base}.{alias.name}".strip(".")
        return names

    def _references(self, key: str) -> set[str]:
        module = key
        while module not in self.modules:
            module = module.rpartition(".")[0]
        names, found = self.names[module], set()
        for node in ast.walk(self.functions[key]):
            if isinstance(node, ast.Name) and node.id in names:
                found.add(names[node.id])
            elif isinstance(node, ast.Attribute):
                if isinstance(node.value, ast.Name) and node.value.id in names:
                    found.add(f"{names[node.value.id]}.{node.attr}")
                if node.attr not in COMMON:
                    found |= self.methods.get(node.attr, set())
        return found

    def reachable(self, roots: Iterable[str]) -> set[str]:
        """Return every function and constant that can be reached from ``roots``."""
        seen: set[str] = set()
        todo = list(roots)
        while todo:
            key = todo.pop()
            if key in self.functions and key not in seen:
                seen.add(key)
                todo.extend(self._references(key))
        return seen

    def in_module(self, prefix: str) -> set[str]:
        return {key for key in self.functions if key.startswith(f"{prefix}.")}


def writes_from(*rooms: str) -> set[str]:
    """Each function that writes to Stripe and can be reached from these rooms."""
    graph = Graph()
    roots = {key for room in rooms for key in graph.in_module(room)}
    return graph.reachable(roots) & writes()

"""Reading a block of Python without running it: what it imports, calls and leaves open."""

import ast
import builtins
import importlib
import inspect
from collections.abc import Iterator
from typing import Any

OURS = ("django_stripe_payments", "django_inapp_notifications")


def imported(tree: ast.AST) -> Iterator[tuple[str, str, str | None]]:
    """Local name, module and attribute of each absolute import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name, None
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, node.module, alias.name


def resolve(module: str, attribute: str | None) -> Any:
    """The object that an import gives; ImportError or AttributeError if there is none."""
    found = importlib.import_module(module)
    if attribute is None:
        return found
    if not hasattr(found, attribute):
        return importlib.import_module(f"{module}.{attribute}")
    return getattr(found, attribute)


def misfits(tree: ast.AST) -> list[str]:
    """Calls of our own functions and classes with arguments that they do not take."""
    known = {
        local: resolve(module, attribute)
        for local, module, attribute in imported(tree)
        if module.startswith(OURS)
    }
    return [
        f"{ast.unparse(call.func)}: {error}"
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for error in [_misfit(call, known)]
        if error
    ]


def _misfit(call: ast.Call, known: dict[str, Any]) -> str | None:
    words = ast.unparse(call.func).split(".")
    if (
        words[0] not in known
        or "(" in ast.unparse(call.func)
        or any(isinstance(each, ast.Starred) for each in call.args)
    ):
        return None
    target = known[words[0]]
    try:
        for word in words[1:]:
            target = getattr(target, word)
    except AttributeError as error:
        return str(error)
    keywords = {each.arg: None for each in call.keywords if each.arg}
    try:
        inspect.signature(target).bind_partial(*[None] * len(call.args), **keywords)
    except TypeError as error:
        return str(error)
    except ValueError:  # an exception without __init__ has no signature
        return None
    return None


def open_names(tree: ast.Module) -> set[str]:
    """Names that running the block would look up and that it does not define itself.

    What stands in the body of a function is looked up when it is called, which nobody does here.
    """
    reader = _Reader()
    reader.visit(tree)
    return reader.loaded - reader.stored - set(dir(builtins))


class _Reader(ast.NodeVisitor):
    def __init__(self) -> None:
        self.loaded: set[str] = set()
        self.stored: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        (self.loaded if isinstance(node.ctx, ast.Load) else self.stored).add(node.id)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.stored.update((alias.asname or alias.name).split(".")[0] for alias in node.names)

    visit_ImportFrom = visit_Import  # noqa: N815

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.stored.add(node.name)
        arguments = node.args
        annotations = [each.annotation for each in [*arguments.args, *arguments.kwonlyargs]]
        for part in [
            *node.decorator_list,
            *arguments.defaults,
            *arguments.kw_defaults,
            *annotations,
            node.returns,
        ]:
            if part is not None:
                self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Lambda(self, node: ast.Lambda) -> None:
        pass

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.stored.add(node.name)
        self.generic_visit(node)

"""The reference of settings, models and functions, as Markdown, from the text of the sources.

The sources are parsed and not imported, so that the docs build without Django. Sphinx is not
needed either, so that a test can compare the pages with what Django sees.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
PARAGRAPH = "\n\n"
SECTION = re.compile(r"(Args|Raises|Returns|Yields):$")


def settings(source: str) -> str:
    """Each setting with an anchor, under the heads of its groups.

    A head is a comment with an empty line below it. A setting's own comment stands above it.
    """
    (conf,) = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    match = re.search(r'prefix = "(\w+)"', source)
    prefix = match[1] if match else ""
    lines, out, comment, last = source.splitlines(), [], "", 0
    for node in conf.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None:
            head, own = _comments(lines, last, node.lineno - 1)
            out += [f"**{head}**", ""] if head else []
            comment = own if own or head or node.lineno != last + 1 else comment
            name = f"{prefix}_{target.id}"
            out += [f"{_anchored(name)} (default `{ast.unparse(value)}`)", f": {comment}", ""]
        last = node.end_lineno or node.lineno
    return "\n".join(out)


def _comments(lines: list[str], start: int, end: int) -> tuple[str, str]:
    """The head of a group between two settings, and the comment of the second."""
    blocks = "\n".join(line.strip() for line in lines[start:end]).split("\n\n")
    texts = [_comment(block) for block in blocks]
    own = "" if lines[end - 1].strip() == "" else texts[-1]
    heads = [text for text in (texts if not own else texts[:-1]) if text]
    return heads[-1] if heads else "", own


def _comment(block: str) -> str:
    found = [line for line in block.splitlines() if line.startswith("#")]
    return _code(" ".join(line.lstrip("#:").strip() for line in found))


def models(folder: Path) -> str:
    """Each model of a folder: what it is, its fields, its properties and methods."""
    classes: dict[str, ast.ClassDef] = {}
    notes: dict[int, str] = {}
    for path in sorted(folder.glob("[!_]*.py")):
        tree = ast.parse(path.read_text())
        own = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        names = {ast.unparse(base) for node in own for base in node.bases}
        sources = [(path, own), *_imported(names, tree, path)]
        for source, nodes in sources:
            lines = source.read_text().splitlines()
            for node in nodes:
                classes.setdefault(node.name, node)
                notes |= {id(item): _above(item, lines) for item in node.body}
    shown = [node for node in classes.values() if _is_model(node, classes)]
    return "\n\n".join(_model(node, classes, notes) for node in shown)


def _imported(
    names: set[str], tree: ast.Module, path: Path
) -> Iterator[tuple[Path, list[ast.ClassDef]]]:
    """The classes of these names that a module imports from its own package."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            for each in node.names:
                if each.name in names:
                    found = _file(_folder(node, path), node.module or "")
                    body = ast.parse(found.read_text()).body
                    yield found, [n for n in body if isinstance(n, ast.ClassDef)]


def _above(item: ast.stmt, lines: list[str]) -> str:
    """The comment that stands right above a statement."""
    own: list[str] = []
    at = item.lineno - 2
    while lines[at].strip().startswith("#"):
        own.insert(0, lines[at].strip().lstrip("#: "))
        at -= 1
    return _code(" ".join(own))


def _bases(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """The class and the bases of the same folder, the farthest first."""
    own = [classes[name] for name in map(ast.unparse, node.bases) if name in classes]
    return [*(far for each in own for far in _bases(each, classes)), node]


def _is_model(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    bases = {ast.unparse(base) for each in _bases(node, classes) for base in each.bases}
    abstract = any(
        isinstance(n, ast.ClassDef) and "abstract = True" in ast.unparse(n) for n in node.body
    )
    return "models.Model" in bases and not abstract


def _model(node: ast.ClassDef, classes: dict[str, ast.ClassDef], notes: dict[int, str]) -> str:
    lines = [_anchored(node.name), f": {_indented(_docstring(node))}", ""]
    bodies = [item for each in _bases(node, classes) for item in each.body]
    fields = [f"  - `{name}`: {kind}" for name, kind in _fields(bodies, notes)]
    members = [
        f"  - `{_signature(item)}`{_after(': ', _docstring(item).split(PARAGRAPH)[0])}"
        for item in bodies
        if isinstance(item, Function) and item.name[0] != "_" and item.name not in PLUMBING
    ]
    lines += ["  Fields:", "", *fields, ""]
    lines += ["  Properties and methods:", "", *members] if members else []
    return "\n".join(lines)


#: What Django calls, and readers know from there.
PLUMBING = {"save", "delete", "clean", "refresh_from_db", "from_db"}


def _after(separator: str, text: str) -> str:
    return f"{separator}{text}" if text else ""


def _fields(bodies: list[ast.stmt], notes: dict[int, str]) -> Iterator[tuple[str, str]]:
    for item in bodies:
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Call):
            kind = ast.unparse(item.value.func).rpartition(".")[2]
            name = ast.unparse(item.targets[0])
            if kind.endswith(("Field", "ForeignKey")) and name.islower():
                yield name, kind + _to(item.value, kind) + _after(". ", notes.get(id(item), ""))


def _to(call: ast.Call, kind: str) -> str:
    if kind not in {"ForeignKey", "OneToOneField", "ManyToManyField"} or not call.args:
        return ""
    target = ast.unparse(call.args[0]).strip("'").replace("settings.AUTH_USER_MODEL", "the user")
    return f" to {target}"


def functions(path: Path, prefix: str = "") -> str:
    """The functions of a module's `__all__`, or the methods of its class, with their docstrings."""
    tree = ast.parse(path.read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"]
    names = _exported(tree)
    if names:
        found = [_found(name, tree, path) for name in names]
        return "\n\n".join(_function(node, prefix) for node in found if isinstance(node, Function))
    (service,) = classes
    return "\n\n".join(_methods(service, tree, path))


def _exported(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [str(name) for name in ast.literal_eval(node.value)]
    return []


def _methods(service: ast.ClassDef, tree: ast.Module, path: Path) -> Iterator[str]:
    for item in service.body:
        if isinstance(item, Function):
            yield _function(item, f"{service.name}.")
        elif isinstance(item, ast.Assign) and ast.unparse(item.value).startswith("staticmethod("):
            module, name = ast.unparse(item.value)[len("staticmethod(") : -1].split(".")
            source = _module(module, tree, path)
            node = _found(name, ast.parse(source.read_text()), source)
            if isinstance(node, Function):
                yield _function(node, f"{service.name}.", ast.unparse(item.targets[0]))


def _found(name: str, tree: ast.Module, path: Path) -> ast.stmt | None:
    """The definition of a name, here or where it is imported from."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            return node
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if (each.asname or each.name) == name:
                    source = _file(_folder(node, path), node.module or "")
                    return _found(each.name, ast.parse(source.read_text()), source)
    return None


def _module(name: str, tree: ast.Module, path: Path) -> Path:
    """The file of a module that is imported under this name."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            for each in node.names:
                if (each.asname or each.name) == name:
                    return _file(_folder(node, path), f"{node.module or ''}.{each.name}")
    raise ValueError(f"{path} does not import {name}")


def _folder(node: ast.ImportFrom, path: Path) -> Path:
    folder = path.parent
    for _ in range(node.level - 1):
        folder = folder.parent
    return folder


def _file(folder: Path, dotted: str) -> Path:
    path = folder.joinpath(*filter(None, dotted.split(".")))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _function(node: Function, prefix: str = "", name: str = "") -> str:
    name = name or node.name
    signature = _signature(node, name)
    return f"{_anchored(prefix + name, prefix + signature)}\n: {_indented(_docstring(node))}"


def _signature(node: Function, name: str = "") -> str:
    """`name(arguments) -> result`, or the name and the type of a property."""
    name, result = name or node.name, ast.unparse(node.returns) if node.returns else ""
    arrow = f" -> {result}" if result else ""
    decorators = {ast.unparse(each) for each in node.decorator_list}
    if decorators & {"property", "cached_property"}:
        return f"{name}{arrow}"
    arguments = ast.unparse(node.args)
    return f"{name}({re.sub(r'^(self|cls)(, )?', '', arguments)}){arrow}"


def _docstring(node: ast.AST) -> str:
    """The docstring as Markdown: lists for the sections of Google's style."""
    text = ast.get_docstring(node) or ""  # type: ignore[arg-type]
    return "\n\n".join(_paragraph(each) for each in text.split(PARAGRAPH))


def _paragraph(text: str) -> str:
    head, _, rest = text.partition("\n")
    if not SECTION.match(head.strip()):
        return _code(" ".join(text.split()))
    entries = re.split(r"\n    (?=\S)", "\n" + rest)[1:]
    return "\n".join([head, "", *(f"- {_code(' '.join(entry.split()))}" for entry in entries)])


def _code(text: str) -> str:
    return text.replace("``", "`")


def _anchored(name: str, text: str = "") -> str:
    return f"[`{text or name}`]{{#{name}}}"


def _indented(text: str) -> str:
    return text.replace("\n", "\n  ").replace("\n  \n", "\n\n") or "No description."

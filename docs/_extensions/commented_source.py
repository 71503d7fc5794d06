"""Directives that print what the source says of itself, so that the reference cannot drift.

    {settings} src/…/conf.py       every default of the AppConf class, under its full name
    {signals} src/…/signals.py     the module's docstring and every Signal()
    {checks} src/…/checks.py       every system check, from the docstrings ("E001: …")

Settings and signals are described by the comment above them; one comment may stand above several.
The source is read and not imported: the docs build without Django.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CHECK = re.compile(r"((?:[EW]\d{3}(?:, )?)+): (.*)", re.DOTALL)


class SourceDirective(SphinxDirective):
    """A directive whose argument is a file of the workspace and whose result is Markdown."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = ROOT / self.arguments[0]
        self.env.note_dependency(str(path))
        lines = StringList(self.markdown(path.read_text()).splitlines(), source=str(path))
        container = nodes.container()
        self.state.nested_parse(lines, self.content_offset, container)
        return container.children

    def markdown(self, source: str) -> str:
        raise NotImplementedError


class Settings(SourceDirective):
    def markdown(self, source: str) -> str:
        tree = ast.parse(source)
        conf = next(node for node in tree.body if isinstance(node, ast.ClassDef))
        prefix = re.search(r'prefix = "(\w+)"', source)[1]
        return "\n".join(
            f"`{prefix}_{name}` (default `{ast.unparse(value)}`)\n: {comment}\n"
            for name, value, comment in commented(conf.body, source)
        )


class Signals(SourceDirective):
    def markdown(self, source: str) -> str:
        tree = ast.parse(source)
        found = commented(tree.body, source)
        listed = (f"`{name}`\n: {comment}\n" for name, _, comment in found if comment)
        return "\n".join([ast.get_docstring(tree) or "", "", *listed])


class Checks(SourceDirective):
    def markdown(self, source: str) -> str:
        functions = (n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef))
        found = (CHECK.match(ast.get_docstring(function) or "") for function in functions)
        return "\n".join(f"`{match[1]}`\n: {match[2]}\n" for match in found if match)


def commented(body: list[ast.stmt], source: str) -> Iterator[tuple[str, ast.expr, str]]:
    """Name, value and comment of each assignment."""
    lines, comment, last = source.splitlines(), "", 0
    for node in body:
        own = []
        above = node.lineno - 2
        while above >= 0 and lines[above].lstrip().startswith("#"):
            own.insert(0, lines[above].strip().lstrip("#:").strip())
            above -= 1
        if own or node.lineno != last + 1:
            comment = " ".join(own)
        last = node.end_lineno or node.lineno
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and getattr(node, "value", None):
            yield target.id, node.value, comment


def setup(app: Sphinx) -> dict[str, bool]:
    for name, directive in {"settings": Settings, "signals": Signals, "checks": Checks}.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}

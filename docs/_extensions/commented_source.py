"""Directives that print what the source says of itself, so that the reference cannot drift.

    {settings} src/…/conf.py       every default of the AppConf class, grouped, under its full name
    {models} src/…/models          every model of a folder, with its fields and properties
    {functions} src/…/services.py  every function of `__all__`, or method of the module's class
    {signals} src/…/signals.py     the module's docstring and every Signal()
    {checks} src/…/checks.py       every system check, from the docstrings ("E001: …")
    {commands} src/…/commands      every management command of a folder, with its options
    {cards} src/…/cards.py         every test card of the sandbox
    {events} src/…/handler.py      every event type that has a handler
    {routes} src/…/openapi.json    every route of a REST API
    {addresses} src/…/urls.py      every address; the lines of the block describe them ("name: …")

Settings, fields and signals are described by the comment above them; one comment may stand above
several.
The source is read and not imported: the docs build without Django.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import reference
import tables
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
CHECK = re.compile(r"((?:[EW]\d{3}(?:, )?)+): (.*)", re.DOTALL)


class Directive(SphinxDirective):
    """A directive whose argument is a path of the workspace and whose result is Markdown."""

    required_arguments = 1

    def nodes(self, markdown: str, paths: list[Path]) -> list[nodes.Node]:
        for path in paths:
            self.env.note_dependency(str(path))
        lines = StringList(markdown.splitlines(), source=str(paths[0]))
        container = nodes.container()
        self.state.nested_parse(lines, self.content_offset, container)
        return container.children


class SourceDirective(Directive):
    """One whose argument is a file."""

    def run(self) -> list[nodes.Node]:
        path = ROOT / self.arguments[0]
        return self.nodes(self.markdown(path.read_text()), [path])

    def markdown(self, source: str) -> str:
        raise NotImplementedError


class Settings(SourceDirective):
    def markdown(self, source: str) -> str:
        return reference.settings(source)


class Models(Directive):
    def run(self) -> list[nodes.Node]:
        folder = ROOT / self.arguments[0]
        return self.nodes(reference.models(folder), sorted(folder.glob("*.py")))


class Functions(Directive):
    """The second argument stands before each name: "inbox."."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        path = ROOT / self.arguments[0]
        return self.nodes(reference.functions(path, *self.arguments[1:]), [path])


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


class Cards(SourceDirective):
    def markdown(self, source: str) -> str:
        return tables.cards(source)


class Events(SourceDirective):
    def markdown(self, source: str) -> str:
        return tables.events(source)


class Routes(SourceDirective):
    def markdown(self, source: str) -> str:
        return tables.routes(source)


class Addresses(SourceDirective):
    has_content = True

    def markdown(self, source: str) -> str:
        described = dict(line.split(": ", 1) for line in self.content if line.strip())
        return tables.addresses(source, described)


class Commands(Directive):
    def run(self) -> list[nodes.Node]:
        paths = sorted((ROOT / self.arguments[0]).glob("[!_]*.py"))
        return self.nodes("\n".join(described(path) for path in paths), paths)


def described(path: Path) -> str:
    """What a command says of itself, and of its options."""
    tree = ast.parse(path.read_text())
    command = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    (about,) = (ast.literal_eval(node.value) for node in command.body if is_help(node))
    options = "".join(f"- {option}\n" for option in options_of(command))
    return f"`{path.stem}`\n: {literal(about)}\n\n" + textwrap.indent(options, "  ")


def is_help(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "help"


def literal(text: str) -> str:
    """Keep the hyphens of options from becoming dashes."""
    return re.sub(r"(?<!\w)--[a-z-]+", r"`\g<0>`", text)


def options_of(command: ast.ClassDef) -> Iterator[str]:
    for call in ast.walk(command):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".add_argument"):
            names = ", ".join(f"`{ast.literal_eval(name)}`" for name in call.args)
            words = {word.arg: ast.unparse(word.value) for word in call.keywords}
            told = ast.literal_eval(words.get("help", "''")) % {"default": words.get("default", "")}
            yield f"{names}: {literal(told)}"


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
    for directive in (
        Settings,
        Models,
        Functions,
        Signals,
        Checks,
        Cards,
        Events,
        Addresses,
        Routes,
        Commands,
    ):
        app.add_directive(directive.__name__.lower(), directive)
    return {"parallel_read_safe": True}

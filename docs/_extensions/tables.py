"""Tables of the reference, as Markdown, from the text of the sources.

The sources are parsed and not imported, so that the docs build without Django. Sphinx is not
needed either, so that a test can compare the tables with what Django sees.
"""

import ast
import json
from collections.abc import Iterable, Iterator, Mapping


class Mismatch(ValueError):
    """A page describes something that the sources lack, or misses something that they have."""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *(list(row) for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cards(source: str) -> str:
    """One row for each ``Card(…)`` of the sandbox: number, tokens, brand, behavior."""
    tree = ast.parse(source)
    declines = {name: call for name, call in _assigned(tree) if _name(call.func) == "Decline"}
    found = [_keywords(call) for call in _calls(tree, "Card")]
    return table(
        ("number", "token", "card", "what happens"),
        (
            (
                f"`{_grouped(_text(card['number']))}`",
                ", ".join(f"`pm_card_{token}`" for token in _texts(card.get("tokens"))),
                _make(card),
                _behavior(card, declines),
            )
            for card in found
        ),
    )


def _make(card: Mapping[str, ast.expr]) -> str:
    brand, funding, country = (
        _text(card.get(field), default)
        for field, default in (("brand", "visa"), ("funding", "credit"), ("country", "US"))
    )
    return f"{brand}, {funding}, {country}"


AUTHENTICATION = {
    "on_request": "asks for 3-D Secure only if the site requests it",
    "always": "always asks for 3-D Secure",
    "until_saved": "asks for 3-D Secure, but not off session once it is saved",
    "saved": "asks for 3-D Secure on session, never off session",
}
REFUND = {
    "pending": "its refunds are pending at first",
    "failed": "its refunds succeed and then fail",
}


def _behavior(card: Mapping[str, ast.expr], declines: Mapping[str, ast.Call]) -> str:
    told = []
    if "authentication" in card:
        told.append(AUTHENTICATION[_text(card["authentication"])])
    if "decline" in card:
        decline = _keywords(declines[_name(card["decline"])])
        code, reason = _text(decline["code"]), _text(decline["decline_code"])
        saved = "saved, but " if "saves" in card and "authentication" not in card else ""
        told.append(f"{saved}declined: `{code if code == reason else f'{code}, {reason}'}`")
    if "slow" in card:
        told.append("stays `processing` until it is settled (the sandbox's own card)")
    if "dispute" in card:
        kind = "an inquiry" if "inquiry" in card else "a dispute"
        told.append(f"succeeds, then {kind} follows: `{_text(card['dispute'])}`")
    if "fraud_warning" in card:
        told.append("succeeds, then an early fraud warning follows")
    if "refund" in card:
        told.append(REFUND[_text(card["refund"])])
    return "; ".join(told) or "succeeds"


def addresses(source: str, described: Mapping[str, str]) -> str:
    """One row for each ``path(…)`` of a URLconf; ``described`` maps URL names to words."""
    rows = [
        (_text(call.args[0]), _text(_keywords(call)["name"]))
        for call in _calls(ast.parse(source), "path")
    ]
    names = {name for _, name in rows}
    if names != set(described):
        raise Mismatch(f"described and mounted differ: {sorted(names ^ set(described))}")
    return table(
        ("address", "URL name", "what it is"),
        ((f"`{path or '(empty)'}`", f"`{name}`", described[name]) for path, name in rows),
    )


def routes(source: str) -> str:
    """One row for each operation of an OpenAPI document: method, path, what it does, errors."""
    return table(
        ("request", "what it does", "answers"),
        (
            (
                f"`{method.upper()} {path.removeprefix('/') or '(empty)'}`",
                operation.get("description", "").splitlines()[0],
                ", ".join(operation["responses"]),
            )
            for path, methods in json.loads(source)["paths"].items()
            for method, operation in methods.items()
        ),
    )


def events(source: str) -> str:
    """One row for each event type of ``HANDLERS``, with its method's docstring."""
    tree = ast.parse(source)
    (handler,) = (node for node in tree.body if isinstance(node, ast.ClassDef))
    methods = {node.name: node for node in handler.body if isinstance(node, ast.FunctionDef)}
    (pairs,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign | ast.Assign) and "HANDLERS" in _targets(node)
    )
    return table(
        ("event type", "method", "what it does"),
        (
            (f"`{kind}`", f"`{method}`", _first_paragraph(methods[method]))
            for kind, method in ast.literal_eval(pairs).items()
        ),
    )


def _first_paragraph(node: ast.FunctionDef) -> str:
    text = (ast.get_docstring(node) or "").split("\n\n")[0]
    return " ".join(text.split()).replace("``", "`")


def _targets(node: ast.AnnAssign | ast.Assign) -> list[str]:
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
    return [ast.unparse(target) for target in targets]


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield _name(node.targets[0]), node.value


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return sorted((c for c in found if _name(c.func) == name), key=lambda call: call.lineno)


def _keywords(call: ast.Call) -> dict[str, ast.expr]:
    return {word.arg: word.value for word in call.keywords if word.arg}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr | None, default: str = "") -> str:
    return default if node is None else str(ast.literal_eval(node))


def _texts(node: ast.expr | None) -> tuple[str, ...]:
    return () if node is None else ast.literal_eval(node)


def _grouped(number: str) -> str:
    """Write a number as on a card: fours, or 4-6-5 for American Express, 4-6-4 for Diners."""
    if len(number) < 16:
        return f"{number[:4]} {number[4:10]} {number[10:]}"
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))

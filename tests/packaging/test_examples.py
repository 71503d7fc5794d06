"""The Python of the documentation is Python, and imports what is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
APPS = ("django_stripe_payments", "django_inapp_notifications")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("src/*/README.md")]
EXAMPLES = [
    pytest.param(block, id=f"{page.relative_to(ROOT).as_posix()}-{number}")
    for page in sorted(PAGES)
    for number, block in enumerate(BLOCK.findall(page.read_text()))
]


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_imports_what_is_there(block: str) -> None:
    missing = [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(APPS)
        for alias in node.names
        if alias.name not in names_of(node.module)
    ]
    assert missing == []


def names_of(module: str) -> set[str]:
    """What a module of ours defines, imports or (a package) holds, read from its source."""
    base = ROOT / "src" / module.split(".")[0] / module.replace(".", "/")
    if not base.is_dir():
        return set(_names(ast.parse(base.with_suffix(".py").read_text())))
    inside = {path.stem for path in base.iterdir()}
    return inside | set(_names(ast.parse((base / "__init__.py").read_text())))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id

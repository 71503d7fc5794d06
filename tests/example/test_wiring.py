"""One module of the site knows both packages, and no other does."""

import ast
from pathlib import Path

from tests.example.settings import EXAMPLE

PACKAGES = {"django_stripe_payments", "django_inapp_notifications"}


def packages_imported_by(path: Path) -> set[str]:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        imported |= {name.split(".")[0] for name in names} & PACKAGES
    return imported


def test_only_the_module_of_receivers_knows_both_packages() -> None:
    knows_both = [
        path.relative_to(EXAMPLE).as_posix()
        for path in sorted(EXAMPLE.rglob("*.py"))
        if packages_imported_by(path) == PACKAGES
    ]
    assert knows_both == ["config/receivers.py"]

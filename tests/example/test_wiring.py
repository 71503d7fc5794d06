"""One module of the site knows both packages, and no other does."""

import ast
from pathlib import Path

from tests.example.settings import EXAMPLE

PACKAGES = {"django_stripe_payments", "django_inapp_notifications"}
RECEIVERS = "config/receivers/"


def packages_imported_by(path: Path) -> set[str]:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        imported |= {name.split(".")[0] for name in names} & PACKAGES
    return imported


def sources() -> dict[str, Path]:
    return {path.relative_to(EXAMPLE).as_posix(): path for path in sorted(EXAMPLE.rglob("*.py"))}


def test_only_the_receivers_and_the_clock_of_the_demo_know_both_packages() -> None:
    knows_both = [
        name
        for name, path in sources().items()
        if packages_imported_by(path) == PACKAGES and not name.startswith(RECEIVERS)
    ]
    # It moves the clocks of both, and reads nothing of either.
    assert knows_both == ["config/demo_clock.py"]


def test_every_story_is_connected() -> None:
    package = (EXAMPLE / RECEIVERS / "__init__.py").read_text()
    stories = [
        Path(name).stem
        for name, path in sources().items()
        if name.startswith(RECEIVERS) and "@receiver(" in path.read_text()
    ]
    assert stories
    assert [story for story in stories if f"    {story},\n" not in package] == []

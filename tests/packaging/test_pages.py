"""What the pages for people say."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = re.compile(r"pip install[^\n]*\bdjango-stripe-payments(?!-kit)\b")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "src/*/README.md", "src/*/pyproject.toml")
    for path in ROOT.glob(pattern)
    if "_build" not in path.parts
)


@pytest.mark.parametrize("source", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
class TestPage:
    def test_it_never_names_the_distribution_of_strangers(self, source: Path) -> None:
        assert not FOREIGN.search(source.read_text())

    def test_its_links_to_files_lead_somewhere(self, source: Path) -> None:
        links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", source.read_text())
        assert [link for link in links if not (source.parent / link).exists()] == []


@pytest.mark.parametrize("app", ["django_stripe_payments", "django_inapp_notifications"])
def test_the_index_page_of_an_app_has_no_relative_links(app: str) -> None:
    """The package index has no other files of ours to lead to."""
    assert not re.search(r"\]\((?!https?://)", (ROOT / "src" / app / "README.md").read_text())


def test_dev_explains_itself() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev"], capture_output=True, text=True, check=True
    )
    assert "demo" in done.stdout
    assert "test" in done.stdout


def test_dev_refuses_a_verb_that_it_does_not_know() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "dev", "tset"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2

"""Each claim of the two pages on security names a test, and each of these exists."""

import ast
import re

import pytest

from tests.example.settings import EXAMPLE

ROOT = EXAMPLE.parent
PAGE = (ROOT / "docs/explanation/security.md").read_text()
PAYMENTS = (ROOT / "docs/explanation/payment-security.md").read_text()
ROWS = [line.strip("| ") for line in PAGE.splitlines() if re.match(r"\| (?!claim|-)", line)]
# Each paragraph, with the one behind it, which names the tests.
ROWS += re.findall(r"^\*\*.+\n\n?.*", PAYMENTS, re.MULTILINE)
NAMED = re.compile(r"`(tests/\S+?\.py)::(test_\w+)`")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[:60])
def test_the_claim_names_tests_that_exist(row: str) -> None:
    named = NAMED.findall(row)
    assert named, "no test is named"
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_page_has_claims() -> None:
    assert len(ROWS) > 34

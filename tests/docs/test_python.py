"""The Python of the documentation runs, page by page, as somebody who follows it would run it."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.docs.names import imported, misfits, open_names, resolve
from tests.docs.pages import PAGES, Block, all_blocks, blocks_of, name_of
from tests.docs.world import names, undone
from tests.example.world import TournamentFactory, UserFactory

pytest_plugins = ["django_stripe_payments.testing"]
BLOCKS = all_blocks("python")
# Pages that a test follows to the letter, in a site of their own.
OWN_TESTS = {"docs/quickstart.md"}  # tests/packaging/test_quickstart.py
# Objects and functions of the reader's; an example that needs one of them is not run.
READERS_OWN = {"OldNotification", "payment", "refund_request", "slugs", "team"}
# Packages that an example may use and that this workspace does not install.
FOREIGN = ("celery", "django_rq", "djstripe", "notifications", "pinax", "myproject", "shop")


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_an_example_is_python_and_imports_what_is_there(block: Block) -> None:
    missing = []
    for _, module, attribute in imported(ast.parse(block.text)):
        if module.split(".")[0] not in FOREIGN:
            try:
                resolve(module, attribute)
            except (ImportError, AttributeError) as error:
                missing.append(str(error))
    assert missing == []


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_an_example_calls_us_as_we_can_be_called(block: Block) -> None:
    assert misfits(ast.parse(block.text)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "source",
    [page for page in PAGES if blocks_of(page, "python") and name_of(page) not in OWN_TESTS],
    ids=name_of,
)
def test_the_examples_of_a_page_run_one_after_the_other(source: Path, stripe_sandbox: Any) -> None:
    """Those that need nothing but what the page, or any site, has."""
    with undone(source.read_text()):
        world = names(UserFactory(), TournamentFactory())
        for block in blocks_of(source, "python"):
            tree = ast.parse(block.text)
            missing = open_names(tree) - set(world)
            # A slip in a name is not something that only the reader has.
            assert missing <= READERS_OWN, block
            if not missing and not foreign(tree):
                exec(compile(tree, str(block), "exec"), world)  # noqa: S102


def foreign(tree: ast.Module) -> bool:
    return any(module.split(".")[0] in FOREIGN for _, module, _ in imported(tree))

"""The recipes of the testing guide, run on the example site."""

import re
import runpy
from typing import Any

import pytest

from django_stripe_payments.services import StripeService
from tests.docs.pages import ROOT
from tests.example.world import TournamentFactory, UserFactory

pytest_plugins = ["django_stripe_payments.testing"]
pytestmark = pytest.mark.django_db(transaction=True)

RECIPES = {
    name: value
    for name, value in runpy.run_path(str(ROOT / "docs/code/recipes.py")).items()
    if name.startswith("test_")
}
globals().update(RECIPES)


@pytest.fixture
def tournament() -> Any:
    return TournamentFactory()


@pytest.fixture
def created(stripe_sandbox: Any, tournament: Any) -> Any:
    return StripeService.create_payment_intent(
        user=UserFactory(),
        amount="25.00",
        payment_type="tournament_fee",
        metadata={"tournament_id": str(tournament.pk)},
    )


@pytest.fixture
def payment(created: Any) -> Any:
    return created[0]


@pytest.fixture
def intent(created: Any) -> Any:
    return created[1]


def test_every_recipe_is_on_the_page() -> None:
    page = (ROOT / "docs/testing.md").read_text()
    assert re.findall(r":pyobject: (\w+)", page) == list(RECIPES)

"""What the tests of the example site share."""

from typing import Any

import pytest
from django.test import Client

pytest_plugins = ["django_stripe_payments.testing"]


@pytest.fixture
def player(db: None) -> Any:
    from tests.example.world import UserFactory

    return UserFactory(username="player", display_name="Nightjar")


@pytest.fixture
def tournament(db: None) -> Any:
    from tests.example.world import TournamentFactory

    return TournamentFactory(name="Glyphfall Friday")


@pytest.fixture
def session(db: None) -> Any:
    from tests.example.world import CoachingSessionFactory

    return CoachingSessionFactory()


@pytest.fixture
def venue(db: None) -> Any:
    from tests.example.world import VenueFactory

    return VenueFactory(name="The Undercroft")


@pytest.fixture
def player_client(player: Any) -> Client:
    """A browser in which the player is logged in."""
    client = Client()
    client.force_login(player)
    return client

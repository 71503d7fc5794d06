"""What a test of the example site starts from."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from accounts.models import User
from coaching.models import CoachingSession
from tournaments.models import Game, Participant, Tournament

PASSWORD = "secret-enough"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"someone{n}")
    password = factory.django.Password(PASSWORD)


class TournamentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tournament

    name = factory.Sequence(lambda n: f"Cup {n}")
    game = Game.GLYPHFALL
    summary = "A cup."
    organiser = factory.SubFactory(UserFactory)
    entry_fee = Decimal("25.00")
    capacity = 8
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=3))


class CoachingSessionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CoachingSession

    coach = factory.SubFactory(UserFactory)
    topic = "Braking late"
    price = Decimal("30.00")
    starts_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=2))


def fill(tournament: Tournament, places: int) -> None:
    """Give places to strangers."""
    Participant.objects.bulk_create(
        Participant(tournament=tournament, user=user) for user in UserFactory.create_batch(places)
    )


def titles(user: Any) -> list[str]:
    """What the user was notified of and has not read, oldest first."""
    from django_inapp_notifications.models import Notification

    mine = Notification.objects.of(user).with_content().order_by("pk")
    return [notification.title for notification in mine if not notification.is_read]

"""What a test of the example site starts from."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from accounts.models import User
from coaching.models import CoachingSession
from tournaments.models import Game, Participant, Tournament
from venues import hours
from venues.models import Venue

PASSWORD = "secret-enough"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"someone{n}")
    password = factory.django.Password(PASSWORD)
    verified_email = factory.SelfAttribute("email")
    email = ""


class TournamentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Tournament

    name = factory.Sequence(lambda n: f"Cup {n}")
    game = Game.GLYPHFALL
    summary = "A cup."
    organizer = factory.SubFactory(UserFactory)
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


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda n: f"Room {n}")
    address = "1 Side Street"
    host = factory.SubFactory(UserFactory)
    hourly_price = Decimal("12.00")
    opens = 8
    closes = 24


def some_hours(venue: Venue, count: int = 2, at: int = 3) -> list[datetime]:
    """The starts of hours in a row, the day after tomorrow."""
    return hours.openings(venue, hours.days(venue)[2])[at : at + count]


def fill(tournament: Tournament, places: int) -> None:
    """Give places to strangers."""
    Participant.objects.bulk_create(
        Participant(tournament=tournament, user=user) for user in UserFactory.create_batch(places)
    )


def titles(user: Any) -> list[str]:
    """What stands unread in the user's inbox, oldest first."""
    from django_inapp_notifications.models import Folder, Notification

    mine = Notification.objects.of(user).filter(folder=Folder.INBOX).with_content().order_by("pk")
    return [notification.title for notification in mine if not notification.is_read]

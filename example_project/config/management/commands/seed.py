"""manage.py seed: what the demo shows. Running it again adds what is missing, and nothing twice."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from coaching.models import CoachingSession
from config.demo import ACCOUNTS, Account
from config.demo_data import (
    HANDLES,
    SESSIONS,
    TOURNAMENTS,
    VENUES,
    SeededSession,
    SeededTournament,
    SeededVenue,
)
from django_stripe_payments import clock
from tournaments.models import Participant, Tournament
from venues.models import Venue


class Command(BaseCommand):
    help = "Make the demo's accounts, tournaments, coaching sessions and venues."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="do not print the log-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The seeded accounts have passwords that everybody knows, so they are only made "
                "where DEMO is on."
            )
        with transaction.atomic():
            people = {account.username: make_account(account) for account in ACCOUNTS}
            crowd = [make_handle(handle) for handle in HANDLES]
            for tournament in TOURNAMENTS:
                make_tournament(tournament, people["organizer"], crowd)
            for session in SESSIONS:
                make_session(session, people["coach"])
            for venue in VENUES:
                make_venue(venue, people["organizer"])
        if not options["quiet"]:
            self.stdout.write("Log in as:")
            for account in ACCOUNTS:
                self.stdout.write(
                    f"  {account.username:10} {account.password:15} {account.purpose}"
                )


def make_account(account: Account) -> User:
    user, created = User.objects.get_or_create(
        username=account.username,
        defaults={
            "display_name": account.display_name,
            "email": f"{account.username}@halftick.example",
            "is_staff": account.is_staff,
            "is_superuser": account.is_staff,
        },
    )
    if created:
        user.set_password(account.password)
    # Mail to this address is read in the demo's letterbox.
    user.verified_email = user.email
    user.save(update_fields=["password", "verified_email"])
    return user


def make_handle(handle: str) -> User:
    """Return one of the crowd: nobody can log in as them."""
    user, created = User.objects.get_or_create(
        username=handle.lower(), defaults={"display_name": handle}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def make_tournament(seeded: SeededTournament, organizer: User, crowd: list[User]) -> None:
    starts_at = due(seeded.days, seeded.hour)
    tournament, created = Tournament.objects.get_or_create(
        name=seeded.name,
        defaults={
            "game": seeded.game,
            "summary": seeded.summary,
            "rules": seeded.rules,
            "organizer": organizer,
            "entry_fee": seeded.fee,
            "currency": seeded.currency,
            "capacity": seeded.capacity,
            "starts_at": starts_at,
            "registration_open": seeded.is_open,
        },
    )
    if created:
        # Given places, by nobody's payment. In bulk, so that nobody is notified of them.
        Participant.objects.bulk_create(
            Participant(tournament=tournament, user=user) for user in crowd[: seeded.taken]
        )
    elif seeded.days > 0 and tournament.starts_at < clock.now():
        # A demo that was seeded weeks ago still has something to play.
        tournament.starts_at = starts_at
        tournament.save(update_fields=["starts_at"])


def make_session(seeded: SeededSession, coach: User) -> None:
    starts_at = due(seeded.days, seeded.hour)
    session, created = CoachingSession.objects.get_or_create(
        coach=coach,
        topic=seeded.topic,
        defaults={"summary": seeded.summary, "price": seeded.price, "starts_at": starts_at},
    )
    if not created and session.starts_at < clock.now() and not session.is_booked:
        session.starts_at = starts_at
        session.save(update_fields=["starts_at"])


def make_venue(seeded: SeededVenue, host: User) -> None:
    Venue.objects.get_or_create(
        name=seeded.name,
        defaults={
            "summary": seeded.summary,
            "address": seeded.address,
            "host": host,
            "hourly_price": seeded.price,
            "time_zone": seeded.time_zone,
            "opens": seeded.opens,
            "closes": seeded.closes,
        },
    )


def due(days: int, hour: int) -> Any:
    day = timezone.localtime(clock.now()) + timedelta(days=days)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)

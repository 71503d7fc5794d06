"""Print what a user would receive in a period, including clock changes. Nothing is sent."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications import types
from django_inapp_notifications.channels import outside_channels
from django_inapp_notifications.doctor.simulate import simulate
from django_inapp_notifications.exceptions import UnknownType
from django_inapp_notifications.preferences import load
from django_inapp_notifications.quiet_hours import zone_of
from django_inapp_notifications.types import NotificationType


class Command(BaseCommand):
    help = "Simulate notifying a user at a steady pace, and roll it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="username (or e-mail) of the user")
        parser.add_argument(
            "--from",
            required=True,
            dest="start",
            type=datetime.fromisoformat,
            help="start in the user's time zone, such as 2026-03-07T20:00",
        )
        parser.add_argument(
            "--to",
            required=True,
            dest="end",
            type=datetime.fromisoformat,
            help="end, in the same form",
        )
        parser.add_argument(
            "--type",
            dest="kind",
            help="notification type (default: the first that uses an outside channel)",
        )
        parser.add_argument("--every", type=float, default=1, help="hours between notifications")
        parser.add_argument(
            "--channel",
            action="append",
            help="channel to use instead of the type's own (repeatable)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user_model = get_user_model()
        by_name = {user_model.USERNAME_FIELD: options["user"]}
        user = user_model._default_manager.filter(**by_name).first()
        if user is None:
            raise CommandError(f"User {options['user']!r} does not exist.")
        kind = _type(options["kind"])
        zone = zone_of(load([user.pk])[user.pk].settings.time_zone)
        start, end = (self._moment(options[name], zone) for name in ("start", "end"))
        every = timedelta(hours=options["every"])
        found = simulate(
            user, start, end, notification_type=kind.slug, every=every, channels=options["channel"]
        )
        for each in found:
            local = each.at.astimezone(zone)
            self.stdout.write(f"{local.isoformat()} {each.channel}: {each.title}")
        self.stdout.write(f"{kind.slug}: {len(found)} deliveries (times in {zone.key})")

    def _moment(self, given: datetime, zone: Any) -> datetime:
        """A time without an offset is in the user's time zone."""
        return (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)


def _type(slug: str | None) -> NotificationType:
    """The type with this slug, or the first one that uses an outside channel."""
    if slug:
        try:
            return types.get(slug)
        except UnknownType as error:
            raise CommandError(str(error)) from error
    leaving = [each for each in types.all_types() if {*each.channels} & {*outside_channels()}]
    for each in leaving or types.all_types():
        return each
    raise CommandError("No notification types are registered.")

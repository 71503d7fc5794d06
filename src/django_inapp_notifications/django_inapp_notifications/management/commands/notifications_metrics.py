"""Statistics per day: what was created, seen, read and clicked, and what each channel sent."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from django_inapp_notifications.maintenance.metrics import (
    INBOX_NUMBERS,
    deliveries_by_day,
    inbox_by_day,
    totals,
)


class Command(BaseCommand):
    help = "Print how many notifications were created, seen, read, clicked and delivered per day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since", type=date.fromisoformat, help="first day, such as 2026-11-23"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for row in inbox_by_day(options["since"]):
            numbers = ", ".join(f"{name} {row[name]}" for name in INBOX_NUMBERS)
            self.stdout.write(f"{row['day']} {row['type']}: {numbers}")
        for row in deliveries_by_day(options["since"]):
            name = f"{row['day']} {row['type']} via {row['channel']}"
            self.stdout.write(f"{name}: {row['status']} {row['count']}")
        self.stdout.write(", ".join(f"{name}: {value}" for name, value in totals().items()))

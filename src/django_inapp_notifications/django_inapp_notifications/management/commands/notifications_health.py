"""One line for a monitoring system: what is due, since when, and what failed."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications.doctor.examine import health


class Command(BaseCommand):
    help = "Print the state of the outbox as JSON. Exit with status 1 if it is unhealthy."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--max-age", type=int, default=900, help="seconds that work may be overdue"
        )
        parser.add_argument(
            "--max-failed", type=int, default=0, help="failed deliveries to tolerate"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        state = health()
        self.stdout.write(json.dumps(state))
        late = state["oldest_due_seconds"] > options["max_age"]
        if late or state["failed"] > options["max_failed"]:
            raise CommandError("The outbox is unhealthy.", returncode=1)

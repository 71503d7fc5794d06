"""Print the state of the app, for people and for machines."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...maintenance import health


class Command(BaseCommand):
    help = (
        "Show unfinished work, failures, and when the last event and reconciliation were. The exit "
        "code is 1 if there is a problem."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        formats = parser.add_mutually_exclusive_group()
        formats.add_argument("--json", action="store_true", help="Print one JSON object.")
        formats.add_argument(
            "--prometheus", action="store_true", help="Print Prometheus' text format."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        status = health.status()
        if options["json"]:
            self.stdout.write(json.dumps(status.as_dict()))
        elif options["prometheus"]:
            self.stdout.write(status.as_prometheus(), ending="")
        else:
            self._print(status)
        if not status.is_healthy:
            raise SystemExit(1)

    def _print(self, status: health.Status) -> None:
        values = status.as_dict()
        for name in [name for name in health.HELP if name in values]:
            value = values[name]
            shown = "-" if value is None else f"{value:.0f}"
            is_age = health.HELP[name].startswith("Seconds") and value is not None
            self.stdout.write(f"{name.replace('_', ' ')}: {shown}{' s' if is_age else ''}")
        for name, number in status.others.items():
            self.stdout.write(f"{name.replace('_', ' ')}: {'-' if number is None else number}")
        for problem in status.problems:
            self.stdout.write(f"problem: {problem}")
        if status.is_healthy:
            self.stdout.write("healthy")

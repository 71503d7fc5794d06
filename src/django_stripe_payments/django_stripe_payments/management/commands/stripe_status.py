"""Say how the app is doing, for people and for machines."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...maintenance import health


class Command(BaseCommand):
    help = (
        "Show unfinished work, failures and the last news. The exit code is 1 if something needs "
        "a person."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        formats = parser.add_mutually_exclusive_group()
        formats.add_argument("--json", action="store_true", help="Print one object of JSON.")
        formats.add_argument(
            "--prometheus", action="store_true", help="Print Prometheus' text format."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = health.status()
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict()))
        elif options["prometheus"]:
            self.stdout.write(found.as_prometheus(), ending="")
        else:
            self._print(found)
        if not found.is_healthy:
            raise SystemExit(1)

    def _print(self, found: health.Status) -> None:
        told = found.as_dict()
        for name in [name for name in health.HELP if name in told]:
            value = told[name]
            shown = "-" if value is None else f"{value:.0f}"
            is_age = health.HELP[name].startswith("Seconds") and value is not None
            self.stdout.write(f"{name.replace('_', ' ')}: {shown}{' s' if is_age else ''}")
        for problem in found.problems:
            self.stdout.write(f"problem: {problem}")
        if found.is_healthy:
            self.stdout.write("healthy")

"""Check everything that notifications need to arrive, and report how to fix it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications.doctor.examine import examine


class Command(BaseCommand):
    help = "Check settings, URLs, time zones, templates, the mail server, channels and sweeps."
    requires_system_checks = ()  # the doctor reports them itself

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--offline", action="store_true", help="do not connect to the mail server"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for finding in examine(offline=options["offline"]):
            problems += not finding.ok
            style = self.style.SUCCESS if finding.ok else self.style.ERROR
            self.stdout.write(style(str(finding)))
        if problems:
            raise CommandError(
                f"{problems} {'problem' if problems == 1 else 'problems'} found.", returncode=1
            )

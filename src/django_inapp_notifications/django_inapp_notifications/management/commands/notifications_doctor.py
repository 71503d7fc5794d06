"""Look at everything that must be right for notifications to arrive, and say what to do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from django_inapp_notifications.doctor.examine import examine


class Command(BaseCommand):
    help = "Check settings, channels, templates, the outbox, sweeps, mail, addresses and zones."
    requires_system_checks = ()  # the first finding says what they say

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
            raise CommandError(f"{problems} to be put right.", returncode=1)

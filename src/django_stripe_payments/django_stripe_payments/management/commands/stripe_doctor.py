"""Diagnose a site's payments, and print advice."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...doctor import examine as doctor


class Command(BaseCommand):
    help = (
        "Check the settings, keys, URLs, payment types, receivers, database, connection to Stripe, "
        "clock, webhook endpoint, signing secrets and pending work. Each problem comes with "
        "advice, and the exit code is 1 if there is one. Nothing is changed, and no secret is "
        "printed."
    )
    # The report includes what the system checks find.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url", default="", help="The site's public address; default: STRIPE_WEBHOOK_URL."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for finding in doctor.examine(options["url"]):
            mark = self.style.SUCCESS("ok     ") if finding.is_ok else self.style.ERROR("problem")
            self.stdout.write(f"{mark} {finding.about}: {finding.text}")
            if not finding.is_ok:
                problems += 1
                self.stdout.write(f"        → {finding.advice}")
        if problems:
            raise SystemExit(1)

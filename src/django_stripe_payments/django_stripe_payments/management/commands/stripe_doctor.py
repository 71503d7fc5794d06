"""Diagnose a site's payments, and say what to do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...doctor import examine as doctor


class Command(BaseCommand):
    help = (
        "Check settings, keys, addresses, what is registered and connected, the database, Stripe's "
        "answer, the clock, the webhook endpoint, its secrets and pending work. Each "
        "problem comes with what to do; the exit code is 1 if there is one. Nothing is changed, "
        "and no secret is printed."
    )
    # It tells what the checks find, beside the rest.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--url", default="", help="The site's public address; default: STRIPE_WEBHOOK_URL"
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

"""Reconcile with Stripe, and print the differences."""

import json
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import clock, reconcile
from ...exceptions import StripePaymentsError


class Command(BaseCommand):
    help = (
        "Compare this site with Stripe, fix the differences, and report them. Run it every hour or "
        "every night by cron or a timer. The next run resumes one that was interrupted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")
        parser.add_argument(
            "--all-events",
            action="store_true",
            help="Read every event since the last run, not only those that were not delivered.",
        )
        parser.add_argument(
            "--days", type=int, help="Compare this many days instead of STRIPE_SYNC_WINDOW_DAYS."
        )
        parser.add_argument(
            "--only",
            action="append",
            choices=list(reconcile.steps.registered()),
            help="Run only this step; may be repeated.",
        )
        parser.add_argument(
            "--fail-on-drift",
            action="store_true",
            help="Exit with an error if a finding needs a review.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = reconcile.run(
                all_events=options["all_events"],
                since=_since(options["days"]),
                steps=options["only"],
            )
        except StripePaymentsError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), indent=2))
        else:
            for line in report.lines():
                self.stdout.write(line)
        if options["fail_on_drift"] and report.needs_review:
            raise CommandError(f"{len(report.needs_review)} findings need a review.", returncode=2)


def _since(days: int | None) -> datetime | None:
    if days is None:
        return None
    # A whole day, so that the same command resumes a run that was interrupted.
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)

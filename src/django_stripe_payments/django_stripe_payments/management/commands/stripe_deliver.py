"""Finish what a crash, a failed receiver or a lost kick left behind."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ... import audit
from ...sweep import sweep


class Command(BaseCommand):
    help = (
        "Finish stored events, facts and refunds that are not finished, as far as their next "
        "attempt is due. Run it every minute by cron or a timer; several at once do no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="Try everything now, due or not.")

    def handle(self, *args: Any, **options: Any) -> None:
        with audit.acting(audit.Actor(source="command stripe_deliver")):
            swept = sweep(only_due=not options["all"])
        self.stdout.write(
            f"{swept.events} events, {swept.facts} facts and {swept.refunds} refunds finished, "
            f"{swept.left} left."
        )

"""Finish what a crash, a failed receiver or a lost kick left behind."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ... import audit
from ...maintenance.sweep import sweep


class Command(BaseCommand):
    help = (
        "Finish stored events, facts and refunds that are not finished, as far as their next "
        "attempt is due. Run it every minute by cron or a timer, or keep it running with "
        "--forever; several at once do no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="Try everything now, due or not.")
        parser.add_argument("--forever", action="store_true", help="Sweep again and again.")
        parser.add_argument("--interval", type=float, default=15, help="Seconds between two sweeps")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            with audit.acting(audit.Actor(source="command stripe_deliver")):
                swept = sweep(only_due=not options["all"])
            done = swept.events + swept.facts + swept.refunds
            if done or swept.left or not options["forever"]:
                self.stdout.write(
                    f"{swept.events} events, {swept.facts} facts and {swept.refunds} refunds "
                    f"finished, {swept.left} left."
                )
            if not options["forever"]:
                return
            close_old_connections()
            time.sleep(options["interval"])

"""Finish what a crash, a failed receiver or a lost wake-up left behind."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from ... import audit
from ...maintenance import unhandled
from ...maintenance.sweep import sweep


class Command(BaseCommand):
    help = (
        "Finish stored events, facts and refunds whose next attempt is due. Run it every minute "
        "by cron or a timer, or keep it running with --forever; several at once do no harm."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="Ignore when attempts are due.")
        parser.add_argument(
            "--unhandled",
            action="store_true",
            help="First reopen events that came before anything handled their type.",
        )
        parser.add_argument("--forever", action="store_true", help="Sweep repeatedly.")
        parser.add_argument("--interval", type=float, default=15, help="Seconds between sweeps.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["unhandled"]:
            with audit.acting(audit.Actor(source="command stripe_deliver")):
                count = unhandled.reopen()
            self.stdout.write(f"{count} events reopened.")
        while True:
            with audit.acting(audit.Actor(source="command stripe_deliver")):
                result = sweep(only_due=not options["all"])
            done = result.events + result.facts + result.refunds + sum(result.others.values())
            if done or result.left or not options["forever"]:
                self.stdout.write(
                    f"{result.events} events, {result.facts} facts and {result.refunds} refunds "
                    f"finished, {result.left} left."
                )
                for name, number in result.others.items():
                    self.stdout.write(f"{name}: {number} finished.")
            if not options["forever"]:
                return
            close_old_connections()
            time.sleep(options["interval"])

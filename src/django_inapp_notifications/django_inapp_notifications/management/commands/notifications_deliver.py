"""Deliver what is due. Run it every minute by cron, or keep it running with --forever."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from django_inapp_notifications.maintenance.sweep import sweep


class Command(BaseCommand):
    help = "Write scheduled notifications, and send the deliveries and digests that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--forever", action="store_true", help="keep sweeping until interrupted"
        )
        parser.add_argument("--interval", type=float, default=15, help="seconds between sweeps")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            done = sweep()
            if options["verbosity"] > 1 or (options["verbosity"] and any(done.values())):
                self.stdout.write(", ".join(f"{name}: {count}" for name, count in done.items()))
            if not options["forever"]:
                return
            close_old_connections()
            time.sleep(options["interval"])

"""Delete old payloads, and keep a record of what happened."""

from typing import Any

from django.core.management.base import BaseCommand

from ...maintenance import retention


class Command(BaseCommand):
    help = (
        "Delete the payloads of finished events and the parameters of answered calls that are "
        "older than STRIPE_EVENT_PAYLOAD_DAYS and STRIPE_OPERATION_PARAMS_DAYS. Run it every night."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        pruned = retention.prune()
        self.stdout.write(
            f"{pruned.events} events and {pruned.operations} calls were emptied, and {pruned.late} "
            "events about erased users."
        )
        for name, number in pruned.others.items():
            self.stdout.write(f"{name}: {number} pruned.")

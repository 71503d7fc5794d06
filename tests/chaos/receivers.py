"""Two receivers of every signal. Each leaves a row, and now and then fails at its first try."""

from collections.abc import Callable
from typing import Any
from zlib import crc32

from django_stripe_payments.facts import kinds
from tests.chaos import poison

NAMES = ("ledger", "mail")

#: One turn in so many fails.
FAILS = 25


def connect() -> None:
    for kind, about in kinds.registered().items():
        # Not for every event too: what is announced is what became true.
        for name in NAMES if kind != "webhook_received" else ():
            about.signal.connect(receiver(name), weak=False, dispatch_uid=f"chaos.{name}")


def is_deadly(fact: Any) -> bool:
    """Whether a receiver of the fact kills its process at the first tries."""
    is_paid = fact.kind == "payment_succeeded"
    return is_paid and crc32(fact.key.encode()) % poison.EVERY == 0


def receiver(name: str) -> Callable[..., None]:
    def leave_a_row(sender: Any, fact: Any, **named: Any) -> None:
        from tests.chaos.models import Effect

        Effect.objects.create(receiver=name, fact=fact.key)
        if name == "mail" and is_deadly(fact):
            poison.meet(fact.key.replace(":", "-"))
        turn = fact.deliveries.get(receiver=f"chaos.{name}")
        # After the row: a failure must take it along.
        if (
            turn.attempts == 1
            and not is_deadly(fact)
            and crc32(f"{name} {fact.key}".encode()) % FAILS == 0
        ):
            raise RuntimeError("The receiver is not at its best today.")

    return leave_a_row

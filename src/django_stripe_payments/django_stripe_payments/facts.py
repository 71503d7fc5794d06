"""What each kind of fact announces, and how its row is found again."""

from dataclasses import dataclass
from typing import Any

from . import signals
from .models import Fact, Payment, WebhookEvent
from .receivers import FactSignal, Receiver


@dataclass(frozen=True, slots=True)
class FactKind:
    """A signal, and the name of the keyword argument that carries what the fact is about."""

    signal: FactSignal
    subject: str


#: ``Fact.kind`` is the signal's name in signals.py.
KINDS: dict[str, FactKind] = {
    "payment_succeeded": FactKind(signals.payment_succeeded, "payment"),
    "payment_failed": FactKind(signals.payment_failed, "payment"),
    "payment_canceled": FactKind(signals.payment_canceled, "payment"),
    "payment_processing": FactKind(signals.payment_processing, "payment"),
    "payment_requires_action": FactKind(signals.payment_requires_action, "payment"),
    "webhook_received": FactKind(signals.webhook_received, "event"),
}

#: Announced whenever they become true; the others only while their payment is still open.
FINAL_KINDS = frozenset({"payment_succeeded", "payment_canceled"})

SENDERS: dict[str, type] = {"payment": Payment, "event": WebhookEvent}


def make(
    kind: str,
    *,
    payment: Payment | None = None,
    event: WebhookEvent | None = None,
    detail: str = "",
) -> Fact:
    """Return an unsaved fact; ``detail`` tells apart what can happen more than once."""
    about = payment if payment is not None else event
    assert about is not None, "a fact is about a payment or an event"  # noqa: S101
    key = ":".join(filter(None, [kind, str(about.pk), detail]))
    return Fact(key=key, kind=kind, payment=payment, event=event)


def receivers(kind: str) -> dict[str, Receiver]:
    """Return the receivers that are connected to the kind's signal now, by name."""
    return KINDS[kind].signal.live_receivers(sender(kind))


def sender(kind: str) -> type:
    """Return the model class that sends the kind's signal."""
    return SENDERS[KINDS[kind].subject]


def arguments(fact: Fact) -> dict[str, Any]:
    """Return the keyword arguments of the fact's signal, read afresh from the database."""
    fresh = Fact.objects.select_related("payment__user", "event").get(pk=fact.pk)
    named: dict[str, Any] = {"fact": fresh, "event": fresh.event}
    if KINDS[fact.kind].subject == "payment":
        named["payment"] = fresh.payment
    return named

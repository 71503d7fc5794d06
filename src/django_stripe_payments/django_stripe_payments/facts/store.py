"""What each kind of fact announces, and how facts are stored.

Storing a fact is all that its writer has to do: after the commit the store itself wakes the
dispatcher. While an event is processed, the facts are collected for it instead.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils import timezone

from .. import models, signals
from ..database import statements
from ..database.transactions import after_commit
from ..dispatch import get_dispatcher
from ..models import Fact
from ..signals.base import FactSignal, Receiver


@dataclass(frozen=True, slots=True)
class FactKind:
    """A signal, and the names of the keyword arguments that it provides.

    The first one is what the fact is about: its id is in the fact's key, and its class is the
    signal's sender. Each is a foreign key of Fact.
    """

    signal: FactSignal
    provides: tuple[str, ...]


#: ``Fact.kind`` is the signal's name in signals.py.
KINDS: dict[str, FactKind] = {
    name: FactKind(getattr(signals, name), provides)
    for name, provides in {
        "payment_succeeded": ("payment",),
        "payment_authorized": ("payment",),
        "payment_failed": ("payment",),
        "payment_canceled": ("payment",),
        "payment_processing": ("payment",),
        "payment_requires_action": ("payment",),
        "payment_authentication_required": ("payment",),
        "payment_refunded": ("refund", "payment"),
        "refund_failed": ("refund", "payment"),
        "refund_requested": ("refund_request", "payment"),
        "refund_request_rejected": ("refund_request", "payment"),
        "customer_created": ("customer",),
        "payment_method_attached": ("payment_method", "customer"),
        "payment_method_detached": ("payment_method", "customer"),
        "dispute_opened": ("dispute", "payment"),
        "dispute_closed": ("dispute", "payment"),
        "dispute_funds_withdrawn": ("dispute", "payment"),
        "dispute_funds_reinstated": ("dispute", "payment"),
        "dispute_evidence_due": ("dispute", "payment"),
        "early_fraud_warning": ("payment",),
        "payout_paid": ("payout",),
        "payout_failed": ("payout",),
        "webhook_received": ("event",),
    }.items()
}

#: Keyword argument → the model behind it.
MODELS: Mapping[str, type[Model]] = {
    "payment": models.Payment,
    "refund": models.Refund,
    "refund_request": models.RefundRequest,
    "dispute": models.Dispute,
    "customer": models.Customer,
    "payment_method": models.PaymentMethod,
    "payout": models.Payout,
    "event": models.WebhookEvent,
}

#: Facts of what leads to a payment: once it is final, nobody wants to hear of them.
FACTS_OF_ATTEMPTS = frozenset(
    {
        "payment_authorized",
        "payment_failed",
        "payment_processing",
        "payment_requires_action",
        "payment_authentication_required",
    }
)


def make(kind: str, *, detail: str = "", **about: Model | None) -> Fact:
    """Return an unsaved fact.

    Args:
        kind: a key of KINDS.
        detail: tells apart what can happen to one object more than once.
        about: the rows that the signal provides, and ``event`` if one brought the news.
    """
    subject = about[KINDS[kind].provides[0]]
    assert subject is not None, f"{kind} is about nothing"  # noqa: S101
    key = ":".join(filter(None, [kind, str(subject.pk), detail]))
    return Fact(key=key, kind=kind, **about)


@dataclass(slots=True)
class Written:
    """The facts that were stored while an event was applied.

    ``are_new``: the database said of each that it was not stored before.
    """

    facts: list[Fact] = field(default_factory=list)
    are_new: bool = True

    @property
    def open_facts(self) -> list[Fact]:
        """The facts that some receiver is still to hear of."""
        return [fact for fact in self.facts if fact.announced_at is None]


_written: ContextVar[Written | None] = ContextVar("stripe_payments_written", default=None)


@contextmanager
def collecting() -> Iterator[Written]:
    """Collect what is stored inside the block; the caller sees to announcing it."""
    written = Written()
    token = _written.set(written)
    try:
        yield written
    finally:
        _written.reset(token)


def store(made: Iterable[Fact], *, are_fresh: bool = False) -> None:
    """Store facts in the caller's transaction; what is stored already stays as it is.

    A fact without receivers, or one that was overtaken, counts as announced. After the commit
    the dispatcher is woken for the others.

    Args:
        made: unsaved facts, from ``make``.
        are_fresh: whether the rows that they name are as the database has them after this
            transaction; then receivers get copies of them.
    """
    made = list(made)
    for fact in made:
        if fact.overtaken or not receivers(fact.kind):
            fact.announced_at = timezone.now()
    if not made:
        return
    are_new = statements.insert(*made) and all(fact.pk for fact in made)
    for fact in made:
        fact.is_new, fact.is_fresh = are_new, are_new and are_fresh
    written = _written.get()
    if written is not None:
        written.facts += made
        written.are_new = written.are_new and are_new
    elif keys := [fact.key for fact in made if fact.announced_at is None]:
        after_commit(lambda: get_dispatcher().facts_written(keys))


def any_unknown(made: Iterable[Fact]) -> bool:
    """Whether one of these unsaved facts is not stored yet."""
    keys = {fact.key for fact in made}
    return bool(keys) and Fact.objects.filter(key__in=keys).count() < len(keys)


def receivers(kind: str) -> dict[str, Receiver]:
    """Return the receivers that are connected to the kind's signal now, by name."""
    return KINDS[kind].signal.live_receivers(sender(kind))


def anybody_listens() -> bool:
    """Whether any receiver of any fact is connected in this process."""
    return any(about.signal.receivers and receivers(kind) for kind, about in KINDS.items())


def sender(kind: str) -> type[Model]:
    """Return the model class that sends the kind's signal."""
    return MODELS[KINDS[kind].provides[0]]


def arguments(fact: Fact) -> dict[str, Any]:
    """Return the keyword arguments of the fact's signal, each a copy for one receiver.

    They are read from the database, unless this process just wrote them.
    """
    provides = KINDS[fact.kind].provides
    fresh = deepcopy(fact) if fact.is_fresh else _read(fact, provides)
    return {
        "fact": fresh,
        "event": fresh.event,
        **{name: getattr(fresh, name) for name in provides},
    }


def _read(fact: Fact, provides: Iterable[str]) -> Fact:
    related = ["payment__user" if name == "payment" else name for name in {*provides, "event"}]
    return Fact.objects.select_related(*related).get(pk=fact.pk)

"""How facts are made, stored, and read again for their receivers.

Storing a fact is all that its writer has to do: after the commit the store itself wakes the
dispatcher. While an event is processed, the facts are collected for it instead.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy, deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model

from .. import clock
from ..database import statements
from ..database.transactions import after_commit, after_rollback, in_own_transaction
from ..dispatch import get_dispatcher
from ..models import Fact, Payment, WebhookEvent
from ..models.fact import subject_type
from ..signals.base import Receiver
from . import kinds
from .kinds import FactKind


def make(kind: str, subject: Model, *, event: WebhookEvent | None = None, detail: str = "") -> Fact:
    """Return an unsaved fact.

    Args:
        kind: the name of a registered kind: see ``kinds.register``.
        subject: the saved row that it is about, of the kind's model.
        event: what brought the news, if an event did.
        detail: tells apart what can happen to one row more than once.
    """
    key = ":".join(filter(None, [kind, str(subject.pk), detail]))
    fact = Fact(
        key=key,
        kind=kind,
        subject_type=subject_type(type(subject)),
        subject_id=str(subject.pk),
        object_id=getattr(subject, "stripe_id", None) or "",
        event=event,
    )
    if isinstance(subject, Payment):
        fact.payment = subject
    else:
        fact.payment_id = getattr(subject, "payment_id", None)
    fact.known_subject = subject
    return fact


@dataclass(slots=True)
class Written:
    """The facts that were stored while an event was applied.

    ``are_new``: the database said of each that it was not stored before.
    """

    facts: list[Fact] = field(default_factory=list)
    are_new: bool = True

    def add(self, made: list[Fact], *, are_new: bool) -> None:
        """Add what was stored in the transaction that is open; its rollback takes it out again."""
        self.facts += made
        # Of a transaction that is not ours nothing says how it ends.
        self.are_new = self.are_new and are_new and in_own_transaction()
        after_rollback(lambda: self._remove(made))

    def _remove(self, made: list[Fact]) -> None:
        gone = {id(fact) for fact in made}
        self.facts = [fact for fact in self.facts if id(fact) not in gone]

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
            fact.announced_at = clock.now()
    if not made:
        return
    are_new = statements.insert(*made) and all(fact.pk for fact in made)
    for fact in made:
        fact.is_new, fact.is_fresh = are_new, are_new and are_fresh
    written = _written.get()
    if written is not None:
        written.add(made, are_new=are_new)
    elif keys := [fact.key for fact in made if fact.announced_at is None]:
        after_commit(lambda: get_dispatcher().facts_written(keys))


def any_unknown(made: Iterable[Fact]) -> bool:
    """Whether one of these unsaved facts is not stored yet."""
    keys = {fact.key for fact in made}
    return bool(keys) and Fact.objects.filter(key__in=keys).count() < len(keys)


def receivers(kind: str) -> dict[str, Receiver]:
    """Return the receivers that are connected to the kind's signal now, by name."""
    known = kinds.get(kind)
    return known.signal.live_receivers(known.subject) if known is not None else {}


def anybody_listens() -> bool:
    """Whether any receiver of any fact is connected in this process."""
    every = kinds.registered().values()
    return any(kind.signal.receivers and receivers(kind.name) for kind in every)


def arguments(fact: Fact, kind: FactKind) -> dict[str, Any]:
    """Return the keyword arguments of the fact's signal, each a copy for one receiver.

    They are read from the database, unless this process just wrote them.
    """
    fresh = deepcopy(fact) if fact.is_fresh else _read(fact, kind)
    subject = fresh.known_subject
    related = {name: getattr(subject, name) for name in kind.related}
    return {"fact": fresh, "event": fresh.event, kind.provides[0]: subject, **related}


def _read(fact: Fact, kind: FactKind) -> Fact:
    """Read a fact with its subject: in one statement where the subject is a row that it names."""
    rows = Fact.objects.select_related("event")
    if kind.subject is Payment:
        read = rows.select_related("payment__user").get(pk=fact.pk)
        read.known_subject = read.payment
    elif kind.subject is WebhookEvent:
        read = rows.get(pk=fact.pk)
        read.known_subject = read.event
    else:
        read = _copy_without_subject(fact)
        read.known_subject = kinds.read_subject(kind, fact).get()
    return read


def _copy_without_subject(fact: Fact) -> Fact:
    read = copy(fact)
    read.known_subject = None
    return deepcopy(read)

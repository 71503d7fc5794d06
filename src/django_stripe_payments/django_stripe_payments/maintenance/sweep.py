"""Find unfinished rows and finish them, so that a crash at any point does no harm."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from .. import clock, webhooks
from ..audit import chain as audit_chain
from ..disputes import apply as dispute_apply
from ..exceptions import AuditChainBroken
from ..facts.announce import announce, without_leased
from ..models import Fact, WebhookEvent
from ..refunds import execute as refund_execute

logger = logging.getLogger(__name__)

#: Rows read at a time: a backlog of a million must not fill the memory.
CHUNK = 200


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many rows one sweep finished, and how many are left."""

    events: int
    facts: int
    refunds: int
    left: int


def sweep(*, only_due: bool = True) -> SweepResult:
    """Finish every unfinished event, fact and refund; then seal the audit log.

    Args:
        only_due: skip what failed before until its next attempt is due.
    """
    events = [
        webhooks.process_event(event, only_due=only_due) for event in _unfinished_events(only_due)
    ]
    dispute_apply.note_deadlines()
    facts = [_announce(fact, only_due) for fact in _unannounced_facts()]
    refunds = list(refund_execute.finish_left_behind(only_due=only_due))
    _seal()
    done = events.count(True), facts.count(True), refunds.count(True)
    return SweepResult(*done, left=len(events) + len(facts) + len(refunds) - sum(done))


def _announce(fact: Fact, only_due: bool) -> bool:
    """Return whether no receiver waits for the fact any more, not even a disconnected one."""
    open_fact = Fact.objects.filter(pk=fact.pk, announced_at=None)
    return announce([fact], only_due=only_due) and not open_fact.exists()


def is_anything_due() -> bool:
    """Return whether an event is unfinished and due, or a fact is not announced yet."""
    return _due_events(only_due=True).exists() or Fact.objects.filter(announced_at=None).exists()


def _seal() -> None:
    try:
        audit_chain.seal()
    except AuditChainBroken as error:
        # Payments must continue; the log reports it.
        logger.error("%s", error)


def _unfinished_events(only_due: bool) -> Iterator[WebhookEvent]:
    return _in_chunks(_due_events(only_due))


def _due_events(only_due: bool) -> QuerySet[WebhookEvent]:
    now = clock.now()
    # What another process works on is not left behind.
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    events = WebhookEvent.objects.filter(free, finished_at=None)
    if only_due:
        events = events.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
    return events


def _unannounced_facts() -> Iterator[Fact]:
    return _in_chunks(without_leased(Fact.objects.filter(announced_at=None)))


def _in_chunks(rows: QuerySet[Any]) -> Iterator[Any]:
    """Yield the rows by key, each once even if it stays unfinished."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk

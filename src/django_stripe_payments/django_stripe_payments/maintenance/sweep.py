"""Find unfinished rows and finish them, so that a crash at any point does no harm."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from .. import clock, webhooks
from ..audit import chain as audit_chain
from ..disputes import apply as dispute_apply
from ..exceptions import AuditChainBroken
from ..facts.announce import announce, unannounced, without_leased
from ..models import Fact, ReceiverDelivery, WebhookEvent
from ..refunds import execute as refund_execute
from .guard import guarded

logger = logging.getLogger(__name__)

#: Rows read at a time: a backlog of a million must not fill the memory.
CHUNK = 200

SEAL = "The seal of the audit log"

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many rows one sweep finished, and how many are left."""

    events: int
    facts: int
    refunds: int
    left: int


def sweep(*, only_due: bool = True) -> SweepResult:
    """Finish every unfinished event, fact and refund; then seal the audit log.

    What failed or killed its process before comes last, least tried first, so that it keeps
    nothing else from being finished.

    Args:
        only_due: skip what failed before until its next attempt is due.
    """
    suspect_events, suspect_facts = _suspect_events(only_due), _suspect_facts()
    events = [_process(event, only_due) for event in _in_chunks(_healthy_events(only_due))]
    guarded("The look for disputes that are due", dispute_apply.note_deadlines, otherwise=None)
    facts = [_announce(fact, only_due) for fact in _in_chunks(_healthy_facts())]
    refunds = list(refund_execute.finish_left_behind(only_due=only_due))
    if suspect_events or suspect_facts:
        guarded(SEAL, _seal, otherwise=None)
    events += [_process(event, only_due) for event in _each(_due_events(only_due), suspect_events)]
    facts += [_announce(fact, only_due) for fact in _each(_unannounced_facts(), suspect_facts)]
    guarded(SEAL, _seal, otherwise=None)
    done = events.count(True), facts.count(True), refunds.count(True)
    return SweepResult(*done, left=len(events) + len(facts) + len(refunds) - sum(done))


def _process(event: WebhookEvent, only_due: bool) -> bool:
    process = partial(webhooks.process_event, event, only_due=only_due)
    return guarded(f"Event {event.stripe_id}", process, otherwise=False)


def _announce(fact: Fact, only_due: bool) -> bool:
    """Return whether no receiver waits for the fact any more, not even a disconnected one."""

    def announce_fact() -> bool:
        open_fact = Fact.objects.filter(pk=fact.pk, announced_at=None)
        return announce([fact], only_due=only_due, note_first=True) and not open_fact.exists()

    return guarded(f"Fact {fact.key}", announce_fact, otherwise=False)


def is_anything_due() -> bool:
    """Return whether an event is unfinished and due, or a fact is not announced yet."""
    return _due_events(only_due=True).exists() or unannounced().exists()


def _seal() -> None:
    try:
        audit_chain.seal()
    except AuditChainBroken as error:
        # Payments must continue; the log reports it.
        logger.error("%s", error)


def _due_events(only_due: bool) -> QuerySet[WebhookEvent]:
    now = clock.now()
    # What another process works on is not left behind.
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    events = WebhookEvent.objects.filter(free, finished_at=None)
    if only_due:
        events = events.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
    return events


def _healthy_events(only_due: bool) -> QuerySet[WebhookEvent]:
    return _due_events(only_due).filter(attempts=0, leased_until=None)


def _suspect_events(only_due: bool) -> list[int]:
    """Return the keys of events that failed, or that somebody died at: see ``webhooks.lease``."""
    suspects = _due_events(only_due).exclude(attempts=0, leased_until=None)
    return list(suspects.order_by("attempts", "pk").values_list("pk", flat=True))


def _unannounced_facts() -> QuerySet[Fact]:
    return without_leased(unannounced())


def _was_tried() -> Q:
    """Return the condition that a receiver of the fact failed, or that its event is suspect."""
    failed = ReceiverDelivery.objects.filter(fact=OuterRef("pk"), delivered_at=None)
    return Q(Exists(failed)) | Q(event__finished_at=None, event__leased_until__isnull=False)


def _healthy_facts() -> QuerySet[Fact]:
    return _unannounced_facts().exclude(_was_tried())


def _suspect_facts() -> list[int]:
    attempts = Coalesce(Max("deliveries__attempts", filter=Q(deliveries__delivered_at=None)), 0)
    suspects = _unannounced_facts().filter(_was_tried()).annotate(tried=attempts)
    return list(suspects.order_by("tried", "pk").values_list("pk", flat=True))


def _each(rows: QuerySet[Row], keys: Iterable[int]) -> Iterator[Row]:
    """Yield the rows with these keys, in this order, unless they were finished meanwhile."""
    for key in keys:
        yield from rows.filter(pk=key)


def _in_chunks(rows: QuerySet[Any]) -> Iterator[Any]:
    """Yield the rows by key, each once even if it stays unfinished."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk

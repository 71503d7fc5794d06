"""Find unfinished rows and finish them, so that a crash at any point does no harm."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TypeVar

from django.db.models import Exists, Max, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from .. import clock, webhooks
from ..audit import chain as audit_chain
from ..database.chunks import in_chunks
from ..disputes import apply as dispute_apply
from ..exceptions import AuditChainBroken
from ..facts import store as fact_store
from ..facts.announce import announce, unannounced, without_leased
from ..models import Fact, ReceiverDelivery, WebhookEvent
from ..refunds import execute as refund_execute
from ..webhooks import lease
from . import sweep_steps
from .guard import guarded
from .sweep_steps import Step, Sweep

logger = logging.getLogger(__name__)

#: Rows read at a time.
CHUNK = 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many rows one sweep finished, and how many are left.

    ``others`` says by the name of an app's step how many it finished.
    """

    events: int
    facts: int
    refunds: int
    left: int
    others: Mapping[str, int] = field(default_factory=dict)


def sweep(*, only_due: bool = True) -> SweepResult:
    """Finish every unfinished event, fact and refund; then seal the audit log.

    What failed or killed its process before comes last, least tried first, so that it keeps
    nothing else from being finished. The steps of apps come before that: see ``sweep_steps``.

    Args:
        only_due: skip what failed before until its next attempt is due.
    """
    state = Sweep(only_due, _suspect_events(only_due), _suspect_facts())
    rows = {name: _rows(step, state) for name, step in sweep_steps.registered().items()}
    done = {name: finished.count(True) for name, finished in rows.items()}
    return SweepResult(
        events=done.pop("events") + done.pop("suspect_events"),
        facts=done.pop("facts") + done.pop("suspect_facts"),
        refunds=done.pop("refunds"),
        left=sum(finished.count(False) for finished in rows.values()),
        others={name: number for name, number in done.items() if number},
    )


def _rows(step: Step, state: Sweep) -> list[bool]:
    """Take a step; return for each row whether it is finished, up to an error of the step."""
    rows: list[bool] = []
    guarded(f"Step {step.name} of the sweep", lambda: rows.extend(step.run(state)), otherwise=None)
    return rows


def _events(state: Sweep) -> Iterator[bool]:
    for event in chain.from_iterable(in_chunks(_healthy_events(state.only_due), CHUNK)):
        yield _process(event, state.only_due)


def _deadlines(_state: Sweep) -> Iterable[bool]:
    # Announced below: there, an attempt is noted before a receiver may end the process.
    with fact_store.collecting():
        dispute_apply.note_deadlines()
    return ()


def _facts(state: Sweep) -> Iterator[bool]:
    for fact in chain.from_iterable(in_chunks(_healthy_facts(), CHUNK)):
        yield _announce(fact, state.only_due)


def _refunds(state: Sweep) -> Iterator[bool]:
    return refund_execute.finish_left_behind(only_due=state.only_due)


def _early_seal(state: Sweep) -> Iterable[bool]:
    return _seal(state) if state.suspect_events or state.suspect_facts else ()


def _suspected_events(state: Sweep) -> Iterator[bool]:
    for event in _each(_due_events(state.only_due), state.suspect_events):
        yield _process(event, state.only_due)


def _suspected_facts(state: Sweep) -> Iterator[bool]:
    for fact in _each(_unannounced_facts(), state.suspect_facts):
        yield _announce(fact, state.only_due)


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


def _seal(_state: Sweep) -> Iterable[bool]:
    try:
        audit_chain.seal()
    except AuditChainBroken as error:
        # Payments must continue; the log reports it.
        logger.error("%s", error)
    return ()


def _due_events(only_due: bool) -> QuerySet[WebhookEvent]:
    # What another process works on is not left behind.
    events = WebhookEvent.objects.filter(lease.free(), finished_at=None)
    if only_due:
        events = events.filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=clock.now()))
    return events


def _healthy_events(only_due: bool) -> QuerySet[WebhookEvent]:
    return _due_events(only_due).filter(attempts=0, leased_until=None)


def _suspect_events(only_due: bool) -> list[int]:
    """Return the keys of events that failed, or whose process died: see ``webhooks.lease``."""
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


sweep_steps.register(Step(name="events", run=_events))
sweep_steps.register(Step(name="deadlines", run=_deadlines))
sweep_steps.register(Step(name="facts", run=_facts))
sweep_steps.register(Step(name="refunds", run=_refunds))
sweep_steps.register(Step(name=sweep_steps.LAST, run=_early_seal, before=None))
sweep_steps.register(Step(name="suspect_events", run=_suspected_events, before=None))
sweep_steps.register(Step(name="suspect_facts", run=_suspected_facts, before=None))
sweep_steps.register(Step(name="seal", run=_seal, before=None))

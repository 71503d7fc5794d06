"""ANNOUNCE: call each receiver of a fact once, in a transaction of its own.

The last receiver's transaction also closes the fact, and with an event's last fact the event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from django.db import connections, router
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from .. import audit, clock
from ..conf import settings
from ..database import statements
from ..exceptions import ReceiverBrokeTransaction, ReplayFailed
from ..models import Fact, ReceiverDelivery
from ..signals.base import Receiver
from . import kinds
from . import store as fact_store
from .turns import BROKEN, Turn, note_attempt, record_failure, take

logger = logging.getLogger(__name__)

Receivers = Mapping[str, Receiver]


def announce(
    pending: Iterable[Fact],
    *,
    only_due: bool = False,
    note_first: bool = False,
    finish: Callable[[], None] | None = None,
) -> bool:
    """Give every receiver of every pending fact its turn; return whether all have had it.

    Args:
        pending: facts that are not announced yet.
        only_due: leave receivers that failed alone until their next attempt is due.
        note_first: commit each attempt before it is made, so that a receiver that kills its
            process is put off, and the others have their turn. It costs a write per receiver.
        finish: what is written once all have had it: in the transaction of the last receiver
            if this process runs it, else right afterwards.
    """
    # What nothing here can announce stays as it is, and keeps nothing else from being finished.
    facts = [fact for fact in pending if kinds.get(fact.kind) is not None]
    all_done, has_finished = True, False
    # All of them get their turn, however it went for those before.
    for fact in facts:
        is_last = all_done and fact is facts[-1]
        closing = _Closing(fact, fact_store.receivers(fact.kind), finish if is_last else None)
        one_done = _announce_one(closing, only_due=only_due, note_first=note_first)
        all_done = one_done and all_done
        has_finished = closing.has_finished
    if all_done and finish is not None and not has_finished:
        finish()
    return all_done


def pending_facts() -> QuerySet[Fact]:
    """Return the facts still to be announced, oldest first, each with ``was_started``."""
    met = Exists(ReceiverDelivery.objects.filter(fact=OuterRef("pk")))
    return Fact.objects.filter(announced_at=None).annotate(was_started=met).order_by("id")


def unannounced() -> QuerySet[Fact]:
    """Return the facts that are still to be announced, of the kinds that are registered here."""
    return Fact.objects.filter(announced_at=None, kind__in=list(kinds.registered()))


def unannounceable() -> QuerySet[Fact]:
    """Return the facts that wait for their kind: its app was removed, or this process is older."""
    return Fact.objects.filter(announced_at=None).exclude(kind__in=list(kinds.registered()))


def pending_facts_named(keys: Iterable[str]) -> list[Fact]:
    """Return which of the facts with these keys are still to be announced, oldest first."""
    return list(without_leased(pending_facts().filter(key__in=list(keys))))


def without_leased(facts: QuerySet[Fact]) -> QuerySet[Fact]:
    """Leave out the facts of events that another process works on: it announces them itself."""
    now = clock.database_now(router.db_for_write(Fact))
    return facts.exclude(Q(event__finished_at=None, event__leased_until__gt=now))


def replay(delivery: ReceiverDelivery) -> None:
    """Run one receiver again for its fact, whether it ran before or not, and no other.

    Raises ReplayFailed if it is not connected or fails; the failure is recorded as ever.
    """
    fact = delivery.fact
    receivers = fact_store.receivers(fact.kind)
    if delivery.receiver not in receivers:
        raise ReplayFailed(_("%s is no longer connected.") % delivery.receiver)
    ReceiverDelivery.objects.filter(pk=delivery.pk).update(delivered_at=None)
    Fact.objects.filter(pk=fact.pk).update(announced_at=None)
    audit.record("receiver.replayed", delivery, receiver=delivery.receiver, fact=fact.key)
    turn = Turn(fact, delivery.receiver, receivers[delivery.receiver], delivery)
    ran = take(turn)
    if delivery.receiver in _settle(fact, receivers, [turn] if ran else []):
        raise ReplayFailed(
            _("%s failed again. The delivery has the traceback.") % delivery.receiver
        )


@dataclass(slots=True)
class _Closing:
    """Closes a fact, and finishes what ends with it. The flags count once that is committed."""

    fact: Fact
    receivers: Receivers
    finish: Callable[[], None] | None
    has_closed: bool = False
    has_finished: bool = False

    def close(self) -> None:
        self.has_closed = _close(self.fact, self.receivers)
        if self.has_closed and self.finish is not None:
            self.finish()
            self.has_finished = True

    def undo(self) -> None:
        self.has_closed = self.has_finished = False


def _announce_one(closing: _Closing, *, only_due: bool, note_first: bool) -> bool:
    fact, receivers = closing.fact, closing.receivers
    if _is_overtaken(fact):
        Fact.objects.filter(pk=fact.pk).update(overtaken=True, announced_at=clock.now())
        return True
    waiting = [turn for turn in _turns(fact, receivers) if turn.is_open]
    due = [turn for turn in waiting if turn.is_due or not only_due]
    if note_first:
        # Those that never failed have their turn before one that may end the process.
        due.sort(key=lambda turn: turn.attempts)
    ran: list[Turn] = []
    for turn in due:
        # A page that a customer is looking at does not wait for a slow receiver elsewhere.
        is_last = len(ran) == len(waiting) - 1
        current = note_attempt(turn) if note_first else turn
        if current is None:
            continue
        if take(current, wait=not only_due, close=closing.close if is_last else None):
            ran.append(current)
        else:
            closing.undo()
    if closing.has_closed:
        return True
    left = _settle(fact, receivers, ran)
    if left & receivers.keys():
        return False
    if left:
        _abandon_disconnected_receivers(fact)
    return True


def _is_overtaken(fact: Fact) -> bool:
    """Whether a receiver failed, and by now the payment is over: too late to hear of it."""
    kind = kinds.get(fact.kind)
    is_of_attempt = kind is not None and kind.of_attempt
    return is_of_attempt and fact.payment is not None and fact.payment.is_final


def _turns(fact: Fact, receivers: Receivers) -> list[Turn]:
    rows = {row.receiver: row for row in fact.deliveries.all()} if _was_started(fact) else {}
    return [Turn(fact, name, receiver, rows.get(name)) for name, receiver in receivers.items()]


def _was_started(fact: Fact) -> bool:
    """Whether a receiver may have had its turn already; a fact read in another way may be any."""
    return bool(getattr(fact, "was_started", not fact.is_new))


def _settle(fact: Fact, receivers: Receivers, ran: Iterable[Turn]) -> set[str]:
    """Close the fact if all receivers have run, here or elsewhere; return the names of the others.

    A receiver that ran but is still undelivered broke its transaction; PostgreSQL silently
    turns that COMMIT into a ROLLBACK.
    """
    if _close(fact, receivers):
        return set()
    rows = dict(fact.deliveries.values_list("receiver", "delivered_at"))
    left = {name for name in {*rows, *receivers} if rows.get(name) is None}
    for turn in ran:
        if turn.name in left:
            record_failure(turn, ReceiverBrokeTransaction(BROKEN))
    return left


def _abandon_disconnected_receivers(fact: Fact) -> None:
    """Close a fact that only waits for receivers that were not connected for a long time.

    Their rows stay open, so that staff can run them, should they come back.
    """
    days = settings.STRIPE_GONE_RECEIVER_DAYS
    if days is None:
        return
    # A receiver that is connected and fails always has a next attempt within hours.
    last_due = Coalesce("next_attempt_at", "created_at")
    waiting = fact.deliveries.filter(delivered_at=None).annotate(last_due=last_due)
    if waiting.filter(last_due__gt=clock.now() - timedelta(days=days)).exists():
        return
    names = ", ".join(waiting.values_list("receiver", flat=True))
    still_open = Fact.objects.filter(pk=fact.pk, announced_at=None)
    if still_open.update(announced_at=clock.now()):
        logger.warning(
            "%s is closed without %s, not connected for %d days",
            *(fact.key, names, days),
            extra={"fact": fact.key, "payment": str(fact.payment_id or "")},
        )


#: No receiver of the fact waits, not even a disconnected one, and each of these has had its turn.
HAVE_RUN = """
NOT EXISTS (SELECT 1 FROM {table} WHERE fact_id = %s AND delivered_at IS NULL)
AND (SELECT COUNT(*) FROM {table} WHERE fact_id = %s AND receiver IN ({names})) = %s
"""


def _close(fact: Fact, receivers: Receivers) -> bool:
    """Note that nothing is left to announce, and return True, if each of these receivers has run.

    With Exists() in a filter, an event with one receiver takes 1.27 times as long (PostgreSQL with
    fsync on).
    """
    now, is_open = clock.now(), {"pk": fact.pk, "announced_at": None}
    condition = _have_run(router.db_for_write(Fact), max(len(receivers), 1))
    values = [fact.pk, fact.pk, *(receivers or [""]), len(receivers)]
    return bool(statements.update(Fact, {"announced_at": now}, is_open, condition, values))


@lru_cache(maxsize=32)
def _have_run(using: str, number: int) -> str:
    table = connections[using].ops.quote_name(ReceiverDelivery._meta.db_table)
    return HAVE_RUN.format(table=table, names=", ".join(["%s"] * number))

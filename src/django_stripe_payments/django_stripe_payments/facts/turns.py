"""One receiver's turn at one fact: the receiver's writes and the mark "delivered" commit together.

The mark is inserted before the receiver runs, in the same transaction. It is unique per fact and
receiver, so that a second process that takes the same turn waits for this transaction: after a
commit it finds the mark and leaves, after a rollback it takes the turn itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from .. import clock, logs
from ..conf import settings
from ..database import statements
from ..exceptions import ReceiverBrokeTransaction
from ..logs.redaction import redacted_traceback
from ..models import Fact, ReceiverDelivery
from ..signals.base import Receiver
from . import kinds
from . import store as fact_store

logger = logging.getLogger(__name__)

BROKEN = (
    "The receiver ended or broke its transaction, so that nothing of it was kept: wrap what may "
    "fail in an atomic() block of its own, and don't close the connection."
)

#: Kept as the error of an attempt that is being made, until it has ended otherwise.
DIED = "The process that ran the receiver ended or was killed before the receiver was done."

#: Characters of a traceback that are kept; its end names the cause.
MAX_ERROR = 20_000


@dataclass(frozen=True, slots=True)
class Turn:
    """A receiver and a fact.

    ``row`` is the delivery as it was read, None if there was none. ``is_noted`` says that the
    attempt to come is already counted in it, and that ``error_before`` was its last error.
    """

    fact: Fact
    name: str
    receiver: Receiver
    row: ReceiverDelivery | None = None
    is_noted: bool = False
    error_before: str = ""

    @property
    def attempts(self) -> int:
        """How many attempts were noted, as far as this process knows."""
        return self.row.attempts if self.row is not None else 0

    @property
    def is_open(self) -> bool:
        """Whether the receiver has not run yet, as far as this process knows."""
        return self.row is None or self.row.delivered_at is None

    @property
    def is_due(self) -> bool:
        """Whether the receiver has not failed, or its next attempt may be made now."""
        due = self.row.next_attempt_at if self.row is not None else None
        return due is None or due <= clock.now()

    @property
    def log_keys(self) -> dict[str, str]:
        """How a line of the log names the turn: see ``logs.KEYS``."""
        payment = str(self.fact.payment_id or "")
        return {"fact": self.fact.key, "receiver": self.name, "payment": payment}


def take(turn: Turn, *, wait: bool = True, close: Callable[[], None] | None = None) -> bool:
    """Run the receiver unless it has run; return whether it ran to its end here.

    Args:
        turn: the receiver, and the fact that it hears of.
        wait: False leaves a receiver that runs in another process at this moment to that
            process, where the database can tell (PostgreSQL, MariaDB).
        close: what is written after the receiver has run, in the same transaction.
    """
    with logs.log_context(**turn.log_keys):
        try:
            return _run(turn, wait, close)
        # A receiver must not be able to end the process that other receivers wait for.
        except (Exception, SystemExit) as error:
            record_failure(turn, error)
            return False


def note_attempt(turn: Turn) -> Turn | None:
    """Commit that the receiver is about to be tried, as if it had failed; return the turn to take.

    None means that another process noted its own attempt meanwhile. If the receiver kills this
    process, what remains is a failed attempt with a time for the next.
    """
    values = {"next_attempt_at": clock.now() + retry_delay(turn.attempts + 1)}
    if turn.row is None:
        row = _row(turn, attempts=1, last_error=DIED, **values)
        return replace(turn, row=row, is_noted=True) if statements.insert(row) else None
    unchanged = _open_rows(turn).filter(attempts=turn.row.attempts)
    if not unchanged.update(attempts=F("attempts") + 1, last_error=DIED, **values):
        return None
    turn.row.attempts += 1
    return replace(turn, is_noted=True, error_before=turn.row.last_error)


def record_failure(turn: Turn, error: BaseException) -> None:
    """Note that the receiver failed and when it may try again; one that has run stays so."""
    text = redacted_traceback(error)[-MAX_ERROR:]
    logger.error(
        "Receiver %s failed at %s\n%s", turn.name, turn.fact.key, text, extra=turn.log_keys
    )
    more = 0 if turn.is_noted else 1
    failure = {
        "last_error": text,
        "next_attempt_at": clock.now() + retry_delay(turn.attempts + more),
    }
    if turn.row is None and statements.insert(_row(turn, attempts=1, **failure)):
        return
    _open_rows(turn).update(attempts=F("attempts") + more, **failure)


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts (1 or more)."""
    delays = settings.STRIPE_RETRY_DELAYS
    return timedelta(seconds=delays[min(attempts, len(delays)) - 1])


def _run(turn: Turn, wait: bool, close: Callable[[], None] | None) -> bool:
    fact, kind = turn.fact, kinds.registered()[turn.fact.kind]
    with transaction.atomic():
        if not (_lock(fact, wait) and _mark(turn)):
            return False
        kind.signal.call(turn.receiver, kind.subject, **fact_store.arguments(fact, kind))
        if connection.needs_rollback:
            raise ReceiverBrokeTransaction(BROKEN)
        if close is not None:
            close()
    # A transaction that was broken past Django is rolled back unseen: see announce._settle().
    return True


def _lock(fact: Fact, wait: bool) -> bool:
    """Lock the fact's row until the transaction ends; return False if another process has it.

    A new fact of an event needs no lock: the event's lease keeps other processes away, and the
    unique mark decides where it does not. MariaDB locks the fact in any case as soon as the
    mark refers to it, shared; two that want to close it later would be in a deadlock.
    """
    features = connection.features
    if not features.has_select_for_update:
        return True
    if fact.is_fresh and features.can_defer_constraint_checks:
        return True
    skip = not wait and features.has_select_for_update_skip_locked
    return Fact.objects.filter(pk=fact.pk).select_for_update(skip_locked=skip).exists()


def _mark(turn: Turn) -> bool:
    """Note that the receiver has had its turn; return False if it had it before."""
    now = clock.now()
    if turn.row is None and statements.insert(_row(turn, attempts=1, delivered_at=now)):
        return True
    more = 0 if turn.is_noted else 1
    changes: dict[str, Any] = {"attempts": F("attempts") + more, "next_attempt_at": None}
    if turn.is_noted:
        changes["last_error"] = turn.error_before
    marked = _open_rows(turn).update(delivered_at=now, **changes)
    return bool(marked)


def _row(turn: Turn, **values: Any) -> ReceiverDelivery:
    return ReceiverDelivery(fact=turn.fact, receiver=turn.name, **values)


def _open_rows(turn: Turn) -> QuerySet[ReceiverDelivery]:
    return ReceiverDelivery.objects.filter(fact=turn.fact, receiver=turn.name, delivered_at=None)

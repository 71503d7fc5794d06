"""ANNOUNCE: call each receiver of a fact once, in a transaction of its own.

The mark "delivered" is the first statement of the transaction in which the receiver runs, so
it commits together with what the receiver writes. It also locks the delivery's row: a second
process that wants the same turn waits, sees the mark, and leaves.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import audit, logs
from ..conf import settings
from ..database import statements
from ..exceptions import ReceiverBrokeTransaction, ReplayFailed
from ..logs.redaction import redact_text
from ..models import Fact, ReceiverDelivery
from ..signals.base import Receiver
from . import store as fact_store

logger = logging.getLogger(__name__)

BROKEN = (
    "The receiver ended or broke its transaction, so that nothing of it was kept: wrap what may "
    "fail in an atomic() block of its own, and don't close the connection."
)

#: Characters of a traceback that are kept; its end names the cause.
MAX_ERROR = 20_000


def announce(pending: Iterable[Fact], *, only_due: bool = False) -> bool:
    """Give every receiver of every pending fact its turn; return whether all have had it.

    Args:
        pending: facts that are not announced yet.
        only_due: leave receivers that failed alone until their next attempt is due.
    """
    # All of them get their turn before anything is said about how it went.
    outcomes = [_announce_one(fact, only_due=only_due) for fact in pending]
    return all(outcomes)


def pending_facts() -> QuerySet[Fact]:
    """Return the facts that are still to be announced, oldest first, and whether any was begun."""
    met = Exists(ReceiverDelivery.objects.filter(fact=OuterRef("pk")))
    return Fact.objects.filter(announced_at=None).annotate(has_deliveries=met).order_by("id")


def pending_facts_of(payment_id: UUID) -> list[Fact]:
    """Return what is still to be announced about a payment, oldest first."""
    return list(pending_facts().filter(payment_id=payment_id))


def pending_facts_named(keys: Iterable[str]) -> list[Fact]:
    """Return which of the facts with these keys are still to be announced, oldest first."""
    return list(pending_facts().filter(key__in=list(keys)))


def deliver(delivery: ReceiverDelivery, receiver: Receiver, *, wait: bool = True) -> bool:
    """Run one receiver unless it has had its turn; return whether it ran to its end here.

    Without ``wait``, a receiver that runs in another process at this moment is left to it,
    where the database can tell (PostgreSQL, MariaDB).
    """
    fact = delivery.fact
    payment = str(fact.payment_id or "")
    with logs.log_context(fact=fact.key, receiver=delivery.receiver, payment=payment):
        try:
            return _run(delivery, receiver, wait=wait)
        # A receiver must not be able to end the process that other receivers wait for.
        except (Exception, SystemExit) as error:
            _record_failure(delivery, error)
            return False


def replay(delivery: ReceiverDelivery) -> None:
    """Run one receiver again for its fact, whether it ran before or not, and no other.

    Raises ReplayFailed if it is not connected or fails; the failure is recorded as ever.
    """
    fact = delivery.fact
    receiver = fact_store.receivers(fact.kind).get(delivery.receiver)
    if receiver is None:
        raise ReplayFailed(_("%s is no longer connected.") % delivery.receiver)
    ReceiverDelivery.objects.filter(pk=delivery.pk).update(delivered_at=None)
    Fact.objects.filter(pk=fact.pk).update(announced_at=None)
    audit.record("receiver.replayed", delivery, receiver=delivery.receiver, fact=fact.key)
    ran = deliver(delivery, receiver)
    if delivery.receiver in _settle(fact, [delivery] if ran else []):
        raise ReplayFailed(
            _("%s failed again. The delivery has the traceback.") % delivery.receiver
        )


def retry_delay(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts (1 or more)."""
    delays = settings.STRIPE_RETRY_DELAYS
    return timedelta(seconds=delays[min(attempts, len(delays)) - 1])


def _announce_one(fact: Fact, *, only_due: bool) -> bool:
    if (
        fact.kind in fact_store.FACTS_OF_ATTEMPTS
        and fact.payment is not None
        and fact.payment.is_final
    ):
        # A receiver failed, and by now the payment is over: nobody wants to hear of it.
        Fact.objects.filter(pk=fact.pk).update(overtaken=True, announced_at=timezone.now())
        return True
    receivers = fact_store.receivers(fact.kind)
    due = [row for row in _deliveries(fact, receivers) if _is_open(row, only_due)]
    # A page that somebody looks at does not wait for a slow receiver elsewhere.
    ran = [row for row in due if deliver(row, receivers[row.receiver], wait=not only_due)]
    waiting = _settle(fact, ran)
    if waiting & receivers.keys():
        return False
    if waiting:
        _give_up_the_gone(fact)
    return True


def _settle(fact: Fact, ran: Iterable[ReceiverDelivery]) -> set[str]:
    """Close the fact if nobody waits for it, whoever delivered the last one; return who waits.

    Who ran just now and waits all the same ended or broke the transaction: a COMMIT after a
    swallowed error is a ROLLBACK on PostgreSQL, and nobody is told.
    """
    waiting = ReceiverDelivery.objects.filter(fact=OuterRef("pk"), delivered_at=None)
    if _close(fact, Fact.objects.filter(~Exists(waiting))):
        return set()
    names = set(fact.deliveries.filter(delivered_at=None).values_list("receiver", flat=True))
    for row in ran:
        if row.receiver in names:
            _record_failure(row, ReceiverBrokeTransaction(BROKEN))
    return names


def _give_up_the_gone(fact: Fact) -> None:
    """Close a fact for which only receivers wait that were not connected for a long time.

    Their rows stay open, so that staff can run them, should they come back.
    """
    days = settings.STRIPE_GONE_RECEIVER_DAYS
    if days is None:
        return
    # A receiver that is connected and fails always has a next attempt within hours.
    lately = Coalesce("next_attempt_at", "created_at")
    waiting = fact.deliveries.filter(delivered_at=None).annotate(lately=lately)
    if waiting.filter(lately__gt=timezone.now() - timedelta(days=days)).exists():
        return
    names = ", ".join(waiting.values_list("receiver", flat=True))
    if _close(fact, Fact.objects.all()):
        logger.warning(
            "%s is closed without %s, not connected for %d days",
            *(fact.key, names, days),
            extra={"fact": fact.key, "payment": str(fact.payment_id or "")},
        )


def _close(fact: Fact, candidates: QuerySet[Fact]) -> bool:
    """Note that nothing is left to announce, if the fact is a candidate; return whether it was."""
    mine = candidates.filter(pk=fact.pk, announced_at=None)
    return bool(mine.update(announced_at=timezone.now()))


def _deliveries(fact: Fact, receivers: dict[str, Receiver]) -> list[ReceiverDelivery]:
    """Return a row for each receiver, made when the receiver first meets the fact."""
    rows = _rows_of(fact) if getattr(fact, "has_deliveries", True) else {}
    missing = {
        name: ReceiverDelivery(fact=fact, receiver=name) for name in receivers if name not in rows
    }
    if missing:
        rows = rows | missing if statements.insert(*missing.values()) else _rows_of(fact)
    return [rows[name] for name in receivers]


def _rows_of(fact: Fact) -> dict[str, ReceiverDelivery]:
    return {row.receiver: row for row in fact.deliveries.all()}


def _is_open(delivery: ReceiverDelivery, only_due: bool) -> bool:
    if delivery.delivered_at is not None:
        return False
    due = delivery.next_attempt_at
    return not only_due or due is None or due <= timezone.now()


def _run(delivery: ReceiverDelivery, receiver: Receiver, *, wait: bool) -> bool:
    fact = delivery.fact
    open_turn = ReceiverDelivery.objects.filter(pk=delivery.pk, delivered_at=None)
    with transaction.atomic():
        if not wait and _is_taken(open_turn):
            return False
        mine = open_turn.update(
            delivered_at=timezone.now(), attempts=F("attempts") + 1, next_attempt_at=None
        )
        if not mine:
            return False
        kind = fact_store.KINDS[fact.kind]
        kind.signal.call(receiver, fact_store.sender(fact.kind), **fact_store.arguments(fact))
    # It may have broken the transaction unseen, so that nothing was committed: see _settle().
    return True


def _is_taken(open_turn: QuerySet[ReceiverDelivery]) -> bool:
    if not connection.features.has_select_for_update_skip_locked:
        return False
    return not open_turn.select_for_update(skip_locked=True).exists()


def _record_failure(delivery: ReceiverDelivery, error: BaseException) -> None:
    text = redact_text("".join(traceback.format_exception(error)))[-MAX_ERROR:]
    logger.error(
        "Receiver %s failed at %s\n%s",
        delivery.receiver,
        delivery.fact.key,
        text,
        extra={
            "fact": delivery.fact.key,
            "receiver": delivery.receiver,
            "payment": str(delivery.fact.payment_id or ""),
        },
    )
    ReceiverDelivery.objects.filter(pk=delivery.pk, delivered_at=None).update(
        attempts=F("attempts") + 1,
        last_error=text,
        next_attempt_at=timezone.now() + retry_delay(delivery.attempts + 1),
    )

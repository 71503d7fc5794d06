"""Take a stored event through APPLY and ANNOUNCE, from wherever it was left.

Only this module writes the event's row. A new event of a payment with one receiver commits twice
after it was stored: the payment, its facts and ``applied_at``; then the receiver's writes, its
mark, ``announced_at`` and ``finished_at``.
"""

import logging
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import router
from django.db.models import F
from django.utils.module_loading import import_string

from .. import audit, clock, logs
from ..conf import settings
from ..database import statements
from ..database.transactions import after_rollback, in_own_transaction, own_transaction
from ..exceptions import NotAccessible, TransactionRequired
from ..facts import store as fact_store
from ..facts.announce import announce, pending_facts
from ..facts.store import Written
from ..facts.turns import MAX_ERROR, retry_delay
from ..logs.redaction import redact_text, redacted_traceback
from ..models import Fact, WebhookEvent
from ..stripe_api.lookup import intent_id
from . import lease, registry, thin
from .handler import WebhookHandler

logger = logging.getLogger(__name__)

#: With the delays of STRIPE_RETRY_DELAYS more than a day: time to deploy a fix.
MAX_ATTEMPTS = 10

#: What the types of events about a payment begin with: the payment leads to all of their facts.
OF_PAYMENTS = ("payment_intent.", "charge.", "refund.")


def get_handler() -> WebhookHandler:
    """Return the handler that STRIPE_WEBHOOK_HANDLER names."""
    handler: WebhookHandler = import_string(settings.STRIPE_WEBHOOK_HANDLER)()
    return handler


def event_types() -> frozenset[str]:
    """Return the types of this account's events that are applied here, the site's own included."""
    return frozenset(get_handler().handlers) | registry.registered_types()


def process_event(
    event: WebhookEvent, *, only_due: bool = False, is_leased: bool = False, patience: float = 0.0
) -> bool:
    """Do what is still to be done for an event; return whether repeating it would be of no use.

    That is when all of it is done, or when it is invalid, so that no retry can succeed: then it
    is left unfinished, for a person to see and for the sweep to try now and then.

    Never raises for what a retry can fix: the error is kept on the row, and Stripe's next
    delivery or the sweep resumes from there.

    Args:
        event: the stored row.
        only_due: leave receivers that failed alone until their next attempt is due.
        is_leased: the row was just stored by this process, with a lease.
        patience: for how many seconds to wait for another process that works on the event.
    """
    with logs.log_context(event=event.stripe_id, stripe_request_id=event.request_id):
        try:
            if not is_leased and not lease.take(event, patience=patience):
                return event.finished_at is not None
            todo = _apply(event) if event.applied_at is None else _open_facts(event)
            if event.finished_at is None:
                _finish(event, todo, only_due=only_due)
        # A site's handler must not be able to end the process that other events wait for.
        except (Exception, SystemExit) as error:
            _record_failure(event, error)
            return _is_hopeless(event, error)
    return event.finished_at is not None


def _apply(event: WebhookEvent) -> list[Fact]:
    """Let the handler apply the event; return the facts that are to be announced then."""
    handler = get_handler()
    with fact_store.collecting() as written:
        marking = _Marking(event, written)
        functions = registry.handlers_of(event)
        marking.is_handled = bool(functions) or handler.method_for(event) is not None
        if _is_wanted(event, is_handled=marking.is_handled):
            # What a site's own method does after ours is done again if it raises half-way.
            is_last = not functions and handler.applies_as_shipped(event)
            handler.commit_with = marking.mark if is_last else None
            try:
                handler.handle_event(event)
                with audit.acting(replace(audit.current_actor(), source="webhook")):
                    registry.run(functions, event, marking.mark)
            except NotAccessible as error:
                # Every repetition would be refused as well; the reconciliation lists objects.
                logger.warning("%s: %s", event, error, extra={"event": event.stripe_id})
                marking.refusal = redact_text(f"Stripe refused, so nothing was applied: {error}")
        if not marking.is_done:
            with own_transaction():
                marking.mark()
    event.applied_at, event.finished_at = marking.applied_at, marking.finished_at
    return marking.todo


def _is_wanted(event: WebhookEvent, *, is_handled: bool) -> bool:
    """Whether anything is to be applied; a thin event is completed first."""
    if not event.is_thin or event.account:
        return True
    # Of a type that nothing handles, all that matters is whether its snapshot was signaled.
    if not is_handled and not fact_store.receivers("webhook_received"):
        return True
    is_over = thin.complete(event, with_object=is_handled)
    return not is_over


class _Marking:
    """Writes that an event was applied, in the transaction in which that is true."""

    def __init__(self, event: WebhookEvent, written: Written) -> None:
        self.event, self.written = event, written
        self.is_done = False
        #: Whether any method or function applies events of this type.
        self.is_handled = True
        #: Why nothing was applied, though the event is finished.
        self.refusal = ""
        self.applied_at: datetime | None = None
        self.finished_at: datetime | None = None
        self.todo: list[Fact] = []

    def mark(self) -> None:
        """Write ``applied_at``, and ``finished_at`` too if there is nothing to announce.

        Raises TransactionRequired outside an ``own_transaction()``.
        """
        if not in_own_transaction():
            raise TransactionRequired
        if self.is_done:
            return
        after_rollback(self._undo)
        # An event that says nothing new finishes what is still to be announced of its objects.
        is_news = bool(self.written.facts)
        _add_received_fact(self.event)
        is_news = is_news and self.written.are_new
        self.todo = self.written.open_facts if is_news else _open_facts(self.event)
        self.applied_at = clock.now()
        self.finished_at = None if self.todo else self.applied_at
        done: dict[str, Any] = {"applied_at": self.applied_at, "finished_at": self.finished_at}
        if not self.is_handled:
            done["unhandled"] = True
        if self.refusal:
            done["last_error"] = self.refusal[:MAX_ERROR]
        statements.update(WebhookEvent, done, {"pk": self.event.pk})
        self.is_done = True

    def _undo(self) -> None:
        self.is_done, self.todo = False, []
        self.applied_at = self.finished_at = None


def _open_facts(event: WebhookEvent) -> list[Fact]:
    return _pending_facts(event) if fact_store.anybody_listens() else []


def _finish(event: WebhookEvent, todo: list[Fact], *, only_due: bool) -> None:
    now = clock.now()

    def finish() -> None:
        done = {"finished_at": now, "next_attempt_at": None}
        statements.update(WebhookEvent, done, {"pk": event.pk})

    # After a failure or a death, each receiver's attempt is noted before it is made.
    if announce(todo, only_due=only_due, note_first=event.attempts > 0, finish=finish):
        event.finished_at = now
    else:
        # A copy that comes next need not wait: it tries what failed once more.
        WebhookEvent.objects.filter(pk=event.pk).update(leased_until=None)


def _add_received_fact(event: WebhookEvent) -> None:
    if fact_store.receivers("webhook_received"):
        fact = fact_store.make("webhook_received", event, event=event)
        # The snapshot event and the thin event of one change are received once.
        fact.key = f"webhook_received:{event.change_id}"[:255]
        fact_store.store([fact], are_fresh=True)


def _pending_facts(event: WebhookEvent) -> list[Fact]:
    """Return what the event's objects still have to announce, wherever the news came from first.

    A fact that the success page found, and whose receiver failed, is finished by the event
    that says the same: on a site without workers nothing else comes back to it. A charge, a
    refund and a dispute name the intent whose payment they are about; every other object is found
    by its own id.
    """
    wanted = {"event_id": event.pk, "payment__stripe_id": intent_id(event.data_object)}
    if event.snapshot_type.startswith("payment_intent."):
        wanted["payment__stripe_id"] = event.object_id
    elif not event.snapshot_type.startswith(OF_PAYMENTS):
        wanted["object_id"] = event.object_id
    wanted = {column: value for column, value in wanted.items() if value}
    using = router.db_for_write(Fact)
    sql, params = _pending_statement(using, tuple(wanted))
    values = [value for column, value in wanted.items() for value in (*params, value)]
    return list(Fact.objects.using(using).raw(sql, values))


@lru_cache(maxsize=32)
def _pending_statement(using: str, columns: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the SELECT of pending facts by these columns, and what precedes each one's value.

    One SELECT for each index, in one statement: an OR over the joins would make the database
    read every fact that is still to be announced, and with a backlog that is all of them.

    Made once: with QuerySet.union(), an event that says nothing new takes 1.3 to 1.5 times as
    long, and with a union of the keys alone 1.12 to 1.14 times (PostgreSQL with fsync on).
    """
    selects = []
    for column in columns:
        rows = pending_facts().using(using).filter(**{column: 0}).order_by()
        sql, (*params, _value) = rows.query.get_compiler(using).as_sql()
        selects.append(sql)
    return f"{' UNION '.join(selects)} ORDER BY 1", tuple(params)


def _is_hopeless(event: WebhookEvent, error: BaseException) -> bool:
    """Whether the event itself seems to be invalid, after so many tries."""
    is_invalid = isinstance(error, KeyError | TypeError | ValueError | AttributeError)
    return is_invalid and event.applied_at is None and event.attempts + 1 >= MAX_ATTEMPTS


def _record_failure(event: WebhookEvent, error: BaseException) -> None:
    text = redacted_traceback(error)[-MAX_ERROR:]
    logger.error("%s failed\n%s", event, text, extra={"event": event.stripe_id})
    WebhookEvent.objects.filter(pk=event.pk).update(
        attempts=F("attempts") + 1,
        leased_until=None,
        last_error=text,
        next_attempt_at=clock.now() + retry_delay(event.attempts + 1),
    )

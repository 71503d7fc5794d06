"""Take a stored event through APPLY and ANNOUNCE, from wherever it was left."""

import logging
import traceback
from functools import lru_cache
from typing import Any

from django.db import router
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from .. import logs
from ..conf import settings
from ..database import statements
from ..facts import store as fact_store
from ..facts.announce import MAX_ERROR, announce, pending_facts, retry_delay
from ..logs.redaction import redact_text
from ..models import Fact, WebhookEvent
from ..stripe_api.lookup import intent_id
from . import thin
from .handler import WebhookHandler

logger = logging.getLogger(__name__)

#: With the delays of STRIPE_RETRY_DELAYS more than a day: time to deploy a mend.
MAX_ATTEMPTS = 10

#: What the name of an event's type begins with → where a fact names the object of such an event.
COLUMNS = {
    "payment_intent": "payment__stripe_id",
    "payment_method": "payment_method__stripe_id",
    "customer": "customer__stripe_id",
    "payout": "payout__stripe_id",
}


def get_handler() -> WebhookHandler:
    """Return the handler that STRIPE_WEBHOOK_HANDLER names."""
    handler: WebhookHandler = import_string(settings.STRIPE_WEBHOOK_HANDLER)()
    return handler


def process_event(event: WebhookEvent, *, only_due: bool = False) -> bool:
    """Do what is still to be done for an event; return whether repeating it would be of no use.

    That is when all of it is done, or when it is nonsense that no retry can mend: then it is
    left unfinished, for a person to see and for the sweep to try now and then.

    With ``only_due``, receivers that failed are left alone until their next attempt is due.

    Never raises for what a retry can mend: the error is kept on the row, and Stripe's next
    delivery or the sweep goes on from there.
    """
    with logs.log_context(event=event.stripe_id, stripe_request_id=event.request_id):
        try:
            if event.applied_at is None:
                _apply(event)
            if event.finished_at is None:
                _finish(event, only_due=only_due)
        except Exception as error:
            _record_failure(event, error)
            return _is_hopeless(event, error)
    return event.finished_at is not None


def _apply(event: WebhookEvent) -> None:
    handler = get_handler()
    if event.is_thin and not event.account:
        wanted = handler.method_for(event) is not None
        # Of a type that nothing handles, all that matters is whether its snapshot was signalled.
        if wanted or fact_store.receivers("webhook_received"):
            is_over = thin.complete(event, with_object=wanted)
            if is_over:
                handler.mark_applied(event)
                return
    handler.handle_event(event)


def _finish(event: WebhookEvent, *, only_due: bool) -> None:
    _add_received_fact(event)
    if announce(_pending_facts(event), only_due=only_due):
        event.finished_at = timezone.now()
        done = {"finished_at": event.finished_at, "next_attempt_at": None}
        statements.update(WebhookEvent, done, id=event.pk)


def _add_received_fact(event: WebhookEvent) -> None:
    if fact_store.receivers("webhook_received"):
        fact = fact_store.make("webhook_received", event=event)
        # The snapshot event and the thin event of one change are received once.
        fact.key = f"webhook_received:{event.change_id}"[:255]
        fact_store.store([fact])


def _pending_facts(event: WebhookEvent) -> list[Fact]:
    """Return what the event's objects still have to announce, whoever brought the news first.

    A fact that the success page found, and whose receiver failed, is finished by the event
    that says the same: on a site without workers nothing else comes back to it. A charge, a
    refund and a dispute name the intent whose payment they are about.
    """
    wanted = {"event_id": event.pk, "payment__stripe_id": intent_id(event.data_object)}
    if column := COLUMNS.get(event.snapshot_type.partition(".")[0]):
        wanted[column] = event.object_id
    wanted = {column: value for column, value in wanted.items() if value}
    using = router.db_for_write(Fact)
    sql, params = _pending_statement(using, tuple(wanted))
    values = [value for column, value in wanted.items() for value in (*params, value)]
    return list(Fact.objects.using(using).raw(sql, values))


@lru_cache(maxsize=32)
def _pending_statement(using: str, columns: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return the SELECT of pending facts by these columns, and what precedes each one's value.

    One SELECT for each index, in one statement: an OR over the joins would make the database
    read every fact that is still to be announced, and with a backlog that is all of them. Made
    once, because the ORM takes ten times as long to put it together as the database to answer.
    """
    selects = []
    for column in columns:
        rows = pending_facts().using(using).filter(**{column: 0}).order_by()
        sql, (*params, _value) = rows.query.get_compiler(using).as_sql()
        selects.append(sql)
    return f"{' UNION '.join(selects)} ORDER BY 1", tuple(params)


def _is_hopeless(event: WebhookEvent, error: Exception) -> bool:
    """Whether the event itself seems to be nonsense, after so many tries."""
    nonsense = isinstance(error, KeyError | TypeError | ValueError | AttributeError)
    return nonsense and event.applied_at is None and event.attempts + 1 >= MAX_ATTEMPTS


def _record_failure(event: WebhookEvent, error: Exception) -> None:
    text = redact_text("".join(traceback.format_exception(error)))[-MAX_ERROR:]
    logger.error("%s failed\n%s", event, text, extra={"event": event.stripe_id})
    WebhookEvent.objects.filter(pk=event.pk).update(
        attempts=F("attempts") + 1,
        last_error=text,
        next_attempt_at=timezone.now() + retry_delay(event.attempts + 1),
    )

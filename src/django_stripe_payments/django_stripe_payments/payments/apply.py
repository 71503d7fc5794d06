"""APPLY: the one way in which news of a payment reaches the database.

All news (from a webhook, the success page, an admin, the reconciler) comes through
``apply``. The write is one short transaction, and never talks to Stripe: what has to
be fetched is fetched before, and thrown away if another process wrote in the meantime.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from .. import audit, participants
from ..balance import charges
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..facts import kinds
from ..facts import store as fact_store
from ..models import Fact, Payment, WebhookEvent
from ..stripe_api.client import get_client, translated_errors
from . import moments
from . import state as payment_state
from .state import Intent

logger = logging.getLogger(__name__)

MISMATCH = "Amount or currency at Stripe differ from this payment's."


def fetch(stripe_id: str) -> Intent:
    """Return the payment intent as Stripe knows it now, as a plain dict with its latest charge."""
    with translated_errors():
        params: Any = {"expand": ["latest_charge"]}
        found = get_client().v1.payment_intents.retrieve(stripe_id, params)
        intent: Intent = found.to_dict(for_json=True)
    return intent


def apply(
    payment: Payment,
    *,
    news: Intent | None = None,
    event: WebhookEvent | None = None,
    commit_with: Callable[[], None] | None = None,
) -> Payment:
    """Bring ``payment`` and its facts up to date, and return the row as it is then.

    Args:
        payment: the row; its ``stripe_id`` is known.
        news: the intent as an event described it. Final news is applied as it is; for any
            other, and without news, the intent is fetched.
        event: what brought the news; its facts name it.
        commit_with: called in the transaction that writes, if anything is to be written.

    Raises:
        StripeUnavailable: the intent had to be fetched, and Stripe did not answer.
        ConcurrentUpdate: other processes kept winning.
    """
    for _ in range(MAX_TRIES):
        current = _current_intent(payment, news)
        different = (news, None if current is news else current)
        sources = [intent for intent in different if intent]
        if _write(payment, current, sources, event, commit_with):
            return payment
        payment.refresh_from_db()
    msg = f"Payment {payment.pk} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(payment: Payment, current: Intent) -> bool:
    """Whether the row says what the intent says, as it was read just now, and its facts are known.

    A row that is stronger than the intent, and one that waits for a person's look at a
    mismatch, count as current: nothing that is written here would change them.
    """
    if _changes(payment, current):
        return False
    status = payment_state.next_status(payment.status, current["status"])
    held = payment.review_reason == MISMATCH
    return held or not fact_store.any_unknown(_facts(payment, status, [current], None))


def contradicts(payment: Payment, current: Intent) -> bool:
    """Whether row and intent differ in a way that only a person can judge."""
    same_sum = (current["amount"], current["currency"]) == (payment.amount, payment.currency)
    return not same_sum or (payment.is_final and payment.status != current["status"])


def _current_intent(payment: Payment, news: Intent | None) -> Intent | None:
    """Return what may be written: final news, or the intent as it is now."""
    if news is not None and payment_state.is_final(news["status"]):
        return news
    # Nothing unfinal can change a final row, so there is nothing to ask for.
    if payment.is_final:
        return None
    current = fetch(payment.intent_id)
    if isinstance(charge := current.get("latest_charge"), Mapping):
        charges.apply(charge, payment)
        moments.settle(payment, str(charge["id"]))
    return current


def _write(
    payment: Payment,
    current: Intent | None,
    sources: Sequence[Intent],
    event: WebhookEvent | None,
    commit_with: Callable[[], None] | None,
) -> bool:
    """Write state and facts together; return False if the row moved on."""
    changes = _changes(payment, current, event)
    status = changes.get("status", payment.status)
    new = (
        []
        if MISMATCH in (payment.review_reason, changes.get("review_reason"))
        else _facts(payment, status, sources, event)
    )
    if not changes and not fact_store.any_unknown(new):
        moments.note_event(payment, event)
        return True
    with own_transaction():
        if not _save(payment, changes):
            return False
        fact_store.store(new, are_fresh=True)
        if commit_with is not None:
            commit_with()
    return True


def _changes(
    payment: Payment, current: Intent | None, event: WebhookEvent | None = None
) -> dict[str, Any]:
    """Return the columns that ``current`` changes: none if the row is stronger or the same."""
    if current is None:
        return {}
    if (current["amount"], current["currency"]) != (payment.amount, payment.currency):
        # The intent was changed at Stripe. It is not what was sold here, so no
        # receiver learns that it was paid until a person has looked.
        logger.error(
            "%s at Stripe is not payment %s", current["id"], payment.pk, extra=_named(payment)
        )
        return {"review_reason": MISMATCH} if payment.review_reason != MISMATCH else {}
    if payment_state.next_status(payment.status, current["status"]) != current["status"]:
        return {}
    fields = payment_state.fields_of(current)
    changes = {name: value for name, value in fields.items() if getattr(payment, name) != value}
    if payment.checkout_key and current["status"] not in Payment.OPEN_STATUSES:
        changes |= {"checkout_key": None, "checkout_request": ""}
    if "status" in changes:
        changes |= moments.of_status(payment, current, event)
    return changes


def _facts(
    payment: Payment, status: str, sources: Sequence[Intent], event: WebhookEvent | None
) -> list[Fact]:
    stated = dict.fromkeys(fact for intent in sources for fact in payment_state.facts_of(intent))
    made = [fact_store.make(fact.kind, payment, event=event, detail=fact.detail) for fact in stated]
    for fact in made:
        fact.overtaken = payment_state.is_final(status) and fact.kind in kinds.OF_ATTEMPTS
    return made


def _save(payment: Payment, changes: dict[str, Any]) -> bool:
    """Write the changes unless the row has changed since it was read; return whether it wrote."""
    before = payment.status
    if not compare_and_set(payment, changes):
        return False
    if payment.status != before:
        _record_status_change(payment, before, frozenset(changes))
    if changes:
        participants.notify(lambda each: each.payment_changed(payment, before, changes))
    return True


def _record_status_change(payment: Payment, before: str, changed: frozenset[str]) -> None:
    """Do what belongs to a change of status: post_save, an audit entry, a line in the log."""
    if post_save.has_listeners(Payment):  # without one, a savepoint would protect nothing
        _send_post_save(payment, changed)
    audit.record(f"payment.{payment.status}", payment, before=before)
    logger.info(
        "Payment %s: %s → %s",
        payment.pk,
        before,
        payment.status,
        extra=_named(payment),
    )


def _send_post_save(payment: Payment, changed: frozenset[str]) -> None:
    """Send what update() does not send: sites connect to post_save, and it comes once per status.

    A receiver that raises is undone and logged; the payment's state stands all the same. Only
    receivers of our own signals are tried again.
    """
    try:
        with transaction.atomic():
            post_save.send(
                sender=Payment,
                instance=payment,
                created=False,
                update_fields=changed,
                raw=False,
                using=payment._state.db,
            )
    except Exception as error:
        logger.error(
            "A post_save receiver of payment %s failed: %r",
            payment.pk,
            error,
            extra=_named(payment),
        )


def _named(payment: Payment) -> dict[str, str]:
    """Return how a line of the log names a payment: see ``logs.KEYS``."""
    return {"payment": str(payment.pk), "payment_intent": payment.stripe_id or ""}

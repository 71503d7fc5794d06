"""APPLY for refunds: the only way in which news of a refund reaches the database.

The answer to our own call, an event, and an item of Stripe's list all go through ``apply``, so
that a refund made in Stripe's dashboard is a row like any other.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from .. import audit, clock, participants
from ..balance import apply as balance_apply
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate
from ..facts import store as fact_store
from ..models import Fact, Payment, Refund, WebhookEvent
from ..payments import apply as payment_apply
from ..payments.claims import payment_behind
from ..payments.lookup import payment_of_charge
from ..stripe_api.client import get_client, translated_errors
from ..stripe_api.lookup import id_of, intent_id
from . import balance as refund_balance
from . import state as refund_state
from .state import News

logger = logging.getLogger(__name__)

#: Metadata of our refunds that leads back to the row, should its id be lost on the way.
REFUND_KEY = "django_refund_id"


def fetch(stripe_id: str) -> News:
    """Return the refund as Stripe knows it now, as a plain dict."""
    with translated_errors():
        current: News = get_client().v1.refunds.retrieve(stripe_id).to_dict()
    return current


def sync(intent_id: str, event: WebhookEvent | None = None) -> None:
    """Apply every refund that Stripe knows of a payment intent, if it is one of ours."""
    if not Payment.objects.filter(stripe_id=intent_id).exists():
        about = {"payment_intent": intent_id}
        logger.info("%s is not a payment of ours", intent_id, extra=about)
        return
    with translated_errors():
        listed = get_client().v1.refunds.list({"payment_intent": intent_id, "limit": 100})
        refunds = [refund.to_dict() for refund in listed.auto_paging_iter()]
    for news in refunds:
        apply(news, event)


def apply(news: News, event: WebhookEvent | None = None) -> Refund | None:
    """Bring the refund that ``news`` describes up to date, and return its row.

    Returns None if it is about no payment of ours, or gives back no money (see
    ``refund_state.is_release``).

    Raises:
        StripeUnavailable: something had to be fetched, and Stripe did not answer.
        ConcurrentUpdate: other processes kept winning.
    """
    refund = _apply(news, event)
    if refund is not None and event is not None:
        for name in ("balance_transaction", "failure_balance_transaction"):
            if transaction := id_of(news.get(name)):
                balance_apply.keep(transaction)
    return refund


def _apply(news: News, event: WebhookEvent | None) -> Refund | None:
    payment = payment_behind(news)
    if payment is None:
        about = {"payment_intent": intent_id(news)}
        logger.info("Refund %s is about no payment of ours", news["id"], extra=about)
        return None
    if not payment.is_final:
        # The refund's event overtook the payment's. First the money arrives, then it goes back.
        payment_apply.apply(payment)
    for _ in range(MAX_TRIES):
        refund = _find(payment, news)
        if refund is not None and _is_settled(refund, news):
            return refund
        current = news if refund_state.is_believed(news["status"]) else fetch(str(news["id"]))
        if refund is None and _is_release(payment, current):
            return None
        refund = _write(payment, refund, current, news, event)
        if refund is not None:
            return refund
    msg = f"Refund {news['id']} was changed by others {MAX_TRIES} times in a row."
    raise ConcurrentUpdate(msg)


def is_current(refund: Refund | None, current: News) -> bool:
    """Whether our row says what Stripe says of the refund now, and its facts are known.

    A row that is stronger than what Stripe says counts as current: nothing would change it. So
    does no row at all, if the refund gives back no money.
    """
    if refund is None:
        payment = payment_of_charge(current)
        return payment is not None and _is_release(payment, current)
    return not _changes(refund, current) and _all_known(refund, refund_state.facts_of(current))


def contradicts(refund: Refund, current: News) -> bool:
    """Whether a row that is current differs all the same, which only a person can judge."""
    return refund.status != str(current["status"])


def void(refund: Refund, why: str) -> bool:
    """Store that Stripe refused a refund of ours; return whether it was still waiting."""
    with own_transaction():
        refund_balance.lock(refund.payment_id)
        waiting = Refund.objects.filter(pk=refund.pk, stripe_id=None, status=Refund.Status.PENDING)
        changes = {"status": Refund.Status.FAILED, "failure_reason": why[:255]}
        if not waiting.update(**changes, version=refund.version + 1, updated_at=clock.now()):
            return False
        refund_balance.recount(refund.payment_id)
        refund.refresh_from_db()
        fact_store.store(_facts(refund, ["refund_failed"], None))
        audit.record("refund.failed", refund, before=Refund.Status.PENDING, reason=why)
        before = Refund.Status.PENDING.value
        participants.notify(lambda each: each.refund_changed(refund, before, changes))
    return True


def _find(payment: Payment, news: News) -> Refund | None:
    """Return our row of a refund, by its id or by the id that we sent along.

    The second way is for a refund whose id never reached us: the process died, or the event
    was faster than the answer.
    """
    refunds = Refund.objects.filter(payment=payment)
    refund = refunds.filter(stripe_id=news["id"]).first()
    if refund is not None:
        return refund
    try:
        key = UUID(str((news.get("metadata") or {}).get(REFUND_KEY)))
    except ValueError:
        return None
    return refunds.filter(pk=key, stripe_id=None, amount=news["amount"]).first()


def _is_settled(refund: Refund, news: News) -> bool:
    """Whether no pending status can change the row, so that there is nothing to fetch."""
    is_final = refund.stripe_id is not None and refund_state.is_believed(refund.status)
    return is_final and not refund_state.is_believed(news["status"])


def _is_release(payment: Payment, current: News) -> bool:
    return payment.amount_received < payment.amount and refund_state.is_release(current)


def _write(
    payment: Payment, refund: Refund | None, current: News, news: News, event: WebhookEvent | None
) -> Refund | None:
    """Write row, sum, facts and audit together; return None if another process was faster."""
    changes = _changes(refund, current)
    kinds = refund_state.facts_of(news, current)
    if refund is not None and not changes and _all_known(refund, kinds):
        return refund
    with own_transaction():
        refund_balance.lock(payment.pk)
        if refund is None:
            refund = _insert(payment, current)
        elif changes:
            refund = _update(refund, changes)
        if refund is not None:
            refund_balance.recount(payment.pk)
            fact_store.store(_facts(refund, kinds, event))
    return refund


def _changes(refund: Refund | None, current: News) -> dict[str, Any]:
    """Return the columns that ``current`` changes: none if the row is stronger or the same."""
    fields = refund_state.fields_of(current)
    if refund is None:
        return fields
    # A row without Stripe's id says nothing that Stripe can't correct: we may have stored a
    # refusal while another process got a refund.
    is_at_stripe = refund.stripe_id is not None
    if (
        is_at_stripe
        and refund_state.next_status(refund.status, fields["status"]) != fields["status"]
    ):
        return {}
    return {name: value for name, value in fields.items() if getattr(refund, name) != value}


def _insert(payment: Payment, current: News) -> Refund | None:
    """Create the row of a refund that was made elsewhere; None if there is one by now."""
    if Refund.objects.filter(stripe_id=current["id"]).exists():
        return None
    refund = Refund.objects.create(
        payment=payment,
        amount=current["amount"],
        currency=current["currency"],
        reason=current.get("reason") or "",
        account=payment.account,
        livemode=payment.livemode,
        **refund_state.fields_of(current),
    )
    audit.record(
        "refund.found", refund, stripe_id=refund.stripe_id, amount=refund.amount, now=refund.status
    )
    participants.notify(lambda each: each.refund_created(refund))
    return refund


def _update(refund: Refund, changes: dict[str, Any]) -> Refund | None:
    before = refund.status
    if not compare_and_set(refund, changes):
        return None
    if refund.status != before:
        audit.record(f"refund.{refund.status}", refund, before=before, stripe_id=refund.stripe_id)
        logger.info(
            "Refund %s: %s → %s",
            refund.pk,
            before,
            refund.status,
            extra={"refund": str(refund.pk), "payment": str(refund.payment_id)},
        )
    participants.notify(lambda each: each.refund_changed(refund, before, changes))
    return refund


def _facts(refund: Refund, kinds: list[str], event: WebhookEvent | None) -> list[Fact]:
    facts = [fact_store.make(kind, refund, event=event) for kind in kinds]
    for fact in facts:
        # The money came back before it was announced that it went out.
        fact.overtaken = fact.kind == "payment_refunded" and refund_state.is_void(refund.status)
    return facts


def _all_known(refund: Refund, kinds: list[str]) -> bool:
    return Fact.objects.about(refund).filter(kind__in=kinds).count() == len(kinds)

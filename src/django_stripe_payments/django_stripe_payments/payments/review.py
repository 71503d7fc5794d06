"""Payments that staff must review: a fraud rule or Radar says so, or Stripe has another amount."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import MAX_TRIES, compare_and_set
from ..exceptions import ConcurrentUpdate, ReviewRefused
from ..models import Payment, WebhookEvent
from . import apply as payment_apply
from .lookup import payment_of_charge
from .state import Intent

#: How the reason of a payment begins that Radar reviews.
RADAR = "Radar review"


def mark_reviewed(payment: Payment) -> None:
    """Mark ``payment`` as reviewed; do nothing if it needs no review.

    Args:
        payment: the row as the reviewer saw it.

    Raises:
        ReviewRefused: Stripe still has another amount or currency.
        ConcurrentUpdate: it was changed since it was read; review it again.
        StripeUnavailable: the amount had to be compared, and Stripe did not answer.
    """
    reason = payment.review_reason
    if not reason:
        return
    intent = _intent_as_sold(payment) if reason == payment_apply.MISMATCH else None
    with own_transaction():
        if not compare_and_set(payment, {"review_reason": ""}):
            raise ConcurrentUpdate(_("The payment has changed since. Review it again."))
        audit.record("payment.reviewed", payment, reason=reason)
    if intent is not None:
        # Its news was held back until now.
        payment_apply.apply(payment, news=intent)


def apply_radar(review: Mapping[str, Any]) -> None:
    """Flag the payment that Radar reviews at Stripe; take the flag back when the review is over.

    A payment that has another reason keeps it. Events come in any order: a review that was closed
    never opens again.
    """
    payment = payment_of_charge(review)
    if payment is None:
        return
    reason = f"{RADAR} {review['id']}: {review.get('reason') or ''}"[:255]
    if review.get("open"):
        _set_reason(payment, "", reason)
    # Looked for after the flag was set: the other event's process looks for the flag.
    closed = WebhookEvent.objects.filter(type="review.closed", object_id=review["id"])
    if not review.get("open") or closed.exists():
        payment.refresh_from_db()
        if payment.review_reason.startswith(f"{RADAR} {review['id']}:"):
            _set_reason(payment, payment.review_reason, "")


def _set_reason(payment: Payment, before: str, reason: str) -> None:
    for _try in range(MAX_TRIES):
        if payment.review_reason != before:
            return
        with own_transaction():
            if compare_and_set(payment, {"review_reason": reason}):
                action = "payment.radar_review_opened" if reason else "payment.radar_review_closed"
                audit.record(action, payment, reason=reason or before)
                return
        payment.refresh_from_db()


def _intent_as_sold(payment: Payment) -> Intent:
    """Return the current intent; raise ReviewRefused if its amount is not the one sold."""
    intent = payment_apply.fetch(payment.intent_id)
    if (intent["amount"], intent["currency"]) != (payment.amount, payment.currency):
        msg = _(
            "Stripe still has a different amount or currency than was sold here. Refund or cancel "
            "it at Stripe."
        )
        raise ReviewRefused(msg)
    return intent

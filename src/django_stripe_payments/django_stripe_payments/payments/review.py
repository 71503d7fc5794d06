"""Payments that staff must review: a fraud rule says so, or Stripe has another amount."""

from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import compare_and_set
from ..exceptions import ConcurrentUpdate, ReviewRefused
from ..models import Payment
from . import apply as payment_apply
from .state import Intent


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

"""Payments that wait for a person's look: a fraud rule said so, or Stripe has another sum."""

from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import own_transaction
from ..database.versions import compare_and_set
from ..exceptions import ConcurrentUpdate, ReviewRefused
from ..models import Payment
from . import apply as payment_apply
from .state import Intent


def mark_reviewed(payment: Payment) -> None:
    """Note that a person looked at ``payment``; one that waits for nobody stays as it is.

    Args:
        payment: the row as the person saw it.

    Raises:
        ReviewRefused: its sum at Stripe is still another one.
        ConcurrentUpdate: it was changed since it was read; look again.
        StripeUnavailable: the sum had to be compared, and Stripe did not answer.
    """
    reason = payment.review_reason
    if not reason:
        return
    intent = _intent_as_sold(payment) if reason == payment_apply.MISMATCH else None
    with own_transaction():
        if not compare_and_set(payment, {"review_reason": ""}):
            raise ConcurrentUpdate(_("It was changed in the meantime: look at it again."))
        audit.record("payment.reviewed", payment, reason=reason)
    if intent is not None:
        # What nobody heard of while it was held.
        payment_apply.apply_intent(payment, news=intent)


def _intent_as_sold(payment: Payment) -> Intent:
    """Return the intent as it is now, with the sum that was sold. Raises ReviewRefused."""
    assert payment.stripe_id is not None  # noqa: S101
    intent = payment_apply.fetch_intent(payment.stripe_id)
    if (intent["amount"], intent["currency"]) != (payment.amount, payment.currency):
        msg = _(
            "Stripe still has another amount or currency than was sold here: refund it or cancel "
            "it there."
        )
        raise ReviewRefused(msg)
    return intent

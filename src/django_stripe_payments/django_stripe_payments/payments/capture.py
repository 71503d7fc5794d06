"""Let a payment go, or take the money that it reserved."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from .. import audit, money
from ..database.transactions import in_transaction, require_no_transaction
from ..exceptions import (
    InvalidAmount,
    NotCapturable,
    PaymentClosed,
    StripeCallFailed,
    StripePaymentsError,
)
from ..models import ApiOperation, Payment
from ..stripe_api import operations
from ..stripe_api.client import get_client
from . import apply as payment_apply
from . import intents
from .lookup import find_payment

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

CANCEL = "payment_intent.cancel"
CAPTURE = "payment_intent.capture"

#: The reasons that Stripe knows, https://docs.stripe.com/api/payment_intents/cancel
CANCELLATION_REASONS = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})

#: Stripe's word for a payment that has moved on.
UNEXPECTED_STATE = "payment_intent_unexpected_state"


def cancel_payment(reference: Payment | UUID | str, reason: str = "") -> Payment:
    """Cancel a payment that was not paid; money that it reserved is released.

    One that is canceled already stays so. Outside a transaction Stripe is asked at once. Inside
    one, for example in a receiver, the wish is noted in the caller's transaction, and Stripe is
    asked right after its commit. What Stripe does not answer, or a crash leaves undone, is asked
    again by the reconciler (``manage.py stripe_sync``), unless the customer has paid since.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        reason: one of CANCELLATION_REASONS is told to Stripe, any other to the audit log alone.

    Raises:
        PaymentClosed: it succeeded (refund it instead), or the bank is working on it.
        PaymentNotFound, StripeUnavailable.
    """
    payment = find_payment(reference)
    if not operations.is_under_way(CANCEL, payment):
        if payment.status == Payment.Status.CANCELED:
            return payment
        if payment.is_final:
            raise PaymentClosed(_closed(payment))
        audit.record("payment.cancel_asked", payment, reason=reason)
        if payment.stripe_id:
            # Before Stripe is asked for anything: it may not answer, or we may die.
            _note_wish(payment, reason)
    if in_transaction():
        transaction.on_commit(lambda: _cancel_quietly(payment, reason), robust=True)
        return payment
    return _apply(payment, _cancel(payment, reason))


def _note_wish(payment: Payment, reason: str) -> None:
    """Write the operation, in the caller's transaction or in none, that the call finds."""
    refused = operations.last_attempt(CANCEL, payment)
    ApiOperation.objects.get_or_create(
        kind=CANCEL,
        target=operations.name_of(payment),
        attempt=refused.attempt + 1 if refused else 1,
        defaults={"params": _cancel_params(reason)},
    )


def was_reserved_since(moment: datetime, payment: Payment) -> bool:
    """Whether the customer reserved the money after that: then they want what they pay for."""
    since = payment.facts.filter(kind="payment_authorized", created_at__gt=moment)
    return bool(since.exists())


def _cancel_quietly(payment: Payment, reason: str) -> None:
    """Cancel, and report no error to a caller who has nothing to do with it."""
    try:
        _apply(payment, _cancel(payment, reason))
    except StripePaymentsError as error:
        extra = {"payment": str(payment.pk)}
        logger.warning("Payment %s is not canceled: %s", payment.pk, error, extra=extra)


def capture_payment(
    reference: Payment | UUID | str, amount: Decimal | int | str | None = None
) -> Payment:
    """Take the money that a payment with manual capture reserved; the rest is released.

    Asking again for the same amount changes nothing and returns the payment.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        amount: in the major unit; None for all of it.

    Raises:
        NotCapturable: nothing is reserved, or another amount was captured already.
        InvalidAmount: more than was reserved, or no amount of money.
        PaymentNotFound, TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    payment = find_payment(reference)
    require_no_transaction()
    wanted = None if amount is None else money.to_minor(amount, payment.currency)
    if not operations.is_under_way(CAPTURE, payment):
        _check_reserved(payment, wanted)
        audit.record("payment.capture_asked", payment, amount=wanted)
    captured = _capture(payment, {} if wanted is None else {"amount_to_capture": wanted})
    payment = _apply(payment, captured)
    if wanted not in (None, payment.amount_received):
        taken = money.display(payment.amount_received, payment.currency)
        msg = _("%(taken)s of payment %(payment)s was captured already; the rest was released.")
        raise NotCapturable(msg % {"taken": taken, "payment": payment.pk})
    return payment


def _check_reserved(payment: Payment, wanted: int | None) -> None:
    if payment.stripe_id and not payment.is_final:
        payment_apply.apply_intent(payment)
    if payment.status != Payment.Status.REQUIRES_CAPTURE:
        if operations.is_under_way(CAPTURE, payment):
            # Another process captures at this moment: its operation says how that went.
            return
        raise NotCapturable(_nothing_reserved(payment))
    if wanted is not None and wanted > payment.amount_capturable:
        most = money.display(payment.amount_capturable, payment.currency)
        msg = _("At most %(most)s of payment %(payment)s can be captured.")
        raise InvalidAmount(msg % {"most": most, "payment": payment.pk})


def _apply(payment: Payment, intent: Any) -> Payment:
    payment_apply.apply_intent(payment, news=intent)
    return payment


def _cancel(payment: Payment, reason: str) -> Any:
    """Return the canceled intent."""
    try:
        stripe_id = intents.ensure_intent(payment).id
    except StripeCallFailed:
        if payment.stripe_id:
            raise
        # Stripe refused to make it, so that there is nothing to cancel but our own row.
        return {
            "status": Payment.Status.CANCELED,
            "amount": payment.amount,
            "currency": payment.currency,
            "livemode": payment.livemode,
        }

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentIntent:
        return get_client().v1.payment_intents.cancel(stripe_id, params, options)  # type: ignore[arg-type]

    try:
        intent = operations.perform(
            CANCEL, payment, _cancel_params(reason), call, find=_find(stripe_id, "canceled")
        )
    except StripeCallFailed as error:
        if error.code != UNEXPECTED_STATE:
            raise
        current = payment_apply.apply_intent(payment)
        if current.status == Payment.Status.CANCELED:
            return payment_apply.fetch_intent(stripe_id)
        raise PaymentClosed(_closed(current)) from error
    return intent.to_dict()


def _cancel_params(reason: str) -> dict[str, Any]:
    return {"cancellation_reason": reason} if reason in CANCELLATION_REASONS else {}


def _capture(payment: Payment, params: dict[str, Any]) -> Any:
    """Return the captured intent."""
    assert payment.stripe_id is not None  # noqa: S101
    stripe_id = payment.stripe_id

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentIntent:
        return get_client().v1.payment_intents.capture(stripe_id, params, options)  # type: ignore[arg-type]

    try:
        found = operations.perform(
            CAPTURE, payment, params, call, find=_find(stripe_id, "succeeded")
        )
    except StripeCallFailed as error:
        if error.code != UNEXPECTED_STATE:
            raise
        payment_apply.apply_intent(payment)
        raise NotCapturable(_nothing_reserved(payment)) from error
    return found.to_dict()


def _closed(payment: Payment) -> str:
    text = _("Payment %(payment)s can't be canceled (%(status)s).")
    return text % {"payment": payment.pk, "status": payment.status_label}


def _nothing_reserved(payment: Payment) -> str:
    text = _("Nothing of payment %(payment)s is reserved (%(status)s).")
    return text % {"payment": payment.pk, "status": payment.status_label}


def _find(stripe_id: str, status: str) -> Any:
    def find(_operation: ApiOperation) -> stripe.PaymentIntent | None:
        intent = intents.retrieve_intent(stripe_id)
        return intent if intent.status == status else None

    return find

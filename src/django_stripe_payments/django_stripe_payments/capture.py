"""Let a payment go, or take the money that it reserved."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from . import audit, intents, money, operations, pipeline
from .client import get_client
from .dispatch import get_dispatcher
from .exceptions import InvalidAmount, NotCapturable, PaymentClosed, StripeCallFailed
from .models import ApiOperation, Payment
from .payment_lookup import find_payment
from .transactions import require_no_transaction

if TYPE_CHECKING:
    import stripe

CANCEL = "payment_intent.cancel"
CAPTURE = "payment_intent.capture"

#: The reasons that Stripe knows, https://docs.stripe.com/api/payment_intents/cancel
CANCELLATION_REASONS = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})

#: Stripe's word for a payment that has moved on.
UNEXPECTED_STATE = "payment_intent_unexpected_state"


def cancel_payment(reference: Payment | UUID | str, reason: str = "") -> Payment:
    """Cancel a payment that was not paid; money that it reserved is released.

    One that is canceled already stays so.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        reason: one of CANCELLATION_REASONS is told to Stripe, any other to the audit log alone.

    Raises:
        PaymentClosed: it succeeded (refund it instead), or the bank is working on it.
        PaymentNotFound, TransactionInProgress, StripeUnavailable.
    """
    payment = find_payment(reference)
    require_no_transaction()
    if not operations.is_under_way(CANCEL, payment):
        if payment.status == Payment.Status.CANCELED:
            return payment
        if payment.is_final:
            raise PaymentClosed(_closed(payment))
        audit.record("payment.cancel_asked", payment, reason=reason)
    return _apply(payment, _cancel(payment, reason))


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
        pipeline.apply_intent(payment)
        get_dispatcher().payment_changed(payment)
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
    pipeline.apply_intent(payment, news=intent)
    get_dispatcher().payment_changed(payment)
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
    params = {"cancellation_reason": reason} if reason in CANCELLATION_REASONS else {}

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentIntent:
        return get_client().v1.payment_intents.cancel(stripe_id, params, options)  # type: ignore[arg-type]

    try:
        intent = operations.perform(
            CANCEL, payment, params, call, find=_find(stripe_id, "canceled")
        )
    except StripeCallFailed as error:
        if error.code != UNEXPECTED_STATE:
            raise
        current = pipeline.apply_intent(payment)
        get_dispatcher().payment_changed(payment)
        if current.status == Payment.Status.CANCELED:
            return pipeline.fetch_intent(stripe_id)
        raise PaymentClosed(_closed(current)) from error
    return intent.to_dict()


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
        pipeline.apply_intent(payment)
        get_dispatcher().payment_changed(payment)
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

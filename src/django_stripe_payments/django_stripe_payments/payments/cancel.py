"""Cancel a payment that was not paid, at once or after the caller's transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import in_transaction
from ..exceptions import PaymentClosed, StripeCallFailed, StripePaymentsError
from ..models import ApiOperation, Payment
from ..stripe_api import attempts, calls, operations
from ..stripe_api.client import get_client
from ..stripe_api.operations import Resolution
from . import apply as payment_apply
from . import intents
from .lookup import find_payment

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

#: The reasons that Stripe knows, https://docs.stripe.com/api/payment_intents/cancel
CANCELLATION_REASONS = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})

#: Stripe's error code for a payment that has moved on.
UNEXPECTED_STATE = "payment_intent_unexpected_state"


def cancel_payment(reference: Payment | UUID | str, reason: str = "") -> Payment:
    """Cancel a payment that was not paid; money that it reserved is released.

    A payment that is canceled already stays so. Outside a transaction Stripe is asked at once.
    Inside one, for example in a receiver, the request is stored in the caller's transaction, and
    Stripe is asked right after its commit. If Stripe does not answer, or a crash comes between,
    the reconciliation (``manage.py stripe_sync``) asks again, unless the customer has paid since.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        reason: one of CANCELLATION_REASONS is sent to Stripe, any other only goes to the audit log.

    Raises:
        PaymentClosed: it succeeded (refund it instead), or the bank is working on it.
        PaymentNotFound, StripeUnavailable.
    """
    payment = find_payment(reference)
    if not calls.is_under_way(CANCEL, payment):
        if payment.status == Payment.Status.CANCELED:
            return payment
        if payment.is_final:
            raise PaymentClosed(_closed(payment))
        audit.record("payment.cancel_asked", payment, reason=reason)
        if payment.stripe_id:
            # Before the first call to Stripe: it may not answer, or this process may die.
            _store_request(payment, reason)
    if in_transaction():
        transaction.on_commit(lambda: _cancel_quietly(payment, reason), robust=True)
        return payment
    return _cancel(payment, reason)


def cancel_orphan(stripe_id: str) -> None:
    """Cancel an abandoned intent ("pi_…") at Stripe that no payment here stands for."""
    calls.perform(CANCEL_ORPHAN, stripe_id, {"cancellation_reason": "abandoned"})


def _store_request(payment: Payment, reason: str) -> None:
    """Write the attempt that the call will use, in the caller's transaction or in none."""
    refused = attempts.last_attempt(CANCEL.kind, payment)
    ApiOperation.objects.get_or_create(
        kind=CANCEL.kind,
        target=attempts.name_of(payment),
        attempt=refused.attempt + 1 if refused else 1,
        defaults={"params": _params(reason)},
    )


def _cancel_quietly(payment: Payment, reason: str) -> None:
    """Cancel, and log an error, since the caller's transaction is over."""
    try:
        _cancel(payment, reason)
    except StripePaymentsError as error:
        extra = {"payment": str(payment.pk)}
        logger.warning("Payment %s is not canceled: %s", payment.pk, error, extra=extra)


def _cancel(payment: Payment, reason: str) -> Payment:
    try:
        intents.ensure_intent(payment)
    except StripeCallFailed:
        if payment.stripe_id:
            raise
        # Stripe refused to create the intent, so there is nothing to cancel but our own row.
        return close_without_intent(payment)
    try:
        return calls.perform(CANCEL, payment, _params(reason))
    except StripeCallFailed as error:
        if error.code != UNEXPECTED_STATE:
            raise
        if payment.status == Payment.Status.CANCELED:
            return payment
        raise PaymentClosed(_closed(payment)) from error


def _params(reason: str) -> dict[str, Any]:
    return {"cancellation_reason": reason} if reason in CANCELLATION_REASONS else {}


def _closed(payment: Payment) -> str:
    text = _("Payment %(payment)s can't be canceled (status: %(status)s).")
    return text % {"payment": payment.pk, "status": payment.status_label}


def close_without_intent(payment: Payment) -> Payment:
    """Cancel a payment here that has no intent at Stripe, so that Stripe need not be asked."""
    return _apply(
        payment,
        {
            "status": Payment.Status.CANCELED,
            "amount": payment.amount,
            "currency": payment.currency,
            "livemode": payment.livemode,
        },
    )


def _apply(payment: Payment, intent: Mapping[str, Any]) -> Payment:
    return payment_apply.apply(payment, news=intent)


def _call(payment: Payment, params: Any, options: Any) -> stripe.PaymentIntent:
    return get_client().v1.payment_intents.cancel(payment.intent_id, params, options)


def _find(payment: Payment, _attempt: ApiOperation) -> stripe.PaymentIntent | None:
    return intents.retrieve_in(payment.intent_id, Payment.Status.CANCELED)


def _settle(payment: Payment, intent: stripe.PaymentIntent) -> Payment:
    return _apply(payment, intent.to_dict())


def _refused(payment: Payment, error: StripeCallFailed) -> None:
    if error.code == UNEXPECTED_STATE:
        payment_apply.apply(payment)


def _resolution(payment: Payment, attempt: ApiOperation) -> Resolution:
    if attempt.status != ApiOperation.Status.PENDING:
        return Resolution.ASK_AGAIN
    # Stored, and Stripe was never asked. A customer who reserved the money since then wants
    # what they pay for.
    reserved = payment.facts.filter(
        kind="payment_authorized", created_at__gt=attempt.created_at
    ).exists()
    return Resolution.LOOK_UP if reserved else Resolution.FINISH


CANCEL = operations.register(
    operations.Operation(
        kind="payment_intent.cancel",
        model=Payment,
        call=_call,
        find=_find,
        settle=_settle,
        refused=_refused,
        resolution=_resolution,
    )
)


def _call_orphan(stripe_id: str, params: Any, options: Any) -> stripe.PaymentIntent:
    return get_client().v1.payment_intents.cancel(stripe_id, params, options)


def _find_orphan(stripe_id: str, _attempt: ApiOperation) -> stripe.PaymentIntent | None:
    return intents.retrieve_in(stripe_id, Payment.Status.CANCELED)


def _settle_orphan(_stripe_id: str, _intent: stripe.PaymentIntent) -> None:
    """Write nothing: no payment here stands for the intent."""


CANCEL_ORPHAN = operations.register(
    operations.Operation(
        kind="payment_intent.cancel_orphan",
        call=_call_orphan,
        find=_find_orphan,
        settle=_settle_orphan,
    )
)

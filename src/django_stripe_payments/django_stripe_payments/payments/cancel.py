"""Cancel a payment that was not paid, and release what it reserved."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from .. import audit
from ..database.transactions import in_transaction
from ..dispatch import get_dispatcher
from ..exceptions import PaymentClosed, StripeCallFailed, StripePaymentsError
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

#: The reasons that Stripe accepts, https://docs.stripe.com/api/payment_intents/cancel
CANCELLATION_REASONS = frozenset({"abandoned", "duplicate", "fraudulent", "requested_by_customer"})


def cancel_payment(reference: Payment | UUID | str, reason: str = "") -> Payment:
    """Cancel a payment that was not paid; money that it reserved is released.

    A payment that is canceled already is returned as it is. Outside a transaction, Stripe is
    called at once. Inside one, for example in a receiver, the request is stored with the caller's
    own writes, and Stripe is called right after the commit. If Stripe does not answer, or the
    process dies, the reconciliation (``manage.py stripe_sync``) repeats the call, unless the
    customer has paid since.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        reason: one of CANCELLATION_REASONS is sent to Stripe; any other is kept in the audit log
            only.

    Raises:
        PaymentClosed: it succeeded (refund it instead), or the bank is processing it.
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
            # Stored before the call: Stripe may not answer, or this process may die.
            _store_request(payment, reason)
    if in_transaction():
        transaction.on_commit(lambda: _cancel_quietly(payment, reason), robust=True)
        return payment
    return _cancel_and_apply(payment, reason)


def was_reserved_since(moment: datetime, payment: Payment) -> bool:
    """Return whether the customer authorized the payment after ``moment``: they still want it."""
    since = payment.facts.filter(kind="payment_authorized", created_at__gt=moment)
    return bool(since.exists())


def _store_request(payment: Payment, reason: str) -> None:
    """Write the operation that the call will find, in the caller's transaction if there is one."""
    refused = operations.last_attempt(CANCEL, payment)
    ApiOperation.objects.get_or_create(
        kind=CANCEL,
        target=operations.name_of(payment),
        attempt=refused.attempt + 1 if refused else 1,
        defaults={"params": _params(reason)},
    )


def _cancel_quietly(payment: Payment, reason: str) -> None:
    """Cancel after the commit, where the caller can no longer handle an error: log it."""
    try:
        _cancel_and_apply(payment, reason)
    except StripePaymentsError as error:
        extra = {"payment": str(payment.pk)}
        logger.warning("Payment %s is not canceled: %s", payment.pk, error, extra=extra)


def _cancel_and_apply(payment: Payment, reason: str) -> Payment:
    payment_apply.apply_intent(payment, news=_cancel(payment, reason))
    get_dispatcher().payment_changed(payment)
    return payment


def _cancel(payment: Payment, reason: str) -> Any:
    """Return the canceled intent."""
    try:
        stripe_id = intents.ensure_intent(payment).id
    except StripeCallFailed:
        if payment.stripe_id:
            raise
        # Stripe refused to create the intent, so only our own row is left to cancel.
        return {
            "status": Payment.Status.CANCELED,
            "amount": payment.amount,
            "currency": payment.currency,
            "livemode": payment.livemode,
        }

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentIntent:
        return get_client().v1.payment_intents.cancel(stripe_id, params, options)  # type: ignore[arg-type]

    find = intents.finder(stripe_id, Payment.Status.CANCELED)
    try:
        intent = operations.perform(CANCEL, payment, _params(reason), call, find=find)
    except StripeCallFailed as error:
        if error.code != intents.UNEXPECTED_STATE:
            raise
        current = payment_apply.apply_intent(payment)
        get_dispatcher().payment_changed(payment)
        if current.status == Payment.Status.CANCELED:
            return payment_apply.fetch_intent(stripe_id)
        raise PaymentClosed(_closed(current)) from error
    return intent.to_dict()


def _params(reason: str) -> dict[str, Any]:
    return {"cancellation_reason": reason} if reason in CANCELLATION_REASONS else {}


def _closed(payment: Payment) -> str:
    text = _("Payment %(payment)s can't be canceled (status: %(status)s).")
    return text % {"payment": payment.pk, "status": payment.status_label}

"""Capture the money that a payment reserved."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from .. import audit, money
from ..database.transactions import require_no_transaction
from ..exceptions import InvalidAmount, NotCapturable, StripeCallFailed
from ..models import ApiOperation, Payment
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client
from . import apply as payment_apply
from . import intents
from .cancel import UNEXPECTED_STATE
from .lookup import find_payment

if TYPE_CHECKING:
    import stripe


def capture_payment(
    reference: Payment | UUID | str, amount: Decimal | int | str | None = None
) -> Payment:
    """Take the money that a payment with manual capture reserved; the rest is released.

    Capturing the same amount again changes nothing and returns the payment.

    Args:
        reference: the payment, its id, or the id of its payment intent ("pi_…").
        amount: in the major unit; None for all of it.

    Raises:
        NotCapturable: nothing is reserved, or another amount was captured already.
        InvalidAmount: more than was reserved, or not an exact amount of money.
        PaymentNotFound, TransactionInProgress, StripeUnavailable, StripeCallFailed.
    """
    payment = find_payment(reference)
    require_no_transaction()
    minor = None if amount is None else money.to_minor(amount, payment.currency)
    if not calls.is_under_way(CAPTURE, payment):
        _check_reserved(payment, minor)
        audit.record("payment.capture_asked", payment, amount=minor)
    payment = _capture(payment, {} if minor is None else {"amount_to_capture": minor})
    if minor not in (None, payment.amount_received):
        taken = money.display(payment.amount_received, payment.currency)
        msg = _("%(taken)s of payment %(payment)s was already captured, and the rest was released.")
        raise NotCapturable(msg % {"taken": taken, "payment": payment.pk})
    return payment


def _check_reserved(payment: Payment, amount: int | None) -> None:
    if payment.stripe_id and not payment.is_final:
        payment_apply.apply(payment)
    if payment.status != Payment.Status.REQUIRES_CAPTURE:
        if calls.is_under_way(CAPTURE, payment):
            # Another process captures at this moment: its operation says how that went.
            return
        raise NotCapturable(_nothing_reserved(payment))
    if amount is not None and amount > payment.amount_capturable:
        maximum = money.display(payment.amount_capturable, payment.currency)
        msg = _("At most %(maximum)s of payment %(payment)s can be captured.")
        raise InvalidAmount(msg % {"maximum": maximum, "payment": payment.pk})


def _capture(payment: Payment, params: dict[str, Any]) -> Payment:
    try:
        return calls.perform(CAPTURE, payment, params)
    except StripeCallFailed as error:
        if error.code != UNEXPECTED_STATE:
            raise
        raise NotCapturable(_nothing_reserved(payment)) from error


def _nothing_reserved(payment: Payment) -> str:
    text = _("Payment %(payment)s has no authorized amount (status: %(status)s).")
    return text % {"payment": payment.pk, "status": payment.status_label}


def _call(payment: Payment, params: Any, options: Any) -> stripe.PaymentIntent:
    return get_client().v1.payment_intents.capture(payment.intent_id, params, options)


def _find(payment: Payment, _attempt: ApiOperation) -> stripe.PaymentIntent | None:
    return intents.retrieve_in(payment.intent_id, Payment.Status.SUCCEEDED)


def _settle(payment: Payment, intent: stripe.PaymentIntent) -> Payment:
    return payment_apply.apply(payment, news=intent.to_dict())


def _refused(payment: Payment, error: StripeCallFailed) -> None:
    if error.code == UNEXPECTED_STATE:
        payment_apply.apply(payment)


CAPTURE = operations.register(
    operations.Operation(
        kind="payment_intent.capture",
        model=Payment,
        call=_call,
        find=_find,
        settle=_settle,
        refused=_refused,
    )
)

"""Charge a saved card while its owner is away.

The intent is made first, unconfirmed, and confirmed by a call of its own: so that one payment is
one intent at Stripe, whatever is declined, lost or repeated in between, and Stripe itself sees to
it that an intent is paid once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from .. import money
from ..conf import settings
from ..customers.methods import chargeable_method
from ..database.transactions import require_no_transaction
from ..exceptions import (
    AuthenticationRequired,
    CardDeclined,
    KeyReused,
    PaymentClosed,
    StripeCallFailed,
    StripePaymentsError,
)
from ..models import ApiOperation, Payment, PaymentMethod
from ..stripe_api import operations
from ..stripe_api.client import get_client
from . import apply as payment_apply
from . import intents
from .checkout import OPEN_STATUSES

if TYPE_CHECKING:
    import stripe

CONFIRM = "payment_intent.confirm"

AUTHENTICATION_REQUIRED = "authentication_required"


def charge(
    user: Any,
    amount: Decimal | int | str,
    payment_type: str,
    method: PaymentMethod | int | str | None,
    *,
    idempotency_key: str,
    currency: str | None,
    **about: Any,
) -> Payment:
    """Charge a saved card; see ``StripeService.charge_saved_method``."""
    require_no_transaction()
    chosen = chargeable_method(user, method)
    code = money.normalize_currency(currency or settings.STRIPE_DEFAULT_CURRENCY)
    key = f"{user.pk}:{idempotency_key}" if idempotency_key else None
    payment = _charged_before(key, money.to_minor(amount, code), code, payment_type)
    if payment is None:
        try:
            payment = intents.create_payment(
                user,
                amount,
                payment_type,
                currency=code,
                off_session=True,
                payment_method=chosen,
                idempotency_key=key,
                **about,
            )
        except IntegrityError:
            # Another process asks for the same charge at this moment.
            payment = _charged_before(key, money.to_minor(amount, code), code, payment_type)
            if payment is None:
                raise
    return _collect(payment, chosen)


def _charged_before(key: str | None, amount: int, currency: str, kind: str) -> Payment | None:
    payment = Payment.objects.filter(idempotency_key=key).first() if key else None
    if payment is None:
        return None
    if (payment.amount, payment.currency, payment.payment_type) != (amount, currency, kind):
        msg = f"Idempotency key {key!r} names another charge: {payment}."
        raise KeyReused(msg)
    return payment


def _collect(payment: Payment, method: PaymentMethod) -> Payment:
    """Confirm the payment's intent; every error carries the payment."""
    try:
        _confirm(payment, method)
    except StripePaymentsError as error:
        payment.refresh_from_db()
        error.payment = payment
        raise
    return payment


def _confirm(payment: Payment, method: PaymentMethod) -> None:
    intents.ensure_intent(payment)
    if not operations.is_under_way(CONFIRM, payment):
        if payment.is_final:
            _check_outcome(payment)
            return
        Payment.objects.filter(pk=payment.pk).update(payment_method=method)
    try:
        _send(payment, method)
    except CardDeclined as error:
        _bring_up_to_date(payment)
        if AUTHENTICATION_REQUIRED in (error.code, error.decline_code):
            raise AuthenticationRequired(str(error)) from error
        raise
    except StripeCallFailed:
        # Paid meanwhile by another process or on the checkout page? Then all is well.
        _bring_up_to_date(payment)
        if payment.status in OPEN_STATUSES or payment.status == Payment.Status.CANCELED:
            raise
        return
    _bring_up_to_date(payment)
    _check_outcome(payment)


def _send(payment: Payment, method: PaymentMethod) -> None:
    assert payment.stripe_id is not None  # noqa: S101
    stripe_id = payment.stripe_id

    def call(params: dict[str, Any], options: Any) -> stripe.PaymentIntent:
        return get_client().v1.payment_intents.confirm(stripe_id, params, options)  # type: ignore[arg-type]

    def find(_operation: ApiOperation) -> stripe.PaymentIntent | None:
        # A debit that was confirmed and bounced days later may be tried again.
        intent = intents.retrieve_intent(stripe_id)
        return intent if intent.status != Payment.Status.REQUIRES_PAYMENT_METHOD else None

    params = {"payment_method": method.stripe_id, "off_session": True}
    operations.perform(CONFIRM, payment, params, call, find=find)


def _bring_up_to_date(payment: Payment) -> None:
    if not payment.is_final:
        payment_apply.apply_intent(payment)
    payment.refresh_from_db()


def _check_outcome(payment: Payment) -> None:
    if payment.status == Payment.Status.CANCELED:
        msg = f"Payment {payment.pk} was canceled."
        raise PaymentClosed(msg)
    if payment.status in OPEN_STATUSES:
        raise AuthenticationRequired("The bank wants the customer to confirm this payment.")

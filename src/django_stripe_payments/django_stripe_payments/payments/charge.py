"""Charge a saved card while its owner is away.

The intent is created first, unconfirmed, and confirmed by a call of its own. So one payment is
one intent at Stripe, whatever is declined, lost or repeated in between, and Stripe itself makes
sure that an intent is paid once.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from .. import money
from ..conf import settings
from ..customers.methods import chargeable_method, require_attached
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
from ..stripe_api import calls, operations
from ..stripe_api.client import get_client
from ..stripe_api.operations import Resolution
from . import apply as payment_apply
from . import intents

if TYPE_CHECKING:
    import stripe

AUTHENTICATION_REQUIRED = "authentication_required"

#: Statuses of an intent that was not confirmed, or whose card was declined.
UNCONFIRMED = (Payment.Status.REQUIRES_PAYMENT_METHOD, Payment.Status.REQUIRES_CONFIRMATION)


def charge_saved_method(
    user: Any,
    amount: Decimal | int | str,
    payment_type: str,
    method: PaymentMethod | int | str | None = None,
    description: str = "",
    metadata: Mapping[str, Any] | None = None,
    currency: str | None = None,
    *,
    idempotency_key: str = "",
    capture_method: str = "automatic",
) -> Payment:
    """Charge a saved card while its owner is away, and return the payment.

    Args:
        user: the payer.
        amount: in the major unit, exact: ``Decimal("25.00")``, never a float.
        payment_type: the site's own name for what is sold.
        method: one of the user's own; None for the default, or the one that was saved last.
        description: what the customer reads; cut to 1,000 characters.
        metadata: plain values; kept on the row and, as text, at Stripe.
        currency: three letters; STRIPE_DEFAULT_CURRENCY if None.
        idempotency_key: your own name for this charge, for example "membership-2026-11".
            Another call with the same key, after an error or at the same moment, means the same
            payment; a call without a key is a new payment, and charges again.
        capture_method: "automatic", or "manual" to reserve the money only.

    Raises:
        CardDeclined: the bank declined. A call with the same key tries again.
        AuthenticationRequired: the bank requires authentication: send the customer to
            ``error.payment.authenticate_url``.
        NotOwner, PaymentMethodDetached, NoPaymentMethod: there is nothing to charge.
        KeyReused: the key belongs to a charge with another amount, currency or type.
        OutcomeUnknown, StripeUnavailable: call again with the same key.
        And what ``StripeService.create_payment_intent`` raises. If a payment was created, the
        error carries it as ``payment``.
    """
    require_no_transaction()
    chosen = chargeable_method(user, method)
    code = money.normalize_currency(currency or settings.STRIPE_DEFAULT_CURRENCY)
    minor = money.to_minor(amount, code)
    key = f"{user.pk}:{idempotency_key}" if idempotency_key else None
    payment = _charged_before(key, minor, code, payment_type)
    if payment is None:
        try:
            payment = intents.create_payment(
                user,
                amount,
                payment_type,
                description,
                metadata,
                code,
                capture_method=capture_method,
                off_session=True,
                payment_method=chosen,
                idempotency_key=key,
            )
        except IntegrityError:
            # Another process makes the same charge at this moment.
            payment = _charged_before(key, money.to_minor(amount, code), code, payment_type)
            if payment is None:
                raise
    return _collect(payment, chosen)


def _charged_before(key: str | None, amount: int, currency: str, kind: str) -> Payment | None:
    payment = Payment.objects.filter(idempotency_key=key).first() if key else None
    if payment is None:
        return None
    if (payment.amount, payment.currency, payment.payment_type) != (amount, currency, kind):
        msg = f"Idempotency key {key!r} belongs to another charge: {payment}."
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
    require_attached(method)
    if not calls.is_under_way(CONFIRM, payment):
        if payment.is_final:
            _check_outcome(payment)
            return
        Payment.objects.filter(pk=payment.pk).update(payment_method=method)
    params = {"payment_method": method.stripe_id, "off_session": True}
    try:
        calls.perform(CONFIRM, payment, params)
    except CardDeclined as error:
        if AUTHENTICATION_REQUIRED in (error.code, error.decline_code):
            raise AuthenticationRequired(str(error)) from error
        raise
    except StripeCallFailed:
        # Another process or the checkout page may have paid it meanwhile: then all is well.
        if payment.status in Payment.OPEN_STATUSES or payment.status == Payment.Status.CANCELED:
            raise
        return
    _check_outcome(payment)


def _check_outcome(payment: Payment) -> None:
    if payment.status == Payment.Status.CANCELED:
        msg = f"Payment {payment.pk} was canceled."
        raise PaymentClosed(msg)
    if payment.status in Payment.OPEN_STATUSES:
        raise AuthenticationRequired("The bank requires the customer to authenticate this payment.")


def _refresh(payment: Payment) -> Payment:
    """Bring the payment up to date with Stripe."""
    if not payment.is_final:
        payment_apply.apply(payment)
    payment.refresh_from_db()
    return payment


def _call(payment: Payment, params: Any, options: Any) -> stripe.PaymentIntent:
    return get_client().v1.payment_intents.confirm(payment.intent_id, params, options)


def _find(payment: Payment, _attempt: ApiOperation) -> stripe.PaymentIntent | None:
    # A debit that was confirmed and bounced days later may be tried again.
    intent = intents.retrieve_intent(payment.intent_id)
    return None if intent.status in UNCONFIRMED else intent


def _settle(payment: Payment, _intent: stripe.PaymentIntent) -> Payment:
    return _refresh(payment)


def _refused(payment: Payment, _error: StripeCallFailed) -> None:
    _refresh(payment)


CONFIRM = operations.register(
    operations.Operation(
        kind="payment_intent.confirm",
        model=Payment,
        call=_call,
        find=_find,
        settle=_settle,
        refused=_refused,
        # Never repeated later, when the caller is gone: the intent says what was done.
        resolution=operations.always(Resolution.LOOK_UP),
    )
)

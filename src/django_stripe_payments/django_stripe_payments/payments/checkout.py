"""Start a payment for a browser, or resume one that is not finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _

from .. import fraud
from ..exceptions import (
    InvalidAmount,
    PaymentClosed,
    PriceMismatch,
    PriceUnavailable,
    UnknownPaymentType,
)
from ..models import Payment
from ..payment_types import Price, quote
from . import apply as payment_apply
from . import intents
from .cancel import cancel_payment

if TYPE_CHECKING:
    import stripe


#: What says that a thing is not sold at the price of before, or at all.
NOT_SOLD = (
    PriceMismatch,
    PriceUnavailable,
    InvalidAmount,
    UnknownPaymentType,
    ObjectDoesNotExist,
    Http404,
)


def start(
    user: Any,
    payment_type: str,
    metadata: Mapping[str, Any],
    amount: Decimal | int | str | None = None,
    *,
    radar_session: str = "",
) -> tuple[Payment, stripe.PaymentIntent]:
    """Return a payment for what the browser names, at the server's price, and its intent.

    Reloading the page, or leaving it and coming back, resumes the same payment. If the price has
    changed since, the old payment is canceled, so that each thing has one payable intent.
    Raises what ``payment_types.quote``, ``intents.create_payment`` and ``resume`` raise.
    """
    price = quote(user, payment_type, metadata, amount)
    request = {"metadata": dict(metadata), "amount": None if amount is None else str(amount)}
    wish = _Wish(user, payment_type, json.dumps(request, default=str))
    key = _key(user, payment_type, price)
    payment = _open_payment(key)
    if payment is not None and not _has_price(payment, price):
        cancel_payment(payment, "abandoned")
        payment = None
    payment, intent = _resume(payment or _create(wish, price, key), radar_session)
    if payment.status != Payment.Status.CANCELED:
        return payment, intent
    # It was canceled at Stripe a moment ago, and the customer needs a new one.
    return _resume(_create(wish, price, key), radar_session)


def resume(payment: Payment, *, radar_session: str = "") -> tuple[Payment, stripe.PaymentIntent]:
    """Return an unfinished payment and its intent.

    The price of a payment that a browser started is asked for again. If it has changed, or the
    thing is no longer sold, the payment is canceled, and the error says so.

    Raises:
        PriceMismatch: the price has changed.
        PriceUnavailable, UnknownPaymentType: it is no longer sold.
        PaymentDenied: a fraud rule denies it.
        PaymentClosed: it succeeded or was canceled, or the bank is processing it.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    _require_open(payment)
    _require_current_price(payment)
    return _resume(payment, radar_session)


def _require_open(payment: Payment) -> None:
    if payment.status not in Payment.OPEN_STATUSES:
        msg = _("This payment can no longer be made (status: %(status)s).")
        raise PaymentClosed(msg % {"status": payment.status_label})


def _require_current_price(payment: Payment) -> None:
    """Cancel a payment whose price is not the resolver's any more, and raise."""
    if not payment.checkout_request:
        return  # the site's own code set its price
    request = json.loads(payment.checkout_request)
    try:
        price = quote(payment.user, payment.payment_type, request["metadata"], request["amount"])
        if not _has_price(payment, price):
            raise PriceMismatch(_("The price has changed. Start again to see the current one."))
    except NOT_SOLD:
        cancel_payment(payment, "abandoned")
        raise


def _resume(payment: Payment, radar_session: str) -> tuple[Payment, stripe.PaymentIntent]:
    _require_open(payment)
    if payment.stripe_id:
        fraud.reassess(payment)
    intent = intents.ensure_intent(payment, radar_session=radar_session)
    if intent.status != payment.status:
        # It was paid in another tab, and the event has not arrived yet.
        payment_apply.apply(payment)
    return payment, intent


@dataclass(frozen=True, slots=True)
class _Wish:
    """Who asked for what: the type, and the metadata and amount that the browser named."""

    user: Any
    payment_type: str
    request: str


def _has_price(payment: Payment, price: Price) -> bool:
    if (payment.amount, payment.currency) != (price.minor, price.code):
        return False
    # Documents would otherwise name another thing, or another tax.
    return (payment.lines, payment.tax_amount) == (price.frozen_lines(), price.tax_minor())


def _create(wish: _Wish, price: Price, key: str | None) -> Payment:
    try:
        return intents.create_payment(
            wish.user,
            price.amount,
            wish.payment_type,
            price.description,
            price.metadata,
            price.code,
            lines=price.lines,
            tax=price.tax,
            checkout_key=key,
            checkout_request=wish.request if key else "",
        )
    except IntegrityError:
        # Another tab was faster with the same request.
        other = _open_payment(key)
        if other is None:
            raise
        return other


def _open_payment(key: str | None) -> Payment | None:
    return Payment.objects.filter(checkout_key=key).first() if key else None


def _key(user: Any, payment_type: str, price: Price) -> str | None:
    """Return the key of a user's request: who buys what, at any price. Guests have none."""
    if not getattr(user, "is_authenticated", False):
        return None
    request = [str(user.pk), payment_type, dict(price.metadata)]
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

"""Start a payment that a browser asks for, or go on with one that is not finished."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from .. import fraud
from ..exceptions import PaymentClosed
from ..models import Payment
from ..payment_types import Price, quote
from . import apply as payment_apply
from . import intents

if TYPE_CHECKING:
    import stripe

#: A payment in one of these waits for the customer.
OPEN_STATUSES = Payment.OPEN_STATUSES


def start(
    user: Any,
    payment_type: str,
    metadata: Mapping[str, Any],
    amount: Decimal | int | str | None = None,
    *,
    radar_session: str = "",
) -> tuple[Payment, stripe.PaymentIntent]:
    """Return a payment for what the browser names, at the server's price, and its intent.

    Who reloads the page, or leaves it and comes back, goes on with the same payment.
    Raises what ``payment_types.quote``, ``intents.create_payment`` and ``resume`` raise.
    """
    price = quote(user, payment_type, metadata, amount)
    key = _key(user, payment_type, price)
    payment = _open_payment(key) or _create(user, payment_type, price, key)
    payment, intent = resume(payment, radar_session=radar_session)
    if payment.status != Payment.Status.CANCELED:
        return payment, intent
    # Canceled at Stripe a moment ago: what the customer wants is a payment.
    return resume(_create(user, payment_type, price, key), radar_session=radar_session)


def resume(payment: Payment, *, radar_session: str = "") -> tuple[Payment, stripe.PaymentIntent]:
    """Return an unfinished payment and its intent.

    Raises:
        PaymentDenied: a fraud rule denies that the customer goes on with it.
        PaymentClosed: it succeeded or was canceled, or the bank is working on it.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    if payment.status not in OPEN_STATUSES:
        raise PaymentClosed(
            _("This payment can't be paid any more (%(status)s).")
            % {"status": payment.status_label}
        )
    if payment.stripe_id:
        fraud.reassess(payment)
    intent = intents.ensure_intent(payment, radar_session=radar_session)
    if intent.status != payment.status:
        # Paid in another tab, and its event is still on the way.
        payment_apply.apply_intent(payment)
    return payment, intent


def _create(user: Any, payment_type: str, price: Price, key: str | None) -> Payment:
    try:
        return intents.create_payment(
            user,
            price.amount,
            payment_type,
            price.description,
            price.metadata,
            price.code,
            checkout_key=key,
        )
    except IntegrityError:
        # Another tab was faster with the same wish.
        other = _open_payment(key)
        if other is None:
            raise
        return other


def _open_payment(key: str | None) -> Payment | None:
    return Payment.objects.filter(checkout_key=key).first() if key else None


def _key(user: Any, payment_type: str, price: Price) -> str | None:
    """Return what makes two wishes the same: who wants what, at which price. Guests have none."""
    if not getattr(user, "is_authenticated", False):
        return None
    wish = [str(user.pk), payment_type, price.minor, price.code, dict(price.metadata)]
    text = json.dumps(wish, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

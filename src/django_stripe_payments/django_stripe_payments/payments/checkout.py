"""Start a payment for a browser, or resume one that is not finished."""

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


def start(
    user: Any,
    payment_type: str,
    metadata: Mapping[str, Any],
    amount: Decimal | int | str | None = None,
    *,
    radar_session: str = "",
) -> tuple[Payment, stripe.PaymentIntent]:
    """Return a payment for what the browser names, at the server's price, and its intent.

    Reloading the page, or leaving it and coming back, resumes the same payment.
    Raises what ``payment_types.quote``, ``intents.create_payment`` and ``resume`` raise.
    """
    price = quote(user, payment_type, metadata, amount)
    key = _key(user, payment_type, price)
    payment = _open_payment(key) or _create(user, payment_type, price, key)
    payment, intent = resume(payment, radar_session=radar_session)
    if payment.status != Payment.Status.CANCELED:
        return payment, intent
    # It was canceled at Stripe a moment ago, and the customer needs a new one.
    return resume(_create(user, payment_type, price, key), radar_session=radar_session)


def resume(payment: Payment, *, radar_session: str = "") -> tuple[Payment, stripe.PaymentIntent]:
    """Return an unfinished payment and its intent.

    Raises:
        PaymentDenied: a fraud rule denies it.
        PaymentClosed: it succeeded or was canceled, or the bank is processing it.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    if payment.status not in Payment.OPEN_STATUSES:
        msg = _("This payment can no longer be made (status: %(status)s).")
        raise PaymentClosed(msg % {"status": payment.status_label})
    if payment.stripe_id:
        fraud.reassess(payment)
    intent = intents.ensure_intent(payment, radar_session=radar_session)
    if intent.status != payment.status:
        # It was paid in another tab, and the event has not arrived yet.
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
        # Another tab was faster with the same request.
        other = _open_payment(key)
        if other is None:
            raise
        return other


def _open_payment(key: str | None) -> Payment | None:
    return Payment.objects.filter(checkout_key=key).first() if key else None


def _key(user: Any, payment_type: str, price: Price) -> str | None:
    """Return the key of a user's request: who buys what at which price. Guests have none."""
    if not getattr(user, "is_authenticated", False):
        return None
    request = [str(user.pk), payment_type, price.minor, price.code, dict(price.metadata)]
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

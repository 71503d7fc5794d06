"""Start a payment that a browser asks for, or go on with one that is not finished."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from . import fraud, intents, pipeline
from .exceptions import PaymentClosed
from .models import Payment
from .payment_types import Price, quote

if TYPE_CHECKING:
    import stripe

#: A payment in one of these waits for the customer.
OPEN_STATUSES = frozenset(
    {
        Payment.Status.REQUIRES_PAYMENT_METHOD,
        Payment.Status.REQUIRES_CONFIRMATION,
        Payment.Status.REQUIRES_ACTION,
    }
)

#: How many open payments are looked at to find the one for the same object.
RECENT = 20


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
    payment = _open_payment(user, payment_type, price) or intents.create_payment(
        user, price.amount, payment_type, price.description, price.metadata, price.code
    )
    return resume(payment, radar_session=radar_session)


def resume(payment: Payment, *, radar_session: str = "") -> tuple[Payment, stripe.PaymentIntent]:
    """Return an unfinished payment and its intent.

    Raises:
        PaymentDenied: a fraud rule denies that the customer goes on with it.
        PaymentClosed: it succeeded or was canceled, or the bank is working on it.
        StripeUnavailable: Stripe did not answer; calling again is safe.
    """
    if payment.status not in OPEN_STATUSES:
        raise PaymentClosed(
            _("This payment is already %(status)s.") % {"status": payment.status_label}
        )
    if payment.stripe_id:
        fraud.reassess(payment)
    intent = intents.ensure_intent(payment, radar_session=radar_session)
    if intent.status != payment.status:
        # Paid in another tab, and its event is still on the way.
        pipeline.apply_intent(payment)
    return payment, intent


def _open_payment(user: Any, payment_type: str, price: Price) -> Payment | None:
    if not getattr(user, "is_authenticated", False):
        return None
    candidates = Payment.objects.filter(
        user=user,
        payment_type=payment_type,
        amount=price.minor,
        currency=price.code,
        status__in=OPEN_STATUSES,
    ).order_by("-created_at")[:RECENT]
    wanted = dict(price.metadata)
    return next((payment for payment in candidates if payment.metadata == wanted), None)

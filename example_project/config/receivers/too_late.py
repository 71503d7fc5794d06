"""The money arrived for something that somebody else had by then."""

import logging
from typing import Any

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from .params import amount_of, untranslated
from .pending import settle_pending

logger = logging.getLogger(__name__)


def give_back(payment: Payment, seller: Any, refusal: Exception, notification_type: str) -> None:
    """Refund a payment for what can't be given any more, and tell both sides.

    Inside a receiver the refund is written in the receiver's transaction and asked of Stripe
    after its commit: a run that fails and is repeated refunds once.
    """
    logger.warning("Payment %s arrived in vain: %s", payment.pk, refusal)
    StripeService.refund_payment(payment, reason="sold_out")
    settle_pending(payment)
    params = {
        "story": "too_late",
        "amount": amount_of(payment.amount, payment.currency),
        "description": payment.description,
        "reason": untranslated(refusal),
        "player": payment.user.get_display_name(),
    }
    notify(
        payment.user,
        notification_type,
        params=params,
        action_url=payment.get_absolute_url(),
        priority="high",
        target=payment,
    )
    notify(
        seller,
        notification_type,
        params={**params, "is_seller": True},
        priority="high",
        actor=payment.user,
        target=payment,
    )

"""The money arrived for something that somebody else had by then."""

import logging
from typing import Any

from django.utils.translation import gettext as _

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from .pending import settle_pending

logger = logging.getLogger(__name__)


def give_back(payment: Payment, seller: Any, reason: str, notification_type: str) -> None:
    """Refund a payment for what can't be given any more, and tell both sides.

    Inside a receiver the refund is written in the receiver's transaction and asked of Stripe
    after its commit: a run that fails and is repeated refunds once.
    """
    logger.warning("Payment %s arrived in vain: %s", payment.pk, reason)
    StripeService.refund_payment(payment, reason="sold_out")
    settle_pending(payment)
    words = {
        "amount": payment.amount_display,
        "description": payment.description,
        "reason": reason,
        "player": payment.user.get_display_name(),
    }
    notify(
        payment.user,
        notification_type,
        title=_("Your payment came too late"),
        message=_("%(description)s: %(reason)s Your %(amount)s is on its way back.") % words,
        action_url=payment.get_absolute_url(),
        priority="high",
        target=payment,
    )
    notify(
        seller,
        notification_type,
        title=_("%(player)s came too late and gets %(amount)s back") % words,
        message=_("%(description)s: %(reason)s") % words,
        priority="high",
        actor=payment.user,
        target=payment,
    )

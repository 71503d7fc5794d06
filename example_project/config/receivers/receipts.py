"""A receipt by mail for every payment, whatever it was for."""

from typing import Any

from django.dispatch import receiver

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.signals import payment_succeeded

from ..notification_types import RECEIPTS
from .params import amount_of


@receiver(payment_succeeded)
def send_receipt(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.user is None:  # a guest has no account, and Stripe mails them its own receipt
        return
    notify(
        payment.user,
        RECEIPTS.slug,
        params={
            "amount": amount_of(payment.amount_received, payment.currency),
            "description": payment.description,
        },
        action_url=payment.get_absolute_url(),
        target=payment,
        dedupe_key=f"receipt:{payment.pk}",
    )

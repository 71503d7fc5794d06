"""A receipt by mail for every payment, whatever it was for."""

from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext as _

from django_inapp_notifications.services import notify
from django_stripe_payments import money
from django_stripe_payments.models import Payment
from django_stripe_payments.signals import payment_succeeded

from ..notification_types import RECEIPTS


@receiver(payment_succeeded)
def send_receipt(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.user is None:  # a guest has no account, and Stripe mails them its own receipt
        return
    notify(
        payment.user,
        RECEIPTS.slug,
        title=_("We received %(amount)s")
        % {"amount": money.display(payment.amount_received, payment.currency)},
        message=_("For: %(description)s. Thank you!") % {"description": payment.description},
        action_url=payment.get_absolute_url(),
        target=payment,
        dedupe_key=f"receipt:{payment.pk}",
    )

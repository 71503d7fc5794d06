"""The reminder of an open payment: once under the bell, and gone when there is nothing to pay."""

from typing import Any

from django.dispatch import receiver

from django_inapp_notifications import inbox
from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.signals import payment_canceled, payment_processing

from .params import Params


def tell_of_pending(payment: Payment, notification_type: str, params: Params) -> None:
    """Remind the customer of an open payment, once, with the way to pay it."""
    if not pending_notices(payment).exists():
        notify(
            payment.user,
            notification_type,
            params=params,
            action_url=payment.checkout_url,
            target=payment,
            # They are on their way to the checkout: a mail would come too late to be of use.
            delivery_methods=["in_app"],
        )


def settle_pending(payment: Payment | None) -> None:
    """Mark the reminder as read: what it asked for is done, or can't be done any more."""
    if payment is not None and payment.user is not None:
        inbox.mark_read(payment.user, pending_notices(payment).values_list("pk", flat=True))


def pending_notices(payment: Payment) -> Any:
    return Notification.objects.of(payment.user).filter(
        message__target_model=payment._meta.label_lower,
        message__target_key=str(payment.pk),
        message__action_url=payment.checkout_url,
    )


@receiver(payment_processing)
@receiver(payment_canceled)
def forget_pending(sender: Any, payment: Payment, **kwargs: Any) -> None:
    settle_pending(payment)

"""What an integrator's type checker sees of the public names. Checked by mypy, never run."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_type

import stripe
from django.contrib.auth.models import User
from django.dispatch import receiver

from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import Sent, notify
from django_inapp_notifications.types import NotificationType, register
from django_stripe_payments.models import Customer, Payment
from django_stripe_payments.payment_types import Price, register_payment_type
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_succeeded


@register_payment_type("coaching")
def coaching(user: User, metadata: Mapping[str, Any]) -> Price:
    return Price(amount=Decimal("25.00"), currency="usd", metadata={"hours": metadata["hours"]})


@receiver(payment_succeeded)
def on_paid(sender: Any, payment: Payment, **kwargs: Any) -> None:
    assert_type(payment.amount, int)
    assert_type(payment.amount_decimal, Decimal)
    assert_type(payment.is_final, bool)


def pay(user: User) -> None:
    assert_type(StripeService.get_or_create_customer(user), Customer)
    payment, intent = StripeService.create_payment_intent(
        user=user, amount=Decimal("25.00"), payment_type="coaching"
    )
    assert_type(payment, Payment)
    assert_type(intent, stripe.PaymentIntent)
    assert_type(StripeService.confirm_payment(payment), Payment)


def tell(user: User) -> None:
    register(NotificationType("coaching"))
    assert_type(notify([user], "coaching", title="Paid"), Sent)
    notification = Notification.create_notification(
        user=user, title="Paid", message="See you.", notification_type="coaching"
    )
    assert_type(notification, Notification)

"""Refunds: take back what was paid for, and tell the customer, or staff who decide."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from accounts.models import User
from coaching import bookings
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment, Refund, RefundRequest
from django_stripe_payments.signals import (
    payment_refunded,
    refund_failed,
    refund_request_rejected,
    refund_requested,
)
from tournaments import registration

from ..notification_types import PAYMENTS
from .params import amount_of


@receiver(payment_refunded)
def take_back_what_was_refunded(
    sender: Any, refund: Refund, payment: Payment, **kwargs: Any
) -> None:
    # A small part is a kindness. Who got most of it back has not paid for the place any more.
    if not registration.still_pays(payment):
        registration.free_place(payment)
        bookings.free_session(payment)
    tell_of_refund(
        payment,
        story="refunded",
        amount=amount_of(refund.amount, refund.currency),
        description=payment.description,
    )


@receiver(refund_failed)
def tell_of_failed_refund(sender: Any, refund: Refund, payment: Payment, **kwargs: Any) -> None:
    tell_of_refund(payment, story="failed", amount=amount_of(refund.amount, refund.currency))


@receiver(refund_requested)
def tell_staff_of_refund_request(
    sender: Any, refund_request: RefundRequest, payment: Payment, **kwargs: Any
) -> None:
    notify(
        User.objects.filter(is_staff=True, is_active=True),
        PAYMENTS.slug,
        params={
            "story": "asked",
            "amount": amount_of(refund_request.amount, payment.currency),
            "description": payment.description,
        },
        action_url=reverse(
            "admin:django_stripe_payments_refundrequest_change", args=[refund_request.pk]
        ),
        actor=payment.user,
        target=payment,
    )


@receiver(refund_request_rejected)
def tell_of_rejected_request(
    sender: Any, refund_request: RefundRequest, payment: Payment, **kwargs: Any
) -> None:
    tell_of_refund(
        payment,
        story="rejected",
        description=refund_request.decision_note or payment.description,
    )


def tell_of_refund(payment: Payment, **params: Any) -> None:
    """Tell the customer; a guest has no inbox."""
    if payment.user is not None:
        notify(
            payment.user,
            PAYMENTS.slug,
            params=params,
            action_url=reverse("django_stripe_payments:payment_detail", args=[payment.pk]),
            target=payment,
        )

"""Refunds: take back what was paid for, and tell the customer, or staff who decide."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

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


@receiver(payment_refunded)
def take_back_what_was_refunded(
    sender: Any, refund: Refund, payment: Payment, **kwargs: Any
) -> None:
    if payment.refundable == 0:
        registration.free_place(payment)
        bookings.free_session(payment)
    tell_of_refund(
        payment,
        title=_("%(amount)s went back to you") % {"amount": refund.amount_display},
        message=_("%(description)s: banks take some days to show it.")
        % {"description": payment.description},
    )


@receiver(refund_failed)
def tell_of_failed_refund(sender: Any, refund: Refund, payment: Payment, **kwargs: Any) -> None:
    tell_of_refund(
        payment,
        title=_("Your refund of %(amount)s failed") % {"amount": refund.amount_display},
        message=_("Your bank did not take it. We are looking into it."),
    )


@receiver(refund_requested)
def tell_staff_of_refund_request(
    sender: Any, refund_request: RefundRequest, payment: Payment, **kwargs: Any
) -> None:
    notify(
        User.objects.filter(is_staff=True, is_active=True),
        PAYMENTS.slug,
        title=_("%(amount)s is asked back") % {"amount": refund_request.amount_display},
        message=payment.description,
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
        title=_("Your request for a refund was rejected"),
        message=refund_request.decision_note or payment.description,
    )


def tell_of_refund(payment: Payment, *, title: str, message: str) -> None:
    """Tell the customer; a guest has no inbox."""
    if payment.user is not None:
        notify(
            payment.user,
            PAYMENTS.slug,
            title=title,
            message=message,
            action_url=reverse("django_stripe_payments:payment_detail", args=[payment.pk]),
            target=payment,
        )

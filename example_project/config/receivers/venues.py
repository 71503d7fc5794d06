"""Venues: the money is reserved when hours are booked, taken at the visit, or released."""

from datetime import timedelta
from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_authorized, payment_canceled
from venues import bookings
from venues.models import HOLD, Booking
from venues.signals import hold_placed, hours_booked, hours_freed

from ..notification_types import VENUES
from .params import Params, amount_of, hours_of
from .pending import settle_pending, tell_of_pending


@receiver(hold_placed)
def tell_of_hold(sender: Any, booking: Booking, payment: Payment, **kwargs: Any) -> None:
    tell_of_pending(
        payment,
        VENUES.slug,
        {"story": "held", "minutes": HOLD // timedelta(minutes=1), **words_for(booking)},
    )


@receiver(payment_authorized)
def book_hours(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.payment_type == bookings.PAYMENT_TYPE and not bookings.reserved(payment):
        # Nothing is held for it any more. Stripe is asked when this transaction is through, and
        # by the reconciler again if it does not answer.
        StripeService.cancel_payment(payment, "abandoned")


@receiver(payment_canceled)
def free_hours(sender: Any, payment: Payment, **kwargs: Any) -> None:
    """By the guest, by staff, or by the bank, which reserves for seven days only."""
    if payment.payment_type == bookings.PAYMENT_TYPE:
        bookings.free(payment)


@receiver(hours_booked)
def tell_of_booked_hours(sender: Any, booking: Booking, **kwargs: Any) -> None:
    settle_pending(booking.payment)
    words = words_for(booking)
    notify(
        booking.user,
        VENUES.slug,
        params={"story": "booked", **words},
        action_url=reverse("venues:bookings"),
        priority="high",
        target=booking,
    )
    notify(
        booking.venue.host,
        VENUES.slug,
        params={"story": "booked_by", **words},
        action_url=reverse("venues:bookings"),
        actor=booking.user,
        target=booking,
    )


@receiver(hours_freed)
def tell_of_freed_hours(sender: Any, booking: Booking, was_booked: bool, **kwargs: Any) -> None:
    words = words_for(booking)
    settle_pending(booking.payment)
    notify(
        booking.user,
        VENUES.slug,
        params={"story": "released" if was_booked else "lapsed", **words},
        action_url=booking.venue.get_absolute_url(),
        target=booking,
    )
    if was_booked:
        notify(
            booking.venue.host,
            VENUES.slug,
            params={"story": "freed_by", **words},
            action_url=reverse("venues:bookings"),
            actor=booking.user,
            target=booking,
        )


def words_for(booking: Booking) -> Params:
    return {
        "hours": hours_of(booking),
        "amount": amount_of(booking.payment.amount, booking.payment.currency),
        "guest": booking.user.get_display_name(),
    }

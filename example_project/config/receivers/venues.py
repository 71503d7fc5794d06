"""Venues: the money is reserved when hours are booked, taken at the visit, or released."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.translation import gettext as _

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_authorized, payment_canceled
from venues import bookings
from venues.models import HOLD, Booking
from venues.signals import hold_placed, hours_booked, hours_freed

from ..notification_types import VENUES
from .pending import settle_pending, tell_of_pending


@receiver(hold_placed)
def tell_of_hold(sender: Any, booking: Booking, payment: Payment, **kwargs: Any) -> None:
    tell_of_pending(
        payment,
        VENUES.slug,
        title=_("Your hours are held"),
        message=_("Reserve %(amount)s within %(minutes)d minutes to book %(what)s.")
        % {
            "amount": payment.amount_display,
            "minutes": HOLD.total_seconds() // 60,
            "what": payment.description,
        },
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
        title=_("Booked: %(what)s") % words,
        message=_("%(amount)s is reserved on your card and taken when you visit.") % words,
        action_url=reverse("venues:bookings"),
        priority="high",
        target=booking,
    )
    notify(
        booking.venue.host,
        VENUES.slug,
        title=_("%(guest)s booked %(what)s") % words,
        message=_("Check them in when they arrive: that takes the reserved %(amount)s.") % words,
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
        title=_("Released: %(what)s") % words,
        message=(
            _("The reserved %(amount)s is released. You were not charged.") % words
            if was_booked
            else _("Nothing was paid for these hours, and others can book them again.")
        ),
        action_url=booking.venue.get_absolute_url(),
        target=booking,
    )
    if was_booked:
        notify(
            booking.venue.host,
            VENUES.slug,
            title=_("%(guest)s does not come: %(what)s") % words,
            message=_("The hours are free again."),
            action_url=reverse("venues:bookings"),
            actor=booking.user,
            target=booking,
        )


def words_for(booking: Booking) -> dict[str, str]:
    return {
        "what": booking.payment.description,
        "amount": booking.payment.amount_display,
        "guest": booking.user.get_display_name(),
    }

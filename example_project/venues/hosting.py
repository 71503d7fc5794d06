"""Closing a venue: what guests have booked is called off, and their money released."""

from django_stripe_payments import clock, money
from django_stripe_payments.exceptions import StripeUnavailable

from . import bookings
from .models import Booking, Venue


def coming(venue: Venue) -> list[Booking]:
    """Return the bookings that are still to come."""
    later = venue.bookings.filter(ends_at__gt=clock.now(), booked_hours__isnull=False).distinct()
    open_states = (Booking.State.HELD, Booking.State.RESERVED)
    found = later.select_related("payment", "user", "venue")
    return [each for each in found if each.payment and each.state in open_states]


def sum_reserved(venue: Venue) -> str:
    """Return what closing releases: "$24.00"."""
    reserved = (each for each in coming(venue) if each.state == Booking.State.RESERVED)
    total = sum(each.payment.amount_capturable or each.payment.amount for each in reserved)
    return money.display(total, venue.currency)


def close(venue: Venue) -> None:
    """Take no more bookings, and call off those that are to come."""
    # First: nothing new may be booked while the old is called off.
    Venue.objects.filter(pk=venue.pk).update(closed_at=clock.now())
    for booking in coming(venue):
        try:
            bookings.cancel(booking, by=venue.host)
        except bookings.BookingRefused:
            continue  # the guest has called it off, or has paid, just now
        except StripeUnavailable:
            continue  # the wish is written down: the reconciler asks again

"""Booking hours at a venue: held, reserved, captured at the visit, or released.

begin()     holds the hours and starts a payment that only reserves the money
reserved()  the bank reserved it: the hours are theirs
check_in()  the guest is here: the money is taken
cancel()    the money is released, and the hours are free again; if Stripe does not answer, as soon
            as the reconciler (manage.py stripe_sync) gets an answer
"""

from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from django_stripe_payments import clock
from django_stripe_payments.exceptions import PaymentClosed, StripePaymentsError
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from . import hours
from .models import BookedHour, Booking, Venue
from .signals import hold_placed, hours_booked, hours_freed

PAYMENT_TYPE = "venue_hours"

MOST_HOURS = 4

#: So many bookings that nobody has paid for may keep hours from others, of each person.
MOST_HOLDS = 2


class BookingRefused(Exception):
    """It can't be done; the message says why, in words for whoever asked."""


def begin(venue: Venue, user, starts_at: datetime, count: int) -> Payment:
    """Hold ``count`` hours and return the payment that reserves the money for them.

    Raises BookingRefused, and the errors of ``StripeService.create_payment_intent``.
    """
    wanted = wanted_hours(venue, starts_at, count)
    free_lapsed(venue, user, wanted)
    booking = hold(venue, user, wanted)
    try:
        payment, _intent = StripeService.create_payment_intent(
            user=user,
            amount=venue.hourly_price * count,
            currency=venue.currency,
            payment_type=PAYMENT_TYPE,
            description=describe(booking),
            metadata={"booking_id": str(booking.pk)},
            capture_method="manual",
        )
    except Exception:
        # Nobody pays for these hours: they are of use to others at once.
        booking.delete()
        raise
    Booking.objects.filter(pk=booking.pk).update(payment=payment)
    booking.payment = payment
    hold_placed.send(Booking, booking=booking, payment=payment)
    return payment


def wanted_hours(venue: Venue, starts_at: datetime, count: int) -> list[datetime]:
    """Return the starts of the hours, or raise BookingRefused if they can't be booked."""
    if not 1 <= count <= MOST_HOURS:
        raise BookingRefused(_("Book one to %(most)d hours at a time.") % {"most": MOST_HOURS})
    if venue.closed_at:
        raise BookingRefused(_("This venue is closed for good."))
    day = starts_at.astimezone(venue.zone).date()
    if day not in hours.days(venue):
        raise BookingRefused(_("Hours can be booked for the coming week."))
    wanted = [starts_at + number * hours.HOUR for number in range(count)]
    if not set(wanted) <= set(hours.openings(venue, day)):
        raise BookingRefused(_("The venue is closed for some of these hours."))
    if starts_at <= clock.now():
        raise BookingRefused(_("This hour has started."))
    return wanted


@transaction.atomic
def hold(venue: Venue, user, wanted: list[datetime]) -> Booking:
    """Take the hours, all of them or none.

    Raises BookingRefused if one is taken, or if the user holds enough already.
    """
    # One at a time: of two that are asked for at once, the second must see the first.
    get_user_model().objects.select_for_update().get(pk=user.pk)
    if Booking.holds().filter(user=user).count() >= MOST_HOLDS:
        raise BookingRefused(
            _("You hold hours that you have not paid for. Pay for them or call them off first.")
        )
    booking = Booking.objects.create(
        venue=venue, user=user, starts_at=wanted[0], ends_at=wanted[-1] + hours.HOUR
    )
    try:
        with transaction.atomic():
            # The unique key decides, however many ask at once.
            BookedHour.objects.bulk_create(
                BookedHour(venue=venue, booking=booking, starts_at=start) for start in wanted
            )
    except IntegrityError:
        raise BookingRefused(_("One of these hours is already taken.")) from None
    return booking


def free_lapsed(venue: Venue, user, wanted: list[datetime]) -> None:
    """Free what was not paid in time: of these hours whoever held them, and what the user held."""
    same = BookedHour.objects.filter(venue=venue, starts_at__in=wanted).values("booking")
    lapsed = Booking.lapsed().filter(Q(pk__in=same) | Q(user=user))
    for booking in lapsed.select_related("payment"):
        if booking.payment is None:
            booking.delete()
            continue
        try:
            # They may have paid a moment ago, and the news is still on its way.
            payment = StripeService.confirm_payment(booking.payment)
            if payment.status in Payment.OPEN_STATUSES:
                payment = StripeService.cancel_payment(payment, "abandoned")
        except StripePaymentsError:
            continue  # what we don't know for sure stays theirs
        if payment.status == Payment.Status.CANCELED:
            free(payment)


@transaction.atomic
def reserved(payment: Payment) -> bool:
    """Note that the money is reserved; return False if nothing is held for it any more.

    Calling it again changes nothing.
    """
    booking = Booking.objects.select_for_update().filter(payment=payment).first()
    if booking is None or not booking.booked_hours.exists():
        return False
    if booking.booked_at is None:
        booking.booked_at = clock.now()
        booking.save(update_fields=["booked_at"])
        hours_booked.send(Booking, booking=booking)
    return True


def check_in(booking: Booking) -> Payment:
    """Take the money: the guest is here. Raises BookingRefused, and Stripe's troubles."""
    # Money may be reserved for a moment for hours that went to somebody else.
    if booking.state != Booking.State.RESERVED or booking.booked_at is None:
        raise BookingRefused(_("Nothing is reserved for this booking."))
    if not booking.is_due:
        raise BookingRefused(_("It is too early. Check guests in when they arrive."))
    return StripeService.capture_payment(booking.payment)


def cancel(booking: Booking, by=None) -> None:
    """Release the money and free the hours. Raises BookingRefused, and Stripe's troubles.

    ``by`` is who asks. Once the first hour has begun, a guest would leave without paying: then it
    is up to the host and to staff.
    """
    is_guest = by is not None and not (by.is_staff or by.pk == booking.venue.host_id)
    if is_guest and booking.has_begun:
        raise BookingRefused(_("This hour has started."))
    if booking.payment is None or booking.state == Booking.State.RELEASED:
        raise BookingRefused(_("This booking is already released."))
    try:
        payment = StripeService.cancel_payment(booking.payment, "requested_by_customer")
    except PaymentClosed:
        raise BookingRefused(_("It is paid. Request a refund instead.")) from None
    free(payment)


@transaction.atomic
def free(payment: Payment) -> None:
    """Free the hours of a payment that was canceled. Calling it again changes nothing."""
    booking = Booking.objects.select_for_update().filter(payment=payment).first()
    if booking is not None and booking.booked_hours.all().delete()[0]:
        hours_freed.send(Booking, booking=booking, was_booked=booking.booked_at is not None)


def describe(booking: Booking) -> str:
    return describe_hours(booking.venue.name, booking.starts_local, booking.ends_local)


def describe_hours(venue: str, starts: datetime, ends: datetime) -> str:
    """Return hours as people read them, by the clock of the moments that are given."""
    return _("%(venue)s, %(day)s, %(starts)s to %(ends)s") % {
        "venue": venue,
        "day": date_format(starts, "DATE_FORMAT"),
        "starts": date_format(starts, "TIME_FORMAT"),
        "ends": date_format(ends, "TIME_FORMAT"),
    }

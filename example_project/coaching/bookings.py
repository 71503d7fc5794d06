"""Booking a session: one player, one payment."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.one_at_a_time import starting_a_payment
from django_stripe_payments import clock
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from .models import Booking, CoachingSession
from .signals import booking_started, session_booked

PAYMENT_TYPE = "coaching_session"


class BookingRefused(Exception):
    """The player can't have the session; the message says why, in words for the player."""


def check_free(session: CoachingSession, user) -> None:
    """Raise BookingRefused unless this user may book the session now."""
    if session.is_booked:
        raise BookingRefused(_("This session is already booked."))
    if session.called_off_at:
        raise BookingRefused(_("The coach called this session off."))
    if session.is_over:
        raise BookingRefused(_("This session has started."))
    if session.coach_id == user.pk:
        raise BookingRefused(_("This is your own session."))


def begin(session: CoachingSession, user) -> Payment:
    """Return the payment for the session.

    Raises BookingRefused, AlreadyStarting, and the errors of
    ``StripeService.create_payment_intent``.
    """
    check_free(session, user)
    with starting_a_payment(user):
        payment = current_payment(session, user) or _start_payment(session, user)
    booking_started.send(CoachingSession, session=session, user=user, payment=payment)
    return payment


def _start_payment(session: CoachingSession, user) -> Payment:
    payment, _intent = StripeService.create_payment_intent(
        user=user,
        amount=session.price,
        currency=session.currency,
        payment_type=PAYMENT_TYPE,
        description=describe(session),
        metadata={"session_id": str(session.pk)},
    )
    return payment


def describe(session: CoachingSession) -> str:
    return gettext("Coaching with %(coach)s") % {"coach": session.coach.get_display_name()}


def current_payment(session: CoachingSession, user) -> Payment | None:
    """Return the payment that this user has made or begun, so that nobody pays twice.

    One that went back, in whole or by half, was called off: it buys nothing any more. Neither
    does an unpaid one at yesterday's price.
    """
    payments = Payment.objects.filter(
        user=user,
        payment_type=PAYMENT_TYPE,
        metadata__session_id=str(session.pk),
        amount_refunded=0,
    ).exclude(status=Payment.Status.CANCELED)
    price = (session.price, session.currency)
    for payment in payments:
        untouched = payment.status == Payment.Status.REQUIRES_PAYMENT_METHOD
        if not untouched or (payment.amount_decimal, payment.currency) == price:
            return payment
    return None


@transaction.atomic
def book(session_id: object, user, payment: Payment) -> Booking:
    """Give the session to the user. Calling it again with the same payment changes nothing.

    Raises BookingRefused if it went to another payment, or if this one paid another price than
    today's, or after the start.
    """
    # One at a time: of two payments for one session, the second must see the first.
    session = CoachingSession.objects.select_for_update().get(pk=session_id)
    booking = Booking.objects.filter(session=session).first()
    if booking is None:
        check_paid(session, payment)
        booking = Booking.objects.create(session=session, user=user, payment=payment)
        session_booked.send(Booking, booking=booking)
    elif booking.payment_id != payment.pk:
        raise BookingRefused(_("This session is already booked."))
    return booking


def check_paid(session: CoachingSession, payment: Payment) -> None:
    """Raise BookingRefused for a payment that was started long ago, and buys nothing now."""
    if session.called_off_at:
        raise BookingRefused(_("The coach called this session off."))
    if (payment.amount_decimal, payment.currency) != (session.price, session.currency):
        raise BookingRefused(_("The price of this session has changed."))
    if (payment.succeeded_at or clock.now()) >= session.starts_at:
        raise BookingRefused(_("This session has started."))


def free_session(payment: Payment) -> None:
    """Take back the booking that a payment bought, now that the money went back."""
    Booking.objects.filter(payment=payment).delete()

"""Calling a session off, and what of the price goes back.

The policy: all of it when the coach calls off, or the player does a day before the start or
earlier; half of it when the player does later; nothing once the session has begun.
"""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from django_stripe_payments import clock, money

from .bookings import BookingRefused
from .models import Booking, CoachingSession
from .signals import session_called_off

FREE_UNTIL = timedelta(days=1)


def refund_due(booking: Booking, by) -> Decimal:
    """Return what goes back if ``by`` calls off now, in the major unit."""
    payment, left = booking.payment, booking.session.starts_at - clock.now()
    if by.pk == booking.session.coach_id or left >= FREE_UNTIL:
        return money.to_decimal(payment.refundable, payment.currency)
    return money.to_decimal(payment.refundable // 2, payment.currency)


@transaction.atomic
def withdraw(session: CoachingSession) -> None:
    """Take a session without a booking off the list. Raises BookingRefused."""
    session = CoachingSession.objects.select_for_update().get(pk=session.pk)
    if Booking.objects.filter(session=session).exists():
        raise BookingRefused(_("This session was booked just now."))
    session.called_off_at = clock.now()
    session.save(update_fields=["called_off_at"])


@transaction.atomic
def call_off(booking: Booking, by) -> str:
    """Free the session and return, as text, what goes back. Raises BookingRefused.

    Whoever hears of it refunds in this transaction: the session is free and the money on its
    way, or neither.
    """
    session = CoachingSession.objects.select_for_update().get(pk=booking.session_id)
    if session.is_over:
        raise BookingRefused(_("This session has started."))
    refund = refund_due(booking, by)
    payment = booking.payment
    if not Booking.objects.filter(pk=booking.pk).delete()[0]:
        raise BookingRefused(_("This session is already called off."))
    if by.pk == session.coach_id:
        # The coach has no time for it, so it can't be booked again.
        session.called_off_at = clock.now()
        session.save(update_fields=["called_off_at"])
    session_called_off.send(Booking, booking=booking, refund=refund)
    return money.display(money.to_minor(refund, payment.currency), payment.currency)

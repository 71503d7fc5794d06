"""Coaching: the price arrived, so that the session is booked; or the player calls it off."""

from typing import Any

from django.dispatch import receiver
from django.urls import reverse

from coaching import bookings
from coaching.models import Booking, CoachingSession
from coaching.signals import booking_started, session_booked, session_called_off
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_succeeded

from ..notification_types import COACHING
from .params import amount_of, moment_of
from .pending import settle_pending, tell_of_pending
from .too_late import give_back


@receiver(booking_started)
def tell_of_pending_booking(
    sender: Any, session: CoachingSession, user: Any, payment: Payment, **kwargs: Any
) -> None:
    tell_of_pending(
        payment,
        COACHING.slug,
        {
            "story": "pending",
            "price": amount_of(payment.amount, payment.currency),
            **words_for(session),
        },
    )


@receiver(payment_succeeded)
def book_coaching_session(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.payment_type != bookings.PAYMENT_TYPE or payment.user is None:
        return
    session = CoachingSession.objects.get(pk=payment.metadata["session_id"])
    try:
        bookings.book(session.pk, payment.user, payment)
    except bookings.BookingRefused as refusal:
        give_back(payment, session.coach, refusal, COACHING.slug)


@receiver(session_booked)
def tell_of_booking(sender: Any, booking: Booking, **kwargs: Any) -> None:
    session, player = booking.session, booking.user
    settle_pending(booking.payment)
    words = {**words_for(session), "player": player.get_display_name()}
    notify(
        player,
        COACHING.slug,
        params={"story": "booked", "starts": moment_of(session.starts_at, player), **words},
        action_url=reverse("coaching:list"),
        priority="high",
        target=session,
    )
    notify(
        session.coach,
        COACHING.slug,
        params={
            "story": "booked_by",
            "starts": moment_of(session.starts_at, session.coach),
            **words,
        },
        action_url=reverse("coaching:list"),
        actor=player,
        target=session,
    )


@receiver(session_called_off)
def give_back_by_policy(sender: Any, booking: Booking, refund: Any, **kwargs: Any) -> None:
    """Refund what the policy says, and tell both sides. Inside the transaction that called off."""
    session, player, payment = booking.session, booking.user, booking.payment
    if refund:
        StripeService.refund_payment(payment, refund, reason="requested_by_customer")
    words = {**words_for(session), "player": player.get_display_name()}
    notify(
        player,
        COACHING.slug,
        params={"story": "called_off", "is_half": refund < payment.amount_decimal, **words},
        action_url=reverse("django_stripe_payments:payment_detail", args=[payment.pk]),
        target=session,
    )
    notify(
        session.coach,
        COACHING.slug,
        params={
            "story": "called_off_by",
            "starts": moment_of(session.starts_at, session.coach),
            **words,
        },
        action_url=reverse("coaching:list"),
        priority="high",
        actor=player,
        target=session,
    )


def words_for(session: CoachingSession) -> dict[str, str]:
    return {"topic": session.topic, "coach": session.coach.get_display_name()}

"""The wiring: the only module of the site that knows payments and notifications both.

``django_stripe_payments`` says what became true of a payment. ``django_inapp_notifications``
tells people things. Neither knows the other, nor tournaments or coaching; here they meet:

    payment_succeeded ──► take_place_in_tournament ──► player_registered ──► tell_of_registration
    payment_succeeded ──► book_coaching_session    ──► session_booked    ──► tell_of_booking

A receiver of ``payment_succeeded`` runs once per payment, in a transaction of its own. All of
the above happens inside it, so a player gets the place and the notification, or neither, and
then it is tried again. The signals in the right-hand columns are the site's own: a free
tournament sends ``player_registered`` too, without any payment.
"""

import logging
from datetime import datetime
from typing import Any

from django.dispatch import receiver
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.time_zones import known_zone
from coaching import bookings
from coaching.models import Booking, CoachingSession
from coaching.signals import booking_started, session_booked
from django_inapp_notifications import inbox
from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment, Refund, RefundRequest
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import (
    payment_canceled,
    payment_processing,
    payment_refunded,
    payment_succeeded,
    refund_failed,
    refund_request_rejected,
    refund_requested,
)
from tournaments import registration
from tournaments.models import Participant, Tournament
from tournaments.signals import player_registered, registration_started

from .notification_types import COACHING, PAYMENTS, TOURNAMENT

logger = logging.getLogger(__name__)


# --- the money arrived: give what was paid for ---------------------------------------------------


@receiver(payment_succeeded)
def take_place_in_tournament(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.payment_type != registration.PAYMENT_TYPE or payment.user is None:
        return
    tournament = Tournament.objects.get(pk=payment.metadata["tournament_id"])
    try:
        registration.take_place(tournament.pk, payment.user, payment)
    except registration.RegistrationRefused as refusal:
        # They paid in time for a place that somebody else had by then.
        give_back(payment, tournament.organiser, str(refusal), TOURNAMENT.slug)


@receiver(payment_succeeded)
def book_coaching_session(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.payment_type != bookings.PAYMENT_TYPE or payment.user is None:
        return
    session = CoachingSession.objects.get(pk=payment.metadata["session_id"])
    try:
        bookings.book(session.pk, payment.user, payment)
    except bookings.BookingRefused as refusal:
        give_back(payment, session.coach, str(refusal), COACHING.slug)


# --- the money went back: take back what was paid for, and say so ----------------------------


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


# --- tell people ---------------------------------------------------------------------------------


@receiver(registration_started)
def tell_of_pending_registration(
    sender: Any, tournament: Tournament, user: Any, payment: Payment, **kwargs: Any
) -> None:
    tell_of_pending(
        payment,
        TOURNAMENT.slug,
        title=_("Registration pending"),
        message=_("Pay %(fee)s to take your place in %(name)s.")
        % {"fee": payment.amount_display, "name": tournament.name},
    )


@receiver(booking_started)
def tell_of_pending_booking(
    sender: Any, session: CoachingSession, user: Any, payment: Payment, **kwargs: Any
) -> None:
    tell_of_pending(
        payment,
        COACHING.slug,
        title=_("Booking pending"),
        message=_("Pay %(price)s to book “%(topic)s” with %(coach)s.")
        % {
            "price": payment.amount_display,
            "topic": session.topic,
            "coach": session.coach.get_display_name(),
        },
    )


@receiver(player_registered)
def tell_of_registration(sender: Any, participant: Participant, **kwargs: Any) -> None:
    tournament, player = participant.tournament, participant.user
    settle_pending(participant.payment)
    notify(
        player,
        TOURNAMENT.slug,
        title=_("You are in: %(name)s") % {"name": tournament.name},
        message=_("Your place is taken. It starts on %(date)s.")
        % {"date": when(tournament.starts_at, player)},
        action_url=tournament.get_absolute_url(),
        priority="high",
        target=tournament,
    )
    if tournament.organiser_id != player.pk:
        notify(
            tournament.organiser,
            TOURNAMENT.slug,
            title=_("%(player)s joined %(name)s")
            % {"player": player.get_display_name(), "name": tournament.name},
            message=_("%(taken)d of %(capacity)d places are taken.")
            % {"taken": tournament.participants.count(), "capacity": tournament.capacity},
            action_url=tournament.get_absolute_url(),
            actor=player,
            target=tournament,
        )


@receiver(session_booked)
def tell_of_booking(sender: Any, booking: Booking, **kwargs: Any) -> None:
    session, player = booking.session, booking.user
    settle_pending(booking.payment)
    words = {
        "topic": session.topic,
        "coach": session.coach.get_display_name(),
        "player": player.get_display_name(),
    }
    notify(
        player,
        COACHING.slug,
        title=_("Booked: %(topic)s") % words,
        message=_("%(coach)s expects you on %(date)s.")
        % {**words, "date": when(session.starts_at, player)},
        action_url=reverse("coaching:list"),
        priority="high",
        target=session,
    )
    notify(
        session.coach,
        COACHING.slug,
        title=_("%(player)s booked “%(topic)s”") % words,
        message=_("It starts on %(date)s.") % {"date": when(session.starts_at, session.coach)},
        action_url=reverse("coaching:list"),
        actor=player,
        target=session,
    )


@receiver(payment_processing)
@receiver(payment_canceled)
def forget_pending(sender: Any, payment: Payment, **kwargs: Any) -> None:
    settle_pending(payment)


# --- what several of them need -------------------------------------------------------------------


def tell_of_pending(payment: Payment, notification_type: str, *, title: str, message: str) -> None:
    """Remind the customer of an open payment, once, with the way to pay it."""
    if not pending_notices(payment).exists():
        notify(
            payment.user,
            notification_type,
            title=title,
            message=message,
            action_url=payment.checkout_url,
            target=payment,
        )


def settle_pending(payment: Payment | None) -> None:
    """Mark the reminder as read: what it asked for is done, or can't be done any more."""
    if payment is not None:
        inbox.mark_read(payment.user, pending_notices(payment).values_list("pk", flat=True))


def pending_notices(payment: Payment) -> Any:
    return Notification.objects.of(payment.user).filter(
        message__target_model=payment._meta.label_lower,
        message__target_key=str(payment.pk),
        message__action_url=payment.checkout_url,
    )


def give_back(payment: Payment, seller: Any, reason: str, notification_type: str) -> None:
    """Refund a payment for what can't be given any more, and tell both sides.

    Inside a receiver the refund is written in the receiver's transaction and asked of Stripe
    after its commit: a run that fails and is repeated refunds once.
    """
    logger.warning("Payment %s arrived in vain: %s", payment.pk, reason)
    StripeService.refund_payment(payment, reason="sold_out")
    settle_pending(payment)
    words = {
        "amount": payment.amount_display,
        "description": payment.description,
        "reason": reason,
        "player": payment.user.get_display_name(),
    }
    notify(
        payment.user,
        notification_type,
        title=_("Your payment came too late"),
        message=_("%(description)s: %(reason)s Your %(amount)s is on its way back.") % words,
        action_url=payment.get_absolute_url(),
        priority="high",
        target=payment,
    )
    notify(
        seller,
        notification_type,
        title=_("%(player)s came too late and gets %(amount)s back") % words,
        message=_("%(description)s: %(reason)s") % words,
        priority="high",
        actor=payment.user,
        target=payment,
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


def when(moment: datetime, reader: User) -> str:
    """Return the moment on the reader's own clock; nobody else's is known here."""
    local = localtime(moment, known_zone(reader.time_zone))
    return f"{date_format(local, 'DATETIME_FORMAT')} ({reader.time_zone})"

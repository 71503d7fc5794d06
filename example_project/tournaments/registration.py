"""Entering a tournament: who may, what it costs, and how a place is taken exactly once."""

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.one_at_a_time import starting_a_payment
from django_stripe_payments import clock
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from .models import Participant, Tournament
from .signals import player_registered, registration_started

PAYMENT_TYPE = "tournament_fee"


class RegistrationRefused(Exception):
    """The player can't have a place; the message says why, in words for the player."""


def check_open(tournament: Tournament, user) -> None:
    """Raise RegistrationRefused unless this user may register now."""
    if tournament.participants.filter(user=user).exists():
        raise RegistrationRefused(_("You are already registered."))
    if tournament.organizer_id == user.pk:
        raise RegistrationRefused(_("You run this tournament."))
    refusals = {
        "called-off": _("This tournament is called off."),
        "started": _("This tournament has started."),
        "closed": _("Registration for this tournament is closed."),
        "full": _("This tournament is full: every place is taken."),
    }
    if tournament.state in refusals:
        raise RegistrationRefused(refusals[tournament.state])


def begin(tournament: Tournament, user) -> Payment | None:
    """Register the user, or return the payment that stands between them and a place.

    Raises RegistrationRefused, AlreadyStarting, and the errors of
    ``StripeService.create_payment_intent``.
    """
    check_open(tournament, user)
    if tournament.is_free:
        take_place(tournament.pk, user)
        return None
    with starting_a_payment(user):
        payment = current_payment(tournament, user) or _start_payment(tournament, user)
    registration_started.send(Tournament, tournament=tournament, user=user, payment=payment)
    return payment


def _start_payment(tournament: Tournament, user) -> Payment:
    payment, _intent = StripeService.create_payment_intent(
        user=user,
        amount=tournament.entry_fee,
        currency=tournament.currency,
        payment_type=PAYMENT_TYPE,
        description=describe(tournament),
        metadata={"tournament_id": str(tournament.pk)},
    )
    return payment


def describe(tournament: Tournament) -> str:
    return gettext("Registration for %(name)s") % {"name": tournament.name}


def current_payment(tournament: Tournament, user) -> Payment | None:
    """Return the payment that this user has made or begun, so that nobody pays twice."""
    payments = Payment.objects.filter(
        user=user, payment_type=PAYMENT_TYPE, metadata__tournament_id=str(tournament.pk)
    ).exclude(status=Payment.Status.CANCELED)
    fee = (tournament.entry_fee, tournament.currency)
    for payment in payments:
        if payment.status == Payment.Status.SUCCEEDED and not still_pays(payment):
            continue  # it went back, and the place with it
        untouched = payment.status == Payment.Status.REQUIRES_PAYMENT_METHOD
        # An unpaid payment at yesterday's fee is of no use; one that is under way counts.
        if not untouched or (payment.amount_decimal, payment.currency) == fee:
            return payment
    return None


@transaction.atomic
def take_place(tournament_id: object, user, payment: Payment | None = None) -> Participant:
    """Give the user a place. Calling it again with the same payment changes nothing.

    A place that was paid for is given although registration has closed meanwhile: the player
    was in time. Raises RegistrationRefused if every place is taken, if the player has a place by
    another payment, or if they paid another fee than today's, or after the start.
    """
    # One at a time per tournament: the last place can't be given twice.
    tournament = Tournament.objects.select_for_update().get(pk=tournament_id)
    participant = tournament.participants.filter(user=user).first()
    if participant is None:
        if payment is not None:
            check_paid(tournament, payment)
        if not tournament.places_left:
            raise RegistrationRefused(_("This tournament is full: every place is taken."))
        participant = Participant.objects.create(tournament=tournament, user=user, payment=payment)
        player_registered.send(Participant, participant=participant)
    elif participant.payment != payment:
        raise RegistrationRefused(_("You are already registered."))
    return participant


def check_paid(tournament: Tournament, payment: Payment) -> None:
    """Raise RegistrationRefused for a payment that was started long ago, and buys nothing now."""
    if tournament.called_off_at:
        raise RegistrationRefused(_("This tournament is called off."))
    if (payment.amount_decimal, payment.currency) != (tournament.entry_fee, tournament.currency):
        raise RegistrationRefused(_("The entry fee of this tournament has changed."))
    if (payment.succeeded_at or clock.now()) >= tournament.starts_at:
        raise RegistrationRefused(_("This tournament has started."))


def still_pays(payment: Payment) -> bool:
    """Return whether at least half of the price is still paid, after what was refunded."""
    return payment.amount_refunded * 2 <= payment.amount_received


def free_place(payment: Payment) -> None:
    """Take back the place that a payment bought, now that the money went back."""
    Participant.objects.filter(payment=payment).delete()

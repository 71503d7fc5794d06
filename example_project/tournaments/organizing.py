"""What an organizer does to a tournament that people have entered already."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from django_stripe_payments import clock, money
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

from .models import Tournament
from .registration import PAYMENT_TYPE, RegistrationRefused
from .signals import tournament_called_off, tournament_moved


@transaction.atomic
def change(tournament: Tournament) -> None:
    """Save what the organizer changed, tell players of another start, and end payments in vain.

    Stripe is asked after the commit.
    """
    before = Tournament.objects.select_for_update().get(pk=tournament.pk)
    tournament.save()
    if (before.entry_fee, before.currency) != (tournament.entry_fee, tournament.currency):
        end_open_payments(tournament)
    if before.starts_at != tournament.starts_at:
        tournament_moved.send(Tournament, tournament=tournament)


def paid_places(tournament: Tournament) -> list[Payment]:
    """Return the payments of all players who have paid."""
    paid = Payment.objects.filter(participant__tournament=tournament)
    return [payment for payment in paid if payment.refundable]


def sum_paid(tournament: Tournament) -> str:
    """Return what goes back if the tournament is called off: "$75.00"."""
    total = sum(payment.refundable for payment in paid_places(tournament))
    return money.display(total, tournament.currency)


@transaction.atomic
def call_off(tournament: Tournament) -> None:
    """Give all entry fees back and tell everybody. Raises RegistrationRefused.

    The refunds are written in this transaction, and asked of Stripe after its commit.
    """
    tournament = Tournament.objects.select_for_update().get(pk=tournament.pk)
    if tournament.state in {"started", "called-off"}:
        raise RegistrationRefused(_("It has started, or it is called off already."))
    tournament.called_off_at = clock.now()
    tournament.save(update_fields=["called_off_at"])
    tournament_called_off.send(Tournament, tournament=tournament)
    for payment in paid_places(tournament):
        StripeService.refund_payment(payment, reason="called_off")
    end_open_payments(tournament)


def end_open_payments(tournament: Tournament) -> None:
    """Cancel what was begun and can't buy a place any more."""
    begun = Payment.objects.filter(
        payment_type=PAYMENT_TYPE,
        metadata__tournament_id=str(tournament.pk),
        status__in=Payment.OPEN_STATUSES,
    )
    for payment in begun:
        StripeService.cancel_payment(payment, "abandoned")

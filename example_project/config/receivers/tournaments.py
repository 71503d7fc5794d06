"""Tournaments: the entry fee arrived, so that the player has a place."""

from typing import Any

from django.dispatch import receiver

from django_inapp_notifications.services import notify
from django_stripe_payments.models import Payment
from django_stripe_payments.signals import payment_succeeded
from tournaments import registration
from tournaments.models import Participant, Tournament
from tournaments.signals import (
    player_registered,
    registration_started,
    tournament_called_off,
    tournament_moved,
)

from ..notification_types import ORGANIZING, TOURNAMENT
from .params import amount_of, moment_of
from .pending import settle_pending, tell_of_pending
from .too_late import give_back


@receiver(registration_started)
def tell_of_pending_registration(
    sender: Any, tournament: Tournament, user: Any, payment: Payment, **kwargs: Any
) -> None:
    tell_of_pending(
        payment,
        TOURNAMENT.slug,
        {
            "story": "pending",
            "fee": amount_of(payment.amount, payment.currency),
            "name": tournament.name,
        },
    )


@receiver(payment_succeeded)
def take_place_in_tournament(sender: Any, payment: Payment, **kwargs: Any) -> None:
    if payment.payment_type != registration.PAYMENT_TYPE or payment.user is None:
        return
    tournament = Tournament.objects.get(pk=payment.metadata["tournament_id"])
    try:
        registration.take_place(tournament.pk, payment.user, payment)
    except registration.RegistrationRefused as refusal:
        # They paid in time for a place that somebody else had by then.
        give_back(payment, tournament.organizer, refusal, TOURNAMENT.slug)


@receiver(player_registered)
def tell_of_registration(sender: Any, participant: Participant, **kwargs: Any) -> None:
    tournament, player = participant.tournament, participant.user
    settle_pending(participant.payment)
    notify(
        player,
        TOURNAMENT.slug,
        params={
            "story": "registered",
            "name": tournament.name,
            "starts": moment_of(tournament.starts_at, player),
        },
        action_url=tournament.get_absolute_url(),
        priority="high",
        target=tournament,
    )
    if tournament.organizer_id != player.pk:
        notify(
            tournament.organizer,
            ORGANIZING.slug,
            params={
                "player": player.get_display_name(),
                "name": tournament.name,
                "taken": tournament.participants.count(),
                "capacity": tournament.capacity,
            },
            action_url=tournament.get_absolute_url(),
            actor=player,
            target=tournament,
        )


@receiver(tournament_moved)
@receiver(tournament_called_off)
def tell_players(sender: Any, tournament: Tournament, signal: Any, **kwargs: Any) -> None:
    story = "moved" if signal is tournament_moved else "called_off"
    for participant in tournament.participants.select_related("user"):
        notify(
            participant.user,
            TOURNAMENT.slug,
            params={
                "story": story,
                "name": tournament.name,
                "starts": moment_of(tournament.starts_at, participant.user),
                "paid": participant.payment_id is not None,
            },
            action_url=tournament.get_absolute_url(),
            priority="high",
            target=tournament,
        )

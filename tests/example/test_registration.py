"""Entering a tournament: one place, one payment, and everybody hears of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from django_inapp_notifications.models import Notification
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.signals import payment_canceled
from tests.example.world import TournamentFactory, UserFactory, fill, titles
from tournaments import registration
from tournaments.models import Participant


def register(client: Client, tournament: Any) -> Any:
    return client.post(f"/tournaments/{tournament.pk}/register/")


def messages_of(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def pay(sandbox: Any, client: Client, card: str = "4242424242424242") -> Payment:
    """Pay the newest payment, and let the site hear of it."""
    payment = Payment.objects.latest("created_at")
    sandbox.confirm(payment.stripe_id, card)
    sandbox.deliver(client)
    payment.refresh_from_db()
    return payment


def test_registering_leads_to_the_checkout_and_leaves_a_reminder(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    response = register(player_client, tournament)
    payment = Payment.objects.get()
    assert response.url == f"/payments/checkout/?payment_id={payment.pk}"
    assert payment.amount_decimal == Decimal("25.00")
    assert titles(player) == ["Registration pending"]
    assert not Participant.objects.exists()


def test_registering_again_goes_on_with_the_same_payment_and_reminds_once(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    first = register(player_client, tournament)
    assert register(player_client, tournament).url == first.url
    assert Payment.objects.count() == 1
    assert titles(player) == ["Registration pending"]


def test_an_unpaid_payment_at_an_old_fee_is_not_used(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    tournament.entry_fee = Decimal("30.00")
    tournament.save()
    register(player_client, tournament)
    assert Payment.objects.latest("created_at").amount == 3000


def test_a_payment_gives_the_place_and_tells_player_and_organizer(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    payment = pay(stripe_sandbox, player_client)
    assert Participant.objects.get().payment == payment
    assert titles(player) == ["You are in: Glyphfall Friday"]
    assert titles(tournament.organizer) == ["Nightjar joined Glyphfall Friday"]


def test_however_often_the_news_comes_there_is_one_place_and_one_notification(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    payment = pay(stripe_sandbox, player_client)
    for event in stripe_sandbox.events():
        stripe_sandbox.post(player_client, event)
    player_client.get(payment.get_absolute_url())
    assert Participant.objects.count() == 1
    assert titles(player) == ["You are in: Glyphfall Friday"]
    assert len(titles(tournament.organizer)) == 1


def test_an_organizer_who_was_given_a_place_is_told_once(tournament: Any) -> None:
    registration.take_place(tournament.pk, tournament.organizer)
    assert titles(tournament.organizer) == ["You are in: Glyphfall Friday"]


def test_start_times_are_told_on_the_readers_own_clock(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    player.time_zone = "Asia/Tokyo"
    player.save()
    register(player_client, tournament)
    pay(stripe_sandbox, player_client)
    assert Notification.objects.of(player).latest("pk").text.endswith("(Asia/Tokyo).")


def test_a_declined_card_gives_no_place_and_keeps_the_reminder(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    pay(stripe_sandbox, player_client, "4000000000000002")
    assert not Participant.objects.exists()
    assert titles(player) == ["Registration pending"]


def test_a_canceled_payment_settles_the_reminder(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    payment = Payment.objects.get()
    payment_canceled.send(Payment, payment=payment)
    assert titles(player) == []


def test_a_free_tournament_is_entered_at_once(player: Any, player_client: Client) -> None:
    tournament = TournamentFactory(name="Open", entry_fee=0)
    response = register(player_client, tournament)
    assert response.url == tournament.get_absolute_url()
    assert messages_of(response) == ["You are in. See you at the start."]
    assert Participant.objects.get().payment is None
    assert titles(player) == ["You are in: Open"]
    assert not Payment.objects.exists()


def closed(tournament: Any) -> None:
    tournament.registration_open = False


def started(tournament: Any) -> None:
    tournament.starts_at = timezone.now() - timedelta(minutes=1)


def full(tournament: Any) -> None:
    fill(tournament, tournament.capacity)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (closed, "Registration for this tournament is closed."),
        (started, "This tournament has started."),
        (full, "This tournament is full: every place is taken."),
    ],
)
def test_a_refusal_says_why_and_creates_nothing(
    stripe_sandbox: Any, player_client: Client, tournament: Any, change: Any, message: str
) -> None:
    change(tournament)
    tournament.save()
    response = register(player_client, tournament)
    assert messages_of(response) == [message]
    assert response.url == tournament.get_absolute_url()
    assert not Payment.objects.exists()


def test_who_has_a_place_is_told_so(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    pay(stripe_sandbox, player_client)
    assert messages_of(register(player_client, tournament)) == ["You are already registered."]
    assert Payment.objects.count() == 1


def test_who_paid_before_registration_closed_gets_the_place(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    closed(tournament)
    tournament.save()
    pay(stripe_sandbox, player_client)
    assert Participant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_given_once_and_the_late_payment_goes_back(
    stripe_sandbox: Any, player: Any, player_client: Client
) -> None:
    tournament = TournamentFactory(name="Sprint", capacity=2)
    register(player_client, tournament)
    fill(tournament, 2)
    payment = pay(stripe_sandbox, player_client)
    assert payment.status == "succeeded"
    assert not tournament.participants.filter(user=player).exists()
    assert sorted(titles(player)) == ["$25.00 was refunded to you", "Your payment came too late"]
    assert titles(tournament.organizer) == ["Nightjar came too late and gets $25.00 back"]
    payment.refresh_from_db()
    assert payment.amount_refunded == payment.amount_received == 2500
    assert [refund.status for refund in payment.refunds.all()] == ["succeeded"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("amount", "places"), [("25.00", 0), ("10.00", 1)])
def test_a_full_refund_frees_the_place_and_a_part_of_it_does_not(
    stripe_sandbox: Any,
    player: Any,
    player_client: Client,
    tournament: Any,
    amount: str,
    places: int,
) -> None:
    register(player_client, tournament)
    payment = pay(stripe_sandbox, player_client)
    StripeService.refund_payment(payment, amount)
    assert tournament.participants.filter(user=player).count() == places
    assert f"${amount} was refunded to you" in titles(player)


def test_a_second_payment_for_the_same_place_is_told_about(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    registration.take_place(tournament.pk, player)
    pay(stripe_sandbox, player_client)
    assert "Your payment came too late" in titles(player)
    assert Participant.objects.get().payment is None


def test_a_payment_of_a_deleted_account_breaks_nothing(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register(player_client, tournament)
    player.delete()
    pay(stripe_sandbox, Client())
    assert not Participant.objects.exists()


def test_a_visitor_logs_in_first_and_comes_back_to_the_tournament(tournament: Any) -> None:
    response = register(Client(), tournament)
    assert response.url == f"/accounts/login/?next=/tournaments/{tournament.pk}/"


def test_when_stripe_does_not_answer_nobody_is_registered_and_nobody_charged(
    settings: Any, player_client: Client, tournament: Any
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_API_MAX_RETRIES = 0
    response = register(player_client, tournament)
    assert response.url == tournament.get_absolute_url()
    assert "is not responding" in messages_of(response)[0]


def test_the_page_of_another_players_payment_is_not_there(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    url = register(player_client, tournament).url
    stranger = Client()
    stranger.force_login(UserFactory())
    assert stranger.get(url).status_code == 404

"""Booking a session: one player, one payment, both sides told."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from coaching.models import Booking, CoachingSession
from django_stripe_payments.models import Payment
from tests.example.world import UserFactory, titles


def book(client: Client, session: Any) -> Any:
    return client.post(f"/coaching/{session.pk}/book/")


def pay(sandbox: Any, client: Client, payment: Payment) -> None:
    sandbox.confirm(payment.stripe_id)
    sandbox.deliver(client)


def test_a_paid_booking_tells_player_and_coach(
    stripe_sandbox: Any, player: Any, player_client: Client, session: Any
) -> None:
    book(player_client, session)
    assert titles(player) == ["Booking pending"]
    pay(stripe_sandbox, player_client, Payment.objects.get())
    assert Booking.objects.get().user == player
    assert titles(player) == ["Booked: Braking late"]
    assert titles(session.coach) == ["Nightjar booked “Braking late”"]


def test_of_two_payments_for_one_session_the_second_is_told_about(
    stripe_sandbox: Any, player: Any, player_client: Client, session: Any
) -> None:
    book(player_client, session)
    mine = Payment.objects.get()
    rival = UserFactory(display_name="Tarn")
    rival_client = Client()
    rival_client.force_login(rival)
    book(rival_client, session)
    pay(stripe_sandbox, rival_client, Payment.objects.get(user=rival))
    pay(stripe_sandbox, player_client, mine)
    assert Booking.objects.get().user == rival
    assert titles(player) == ["Your payment came too late"]


def test_a_coach_does_not_book_the_own_session(session: Any) -> None:
    client = Client()
    client.force_login(session.coach)
    response = book(client, session)
    assert [str(each) for each in get_messages(response.wsgi_request)] == [
        "This is your own session."
    ]


def test_the_browser_may_start_the_payment_too(
    stripe_sandbox: Any, player_client: Client, session: Any
) -> None:
    response = player_client.post(
        "/payments/create-intent/",
        {"payment_type": "coaching_session", "metadata": {"session_id": session.pk}},
        content_type="application/json",
    )
    assert response.json()["amount"] == 3000


def call_off(client: Client, session: Any) -> Any:
    return client.post(f"/coaching/{session.pk}/call-off/")


def booked(sandbox: Any, client: Client, session: Any) -> Payment:
    book(client, session)
    payment = Payment.objects.get()
    pay(sandbox, client, payment)
    return payment


def starts_in(session: Any, **time: float) -> None:
    CoachingSession.objects.filter(pk=session.pk).update(
        starts_at=timezone.now() + timedelta(**time)
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("hours", "by_coach", "refunded"), [(25, False, 3000), (23, False, 1500), (23, True, 3000)]
)
def test_calling_off_gives_back_what_the_policy_says_and_tells_both(
    stripe_sandbox: Any,
    player: Any,
    player_client: Client,
    session: Any,
    hours: int,
    by_coach: bool,
    refunded: int,
) -> None:
    payment = booked(stripe_sandbox, player_client, session)
    starts_in(session, hours=hours)
    client = Client()
    client.force_login(session.coach if by_coach else player)
    call_off(client, session)
    payment.refresh_from_db()
    assert payment.amount_refunded == refunded
    assert not Booking.objects.exists()
    assert "Called off: Braking late" in titles(player)
    assert "Nightjar called off “Braking late”" in titles(session.coach)


@pytest.mark.django_db(transaction=True)
def test_what_was_called_off_can_be_booked_again_by_the_same_player(
    stripe_sandbox: Any, player_client: Client, session: Any
) -> None:
    booked(stripe_sandbox, player_client, session)
    call_off(player_client, session)
    book(player_client, session)
    assert Payment.objects.count() == 2


def test_a_session_that_has_begun_is_not_called_off(
    stripe_sandbox: Any, player_client: Client, session: Any
) -> None:
    booked(stripe_sandbox, player_client, session)
    starts_in(session, minutes=-1)
    call_off(player_client, session)
    assert Booking.objects.exists()


def test_nobody_else_calls_a_session_off(
    stripe_sandbox: Any, player_client: Client, session: Any
) -> None:
    booked(stripe_sandbox, player_client, session)
    stranger = Client()
    stranger.force_login(UserFactory())
    assert call_off(stranger, session).status_code == 404

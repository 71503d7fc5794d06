"""Booking a session: one player, one payment, both sides told."""

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from coaching.models import Booking
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

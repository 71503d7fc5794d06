"""The integrations that people write: they work as they stand, but for the import lines."""

import importlib
import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models.signals import post_save
from django.test import Client

from django_inapp_notifications.models import Notification
from django_stripe_payments.models import Payment
from tests.example.integration.coaching_booking import book_coaching_session
from tests.example.integration.tournament_registration import register_for_tournament
from tests.example.world import titles
from tournaments.models import Participant

PAYMENT_SUCCESS = "tests.example.integration.payment_success"


@pytest.fixture
def payment_success_receiver() -> Iterator[Any]:
    """The example with post_save, connected for one test: importing it connects it."""
    module = importlib.import_module(PAYMENT_SUCCESS)
    yield module.handle_payment_success
    post_save.disconnect(module.handle_payment_success, sender=Payment)
    del sys.modules[PAYMENT_SUCCESS]


def test_a_view_creates_a_payment_and_gets_the_client_secret(
    stripe_sandbox: Any, player: Any, tournament: Any
) -> None:
    secret = register_for_tournament(SimpleNamespace(user=player), tournament.id)
    payment = Payment.objects.get(user=player)
    assert secret.startswith(payment.stripe_id)
    assert payment.payment_type == "tournament_fee"
    assert payment.metadata == {"tournament_id": str(tournament.id)}
    assert payment.amount_decimal == tournament.entry_fee


def test_the_pending_notification_leads_to_the_checkout_of_that_payment(
    stripe_sandbox: Any, player: Any, tournament: Any, player_client: Client
) -> None:
    register_for_tournament(SimpleNamespace(user=player), tournament.id)
    notification = Notification.objects.get(recipient=player)
    assert notification.title == "Registration Pending"
    page = player_client.get(notification.message.action_url)
    assert "Registration for Glyphfall Friday" in page.content.decode()


def test_booking_a_session_notifies_the_player_and_the_coach(
    stripe_sandbox: Any, player: Any, session: Any
) -> None:
    secret = book_coaching_session(SimpleNamespace(user=player), session.id)
    assert secret.startswith("pi_")
    assert titles(player) == ["Session Booking Pending"]
    assert titles(session.coach) == ["New Booking Request"]


def test_a_receiver_of_post_save_registers_the_player_once(
    stripe_sandbox: Any, payment_success_receiver: Any, player: Any, tournament: Any
) -> None:
    register_for_tournament(SimpleNamespace(user=player), tournament.id)
    payment = Payment.objects.get(user=player)
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client(), duplicates=1.0, shuffle=True)
    assert Participant.objects.get().payment == payment
    assert titles(player) == ["Registration Pending", "Registration Confirmed!"]


def test_a_receiver_of_post_save_is_not_told_of_success_before_there_is_one(
    stripe_sandbox: Any, payment_success_receiver: Any, player: Any, tournament: Any
) -> None:
    register_for_tournament(SimpleNamespace(user=player), tournament.id)
    stripe_sandbox.confirm(Payment.objects.get().stripe_id, "4000 0000 0000 0002")
    stripe_sandbox.deliver(Client())
    assert not Participant.objects.exists()


# --- what a page calls by fetch(); the same in a browser is in tests/browser ---------------------


def create_intent(client: Client, **body: Any) -> Any:
    return client.post(
        "/payments/create-intent/", data=json.dumps(body), content_type="application/json"
    )


def test_create_intent_answers_the_client_secret_and_the_payments_id(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    answer = create_intent(
        player_client,
        amount=25.00,
        payment_type="tournament_fee",
        description="anything",
        metadata={"tournament_id": tournament.pk},
    ).json()
    payment = Payment.objects.get()
    assert answer["payment_id"] == str(payment.pk)
    assert answer["client_secret"].startswith(payment.stripe_id)
    assert payment.description == "Registration for Glyphfall Friday"


def test_create_intent_refuses_an_amount_that_is_not_the_servers(
    stripe_sandbox: Any, player_client: Client, tournament: Any
) -> None:
    answer = create_intent(
        player_client,
        amount=1,
        payment_type="tournament_fee",
        metadata={"tournament_id": tournament.pk},
    )
    assert answer.status_code == 400
    assert not Payment.objects.exists()


@pytest.mark.parametrize("key", ["0", "999", "x", "", 10**30])
def test_create_intent_does_not_know_a_tournament_that_is_not_there(
    stripe_sandbox: Any, player_client: Client, key: Any
) -> None:
    answer = create_intent(
        player_client, payment_type="tournament_fee", metadata={"tournament_id": key}
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("key", [None, [1], {"a": 1}])
def test_create_intent_refuses_what_is_no_text(
    stripe_sandbox: Any, player_client: Client, key: Any
) -> None:
    answer = create_intent(
        player_client, payment_type="tournament_fee", metadata={"tournament_id": key}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_metadata")


def test_unread_count_and_recent_answer_what_a_bell_needs(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register_for_tournament(SimpleNamespace(user=player), tournament.id)
    assert player_client.get("/notifications/unread-count/").json()["count"] == 1
    recent = player_client.get("/notifications/recent/").json()
    assert recent["unread_count"] == 1
    assert [each["title"] for each in recent["notifications"]] == ["Registration Pending"]

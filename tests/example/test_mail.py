"""What leaves by mail: confirmations of money and of bookings, and disputes to staff."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from tests.example.world import UserFactory, some_hours

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reachable(player: Any) -> User:
    player.email = player.verified_email = "player@halftick.example"
    player.save()
    return player


def pay(sandbox: Any, client: Client, card: str = "4242424242424242") -> Payment:
    payment = Payment.objects.latest("created_at")
    sandbox.confirm(payment.stripe_id, card)
    sandbox.deliver(client)
    payment.refresh_from_db()
    return payment


def register(client: Client, tournament: Any) -> None:
    client.post(f"/tournaments/{tournament.pk}/register/")


def subjects(outbox: Any, address: str = "player@halftick.example") -> list[str]:
    return [mail.subject for mail in outbox if address in mail.to]


def test_paying_an_entry_fee_is_confirmed_with_the_place(
    stripe_sandbox: Any, reachable: User, player_client: Client, tournament: Any, mailoutbox: Any
) -> None:
    register(player_client, tournament)
    assert subjects(mailoutbox) == []
    pay(stripe_sandbox, player_client)
    assert sorted(subjects(mailoutbox)) == ["We received $25.00", "You are in: Glyphfall Friday"]


def test_a_receipt_says_what_it_was_for_and_offers_no_unsubscribing(
    stripe_sandbox: Any, reachable: User, player_client: Client, tournament: Any, mailoutbox: Any
) -> None:
    register(player_client, tournament)
    pay(stripe_sandbox, player_client)
    receipt = next(mail for mail in mailoutbox if mail.subject == "We received $25.00")
    assert "Registration for Glyphfall Friday" in receipt.body
    assert "List-Unsubscribe" not in receipt.extra_headers


def test_a_refund_is_confirmed(
    stripe_sandbox: Any, reachable: User, player_client: Client, tournament: Any, mailoutbox: Any
) -> None:
    register(player_client, tournament)
    payment = pay(stripe_sandbox, player_client)
    StripeService.refund_payment(payment)
    assert "$25.00 was refunded to you" in subjects(mailoutbox)


def test_booking_a_session_is_confirmed_to_player_and_coach(
    stripe_sandbox: Any, reachable: User, player_client: Client, session: Any, mailoutbox: Any
) -> None:
    session.coach.verified_email = "coach@halftick.example"
    session.coach.save()
    player_client.post(f"/coaching/{session.pk}/book/")
    pay(stripe_sandbox, player_client)
    assert "Booked: Braking late" in subjects(mailoutbox)
    assert subjects(mailoutbox, "coach@halftick.example") == ["Nightjar booked “Braking late”"]


def test_hours_at_a_venue_are_confirmed_when_reserved_and_the_receipt_comes_with_the_visit(
    stripe_sandbox: Any, reachable: User, player_client: Client, venue: Any, mailoutbox: Any
) -> None:
    start = some_hours(venue)[0]
    fields = {"starts_at": start.isoformat(), "count": 1}
    player_client.post(f"{venue.get_absolute_url()}?day={start.date()}", fields)
    payment = pay(stripe_sandbox, player_client)
    assert subjects(mailoutbox) == [f"Booked: {payment.description}"]
    StripeService.capture_payment(payment)
    assert subjects(mailoutbox)[1:] == ["We received $12.00"]


def test_a_dispute_is_mailed_to_all_staff_and_to_nobody_else(
    stripe_sandbox: Any, reachable: User, player_client: Client, tournament: Any, mailoutbox: Any
) -> None:
    UserFactory(is_staff=True, email="staff@halftick.example")
    register(player_client, tournament)
    pay(stripe_sandbox, player_client, "4000000000000259")
    (subject,) = subjects(mailoutbox, "staff@halftick.example")
    assert subject.startswith("$25.00 is disputed")
    assert not [each for each in subjects(mailoutbox) if "disputed" in each]

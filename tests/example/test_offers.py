"""What organizers, coaches and hosts make, change and call off."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from coaching.models import CoachingSession
from django_inapp_notifications import types
from django_stripe_payments.models import Payment
from tests.example.world import (
    CoachingSessionFactory,
    TournamentFactory,
    UserFactory,
    VenueFactory,
    fill,
    some_hours,
    titles,
)
from tournaments.models import Game, Tournament
from venues.models import Venue

pytestmark = pytest.mark.django_db(transaction=True)

LATER = (timezone.now() + timedelta(days=9)).replace(second=0, microsecond=0)
TOURNAMENT = {
    "name": "Sprint",
    "game": Game.MOSSKEEP,
    "summary": "Short.",
    "rules": "",
    "entry_fee": "25.00",
    "capacity": "8",
    "starts_at": f"{LATER:%Y-%m-%dT%H:%M}",
    "registration_open": "on",
}
SESSION = {
    "topic": "Braking late",
    "summary": "",
    "price": "30.00",
    "starts_at": f"{LATER:%Y-%m-%dT%H:%M}",
    "minutes": "60",
}
VENUE = {
    "name": "The Loft",
    "summary": "",
    "address": "2 Side Street",
    "hourly_price": "12.00",
    "time_zone": "Europe/Lisbon",
    "opens": "8",
    "closes": "24",
}


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def said(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]


def paid(sandbox: Any, client: Client, url: str, **fields: Any) -> Payment:
    client.post(url, fields)
    payment = Payment.objects.latest("created_at")
    sandbox.confirm(payment.stripe_id)
    sandbox.deliver(client)
    return Payment.objects.get(pk=payment.pk)


@pytest.mark.parametrize(
    ("path", "fields", "model", "owner"),
    [
        ("/tournaments/new/", TOURNAMENT, Tournament, "organizer"),
        ("/coaching/new/", SESSION, CoachingSession, "coach"),
        ("/venues/new/", VENUE, Venue, "host"),
    ],
)
def test_a_member_offers_something(path: str, fields: Any, model: Any, owner: str) -> None:
    user = UserFactory()
    client = logged_in(user)
    assert client.get(path).status_code == 200
    client.post(path, {**fields, owner: UserFactory().pk})
    assert getattr(model.objects.get(), owner) == user
    assert Client().post(path, fields).url.startswith("/accounts/login/")
    assert model.objects.count() == 1


PAGES = [
    (TournamentFactory, "organizer", ["/tournaments/{}/edit/", "/tournaments/{}/call-off/"]),
    (CoachingSessionFactory, "coach", ["/coaching/{}/edit/", "/coaching/{}/withdraw/"]),
    (VenueFactory, "host", ["/venues/{}/edit/", "/venues/{}/close/"]),
]


@pytest.mark.parametrize(("factory", "owner", "paths"), PAGES)
def test_only_the_owner_changes_and_calls_off(factory: Any, owner: str, paths: list[str]) -> None:
    offer = factory()
    strangers = logged_in(UserFactory(is_staff=True))
    owners = logged_in(getattr(offer, owner))
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owners.cookies
    before = type(offer).objects.values().get()
    for path in paths:
        url = path.format(offer.pk)
        assert owners.get(url).status_code == 200
        assert strangers.get(url).status_code == strangers.post(url).status_code == 404
        assert strict.post(url).status_code == 403
    assert type(offer).objects.values().get() == before


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("entry_fee", "0.50", "Charge nothing, or at least 1.00."),
        ("entry_fee", "-1", "Charge nothing, or at least 1.00."),
        ("starts_at", "2020-01-01T10:00", "still to come"),
        ("capacity", "1", "greater than or equal to 2"),
        ("name", "", "required"),
    ],
)
def test_what_makes_no_sense_is_marked(field: str, value: str, words: str) -> None:
    page = logged_in(UserFactory()).post("/tournaments/new/", {**TOURNAMENT, field: value})
    text = page.content.decode()
    assert words in text
    assert f'id="id_{field}"' in text
    assert 'aria-invalid="true"' in text
    assert not Tournament.objects.exists()


def test_no_fewer_places_than_are_taken(tournament: Any) -> None:
    fill(tournament, 3)
    url = f"/tournaments/{tournament.pk}/edit/"
    logged_in(tournament.organizer).post(url, {**TOURNAMENT, "capacity": "2"})
    tournament.refresh_from_db()
    assert tournament.capacity == 8


def test_another_fee_ends_open_payments_and_another_start_is_announced(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    rival = UserFactory()
    register = f"/tournaments/{tournament.pk}/register/"
    paid(stripe_sandbox, logged_in(rival), register)
    player_client.post(register)
    fields = {**TOURNAMENT, "name": tournament.name, "entry_fee": "30.00"}
    logged_in(tournament.organizer).post(f"/tournaments/{tournament.pk}/edit/", fields)
    tournament.refresh_from_db()
    assert tournament.entry_fee == Decimal("30.00")
    assert Payment.objects.get(user=player).status == "canceled"
    assert Payment.objects.get(user=rival).status == "succeeded"
    assert "New start: Glyphfall Friday" in titles(rival)


def test_calling_a_tournament_off_names_the_sum_and_gives_it_back(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    register = f"/tournaments/{tournament.pk}/register/"
    rival, late = UserFactory(), UserFactory()
    for client in (player_client, logged_in(rival)):
        paid(stripe_sandbox, client, register)
    logged_in(late).post(register)
    organizer = logged_in(tournament.organizer)
    url = f"/tournaments/{tournament.pk}/call-off/"
    asked = organizer.get(url).content.decode()
    assert "$50.00 goes back to 2 players who have paid." in asked
    assert "refunded" not in str(Payment.objects.values_list("refunds__status"))
    assert said(organizer.post(url)) == ["Called off. $50.00 is refunded to the players."]
    for user in (player, rival):
        assert Payment.objects.get(user=user).amount_refunded == 2500
        assert "Called off: Glyphfall Friday" in titles(user)
    assert Payment.objects.get(user=late).status == "canceled"
    assert "It has started, or it is called off already." in said(organizer.post(url))
    assert said(player_client.post(register))[-1] == "This tournament is called off."
    assert b"Called off" in player_client.get(tournament.get_absolute_url()).content


def test_a_payment_that_arrives_after_the_calling_off_goes_back(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    player_client.post(f"/tournaments/{tournament.pk}/register/")
    Tournament.objects.update(called_off_at=timezone.now())
    payment = Payment.objects.get()
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(player_client)
    assert Payment.objects.get().amount_refunded == 2500
    assert not tournament.participants.exists()


def test_registering_is_not_offered_to_the_organizer(tournament: Any) -> None:
    organizer = logged_in(tournament.organizer)
    page = organizer.get(tournament.get_absolute_url()).content.decode()
    assert f"/tournaments/{tournament.pk}/register/" not in page
    assert f"/tournaments/{tournament.pk}/edit/" in page
    assert f"/tournaments/{tournament.pk}/call-off/" in page
    assert said(organizer.post(f"/tournaments/{tournament.pk}/register/")) == [
        "You run this tournament."
    ]


@pytest.mark.parametrize(
    ("ahead", "who", "words"),
    [
        (48, "player", "$30.00 goes back to you."),
        (5, "player", "$15.00 goes back to you, and $15.00 is kept."),
        (5, "coach", "$30.00 goes back to the player."),
    ],
)
def test_calling_a_session_off_names_the_sum_first(
    stripe_sandbox: Any, player: Any, player_client: Client, ahead: int, who: str, words: str
) -> None:
    session = CoachingSessionFactory(starts_at=timezone.now() + timedelta(hours=ahead))
    paid(stripe_sandbox, player_client, f"/coaching/{session.pk}/book/")
    client = player_client if who == "player" else logged_in(session.coach)
    url = f"/coaching/{session.pk}/call-off/"
    assert words in client.get(url).content.decode()
    session.refresh_from_db()
    assert session.is_booked
    client.post(url)
    session = CoachingSession.objects.get()
    assert not session.is_booked
    # A session that the coach called off can't be booked again.
    assert bool(session.called_off_at) == (who == "coach")


def test_a_session_that_nobody_booked_is_withdrawn(player_client: Client, session: Any) -> None:
    logged_in(session.coach).post(f"/coaching/{session.pk}/withdraw/")
    assert b"Braking late" not in player_client.get("/coaching/").content
    assert said(player_client.post(f"/coaching/{session.pk}/book/")) == [
        "The coach called this session off."
    ]


def test_the_price_and_time_of_a_booked_session_stay(
    stripe_sandbox: Any, player_client: Client, session: Any
) -> None:
    paid(stripe_sandbox, player_client, f"/coaching/{session.pk}/book/")
    fields = {**SESSION, "topic": "Braking later", "price": "99.00"}
    logged_in(session.coach).post(f"/coaching/{session.pk}/edit/", fields)
    after = CoachingSession.objects.get()
    assert (after.topic, after.price) == ("Braking later", session.price)
    assert after.starts_at == session.starts_at.replace(microsecond=0)


def test_closing_a_venue_names_the_sum_and_releases_it(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    start = some_hours(venue)[0]
    fields = {"starts_at": start.isoformat(), "count": "2"}
    url = f"/venues/{venue.pk}/?day={start.date()}"
    paid(stripe_sandbox, player_client, url, **fields)
    host = logged_in(venue.host)
    asked = host.get(f"/venues/{venue.pk}/close/").content.decode()
    assert "1 booking is called off, and the reserved $24.00 is released." in asked
    assert said(host.post(f"/venues/{venue.pk}/close/")) == [
        "Closed. $24.00 is released to the guests."
    ]
    assert Payment.objects.get().status == "canceled"
    assert b"closed for good" in player_client.post(url, fields).content
    assert venue.name not in player_client.get("/venues/").content.decode()


def test_calling_hours_off_asks_first(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    start = some_hours(venue)[0]
    fields = {"starts_at": start.isoformat(), "count": "2"}
    payment = paid(
        stripe_sandbox, player_client, f"/venues/{venue.pk}/?day={start.date()}", **fields
    )
    url = f"/venues/bookings/{payment.venue_booking.pk}/cancel/"
    assert b"The reserved $24.00 is released" in player_client.get(url).content
    assert Payment.objects.get().status == "requires_capture"


def test_types_that_do_not_concern_a_user_are_not_offered(player: Any, tournament: Any) -> None:
    offered = {each.slug for each in types.offered_to(player)}
    assert not offered & {"organizing", "disputes"}
    assert "organizing" in {each.slug for each in types.offered_to(tournament.organizer)}

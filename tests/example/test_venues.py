"""Hours at a venue: reserved when booked, captured at the visit, released when called off."""

import threading
from contextlib import suppress
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.models import ApiOperation, Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts
from tests.example.world import UserFactory, VenueFactory, some_hours, titles
from venues import bookings, hours
from venues.models import HOLD, BookedHour, Booking

pytestmark = pytest.mark.django_db(transaction=True)


def book(client: Client, venue: Any, count: int = 2, at: int = 3) -> Any:
    start = some_hours(venue, at=at)[0]
    day = start.astimezone(venue.zone).date()
    fields = {"starts_at": start.isoformat(), "count": count}
    return client.post(f"{venue.get_absolute_url()}?day={day}", fields)


def reserve(sandbox: Any, client: Client, venue: Any) -> Booking:
    book(client, venue)
    booking = Booking.objects.latest("pk")
    sandbox.confirm(booking.payment.stripe_id)
    sandbox.deliver(client)
    return Booking.objects.get(pk=booking.pk)


def logged_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def said(response: Any) -> list[str]:
    return [str(each) for each in get_messages(response.wsgi_request)]


def begin_visit(monkeypatch: Any, booking: Booking) -> None:
    monkeypatch.setattr(timezone, "now", lambda: booking.starts_at)


def test_booking_holds_the_hours_and_leads_to_a_payment_that_only_reserves(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    response = book(player_client, venue)
    payment = Payment.objects.get()
    assert response.url == payment.checkout_url
    assert (payment.capture_method, payment.amount) == ("manual", 2400)
    assert BookedHour.objects.count() == 2
    assert titles(player) == ["Your hours are held"]


def test_the_reserved_money_books_the_hours_and_tells_guest_and_host(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    assert booking.state == Booking.State.RESERVED
    assert booking.payment.amount_received == 0
    assert titles(player) == [f"Booked: {booking.payment.description}"]
    assert titles(venue.host) == [f"{player} booked {booking.payment.description}"]


def test_however_often_stripe_says_so_both_are_told_once(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    reserve(stripe_sandbox, player_client, venue)
    for event in stripe_sandbox.events():
        stripe_sandbox.post(player_client, event)
    assert len(titles(player)) == len(titles(venue.host)) == 1


def test_the_host_takes_the_money_at_the_visit(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any, monkeypatch: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    begin_visit(monkeypatch, booking)
    response = logged_in(venue.host).post(f"/venues/bookings/{booking.pk}/check-in/")
    assert said(response) == [f"{player} is checked in and paid $24.00."]
    booking = Booking.objects.get()
    assert booking.state == Booking.State.VISITED
    assert booking.payment.amount_received == 2400


def test_nobody_is_charged_the_day_before(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    response = logged_in(venue.host).post(f"/venues/bookings/{booking.pk}/check-in/")
    assert "too early" in said(response)[0]
    assert Booking.objects.get().state == Booking.State.RESERVED


def test_a_guest_does_not_check_in_alone(
    stripe_sandbox: Any, player_client: Client, venue: Any, monkeypatch: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    begin_visit(monkeypatch, booking)
    player_client.post(f"/venues/bookings/{booking.pk}/check-in/")
    assert Booking.objects.get().state == Booking.State.RESERVED


@pytest.mark.parametrize("who", ["guest", "host", "staff"])
def test_calling_off_releases_the_money_and_frees_the_hours(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any, who: str
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    people = {"guest": player, "host": venue.host}
    person = people.get(who) or UserFactory(is_staff=True)
    logged_in(person).post(f"/venues/bookings/{booking.pk}/cancel/")
    booking = Booking.objects.get()
    assert booking.state == Booking.State.RELEASED
    assert stripe_sandbox.object(booking.payment.stripe_id)["status"] == "canceled"
    assert not BookedHour.objects.exists()
    assert f"Released: {booking.payment.description}" in titles(player)


@pytest.mark.parametrize(("who", "state"), [("guest", "reserved"), ("host", "released")])
def test_a_guest_who_is_there_does_not_leave_without_paying(
    stripe_sandbox: Any,
    player: Any,
    player_client: Client,
    venue: Any,
    monkeypatch: Any,
    who: str,
    state: str,
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    begin_visit(monkeypatch, booking)
    assert "Call off" not in player_client.get("/venues/bookings/").content.decode()
    person = {"guest": player, "host": venue.host}[who]
    logged_in(person).post(f"/venues/bookings/{booking.pk}/cancel/")
    assert Booking.objects.get().state == state


def test_money_for_hours_that_are_gone_is_not_taken(
    stripe_sandbox: Any, player_client: Client, venue: Any, monkeypatch: Any
) -> None:
    """Reserved too late, and Stripe has not been asked yet to release it."""
    booking = reserve(stripe_sandbox, player_client, venue)
    Booking.objects.update(booked_at=None)
    begin_visit(monkeypatch, booking)
    response = logged_in(venue.host).post(f"/venues/bookings/{booking.pk}/check-in/")
    assert said(response) == ["Nothing is reserved for this booking."]
    assert Payment.objects.get().amount_received == 0


def test_a_paid_visit_can_not_be_called_off(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    StripeService.capture_payment(booking.payment)
    response = player_client.post(f"/venues/bookings/{booking.pk}/cancel/")
    assert said(response) == ["It is paid. Request a refund instead."]


def test_the_bookings_of_others_are_not_there(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    stranger = logged_in(UserFactory())
    for action in ("cancel", "check-in"):
        assert stranger.post(f"/venues/bookings/{booking.pk}/{action}/").status_code == 404
    assert booking.payment.description not in stranger.get("/venues/bookings/").content.decode()


def test_hours_that_overlap_are_refused(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue, at=3)
    response = book(logged_in(UserFactory()), venue, at=4)
    assert "One of these hours is already taken." in response.content.decode()
    assert Booking.objects.count() == Payment.objects.count() == 1


def test_of_many_who_want_the_same_hours_at_once_one_gets_them(venue: Any) -> None:
    people = UserFactory.create_batch(6)
    together = threading.Barrier(len(people))
    outcomes: list[bool] = []

    def want(number: int) -> None:
        together.wait()
        try:
            bookings.hold(venue, people[number], some_hours(venue, at=3 + number % 2))
            outcomes.append(True)
        except bookings.BookingRefused:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=want, args=[number]) for number in range(len(people))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]
    assert BookedHour.objects.count() == 2
    assert Booking.objects.count() == 1


def lapse() -> None:
    Booking.objects.update(held_at=timezone.now() - HOLD - timedelta(seconds=1))


def test_who_does_not_pay_in_time_gives_way(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue)
    lapse()
    rival = UserFactory()
    book(logged_in(rival), venue)
    assert [hour.booking.user for hour in BookedHour.objects.all()] == [rival, rival]
    lapsed = Payment.objects.get(user=player)
    assert lapsed.status == "canceled"
    assert titles(player) == [f"Released: {lapsed.description}"]


def test_who_paid_a_moment_ago_keeps_the_hours_though_nobody_has_heard_of_it(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue)
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    lapse()
    response = book(logged_in(UserFactory()), venue)
    assert "One of these hours is already taken." in response.content.decode()
    assert Booking.objects.get().state == Booking.State.RESERVED


def test_money_that_is_reserved_for_nothing_is_released(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue)
    Booking.objects.get().delete()
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.deliver(player_client)
    assert Payment.objects.get().status == "canceled"


def reconciled() -> None:
    """Some time later the site asks again for what Stripe did not answer."""
    ApiOperation.objects.update(updated_at=timezone.now() - attempts.left_behind())
    reconcile.run(steps=["unknown_calls"])


def test_money_that_is_reserved_for_nothing_is_released_when_stripe_answers_again(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue)
    Booking.objects.get().delete()
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.faults.add("error", status=429, path="/cancel", times=100)
    stripe_sandbox.deliver(player_client)
    stripe_sandbox.faults.clear()
    assert Payment.objects.get().status == "requires_capture"
    reconciled()
    assert Payment.objects.get().status == "canceled"


def test_what_is_called_off_while_stripe_does_not_answer_is_released_when_it_does(
    stripe_sandbox: Any, player: Any, player_client: Client, venue: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    stripe_sandbox.faults.add("cut", times=100)
    response = player_client.post(f"/venues/bookings/{booking.pk}/cancel/")
    stripe_sandbox.faults.clear()
    assert "released as soon as it responds" in said(response)[0]
    reconciled()
    assert Booking.objects.get().state == Booking.State.RELEASED
    assert not BookedHour.objects.exists()
    assert f"Released: {booking.payment.description}" in titles(player)


def test_when_stripe_does_not_answer_the_hours_stay_free(
    settings: Any, player_client: Client, venue: Any
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_API_MAX_RETRIES = 0
    assert "is not responding" in book(player_client, venue).content.decode()
    assert not BookedHour.objects.exists()


def test_hours_are_those_of_the_venues_own_clock() -> None:
    venue = VenueFactory(time_zone="Asia/Tokyo", opens=10, closes=12)
    starts = hours.openings(venue, date(2026, 6, 1))
    assert [start.astimezone(UTC).hour for start in starts] == [1, 2]


def test_an_hour_that_the_clocks_leave_out_is_not_offered() -> None:
    venue = VenueFactory(time_zone="Europe/Lisbon", opens=0, closes=4)
    starts = hours.openings(venue, date(2026, 3, 29))
    assert [start.hour for start in starts] == [0, 2, 3]


@pytest.mark.parametrize(
    ("count", "shift", "words"),
    [(5, 0, "one to 4 hours"), (1, 30, "coming week"), (2, 0.6, "closed"), (1, -3, "coming week")],
)
def test_other_hours_are_refused_with_a_reason(
    venue: Any, count: int, shift: float, words: str
) -> None:
    start = some_hours(venue)[0] + timedelta(days=shift)
    with pytest.raises(bookings.BookingRefused, match=words):
        bookings.wanted_hours(venue, start, count)


def test_staff_checks_in_and_releases_in_the_admin(
    stripe_sandbox: Any, player_client: Client, venue: Any, monkeypatch: Any
) -> None:
    booking = reserve(stripe_sandbox, player_client, venue)
    admin = logged_in(UserFactory(is_staff=True, is_superuser=True))
    begin_visit(monkeypatch, booking)
    fields = {"action": "check_in", "_selected_action": booking.pk}
    page = admin.post("/admin/venues/booking/", fields, follow=True)
    assert "Checked in" in page.content.decode()
    assert Booking.objects.get().state == Booking.State.VISITED
    page = admin.post("/admin/venues/booking/", {**fields, "action": "release"}, follow=True)
    assert "Request a refund instead" in page.content.decode()


def shown(client: Client, venue: Any, day: date) -> str:
    return client.get(f"{venue.get_absolute_url()}?day={day}").content.decode()


def test_an_hour_of_today_that_has_begun_is_over_and_not_taken(
    venue: Any, client: Client, monkeypatch: Any
) -> None:
    today = hours.today(venue)
    noon = hours.openings(venue, today)[4]
    monkeypatch.setattr(timezone, "now", lambda: noon)
    page = shown(client, venue, today)
    assert "<s>12:00</s> over" in page
    assert "taken" not in page
    assert page.count("over</p>") == 5


def test_an_hour_of_somebody_else_is_taken(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue, at=3, count=1)
    assert "<s>11:00</s> taken" in shown(Client(), venue, hours.days(venue)[2])


def test_an_hour_that_nobody_paid_for_in_time_is_offered_again(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    book(player_client, venue)
    lapse()
    assert "taken" not in shown(Client(), venue, hours.days(venue)[2])


def test_nobody_holds_more_than_two_bookings_that_are_not_paid(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    for at in (1, 4):
        book(player_client, venue, at=at)
    refused = book(player_client, venue, at=7)
    assert "You hold hours that you have not paid for" in refused.content.decode()
    assert Payment.objects.count() == 2
    player_client.post(f"/venues/bookings/{Booking.objects.latest('pk').pk}/cancel/")
    assert book(player_client, venue, at=7).status_code == 302


def test_of_many_holds_that_one_person_wants_at_once_two_are_given(venue: Any, player: Any) -> None:
    together = threading.Barrier(6)

    def want(number: int) -> None:
        together.wait()
        with suppress(bookings.BookingRefused):
            bookings.hold(venue, player, some_hours(venue, at=2 * number))
        connection.close()

    threads = [threading.Thread(target=want, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Booking.objects.count() == bookings.MOST_HOLDS


def test_what_a_person_did_not_pay_in_time_gives_way_to_what_they_want_now(
    stripe_sandbox: Any, player_client: Client, venue: Any
) -> None:
    for at in (1, 4):
        book(player_client, venue, at=at)
    lapse()
    book(player_client, venue, at=7)
    assert Booking.holds().count() == 1
    assert Payment.objects.filter(status="canceled").count() == 2

"""Everybody reads what they are told in their own language, whoever's doing it was."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from django_inapp_notifications import types
from django_inapp_notifications.models import Notification
from tests.example.world import UserFactory, some_hours
from venues import bookings
from venues.models import Booking

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = {"Accept-Language": "de"}


@pytest.fixture(autouse=True)
def no_language_is_left_to_the_thread() -> Any:
    yield
    translation.deactivate()


@pytest.fixture
def booked(stripe_sandbox: Any, player: User, venue: Any) -> Booking:
    """Paid by a guest whose browser speaks English, at the venue of a host who reads German."""
    User.objects.filter(pk=venue.host_id).update(
        language="de", verified_email="host@halftick.example"
    )
    payment = bookings.begin(venue, player, some_hours(venue)[0], 2)
    stripe_sandbox.confirm(payment.stripe_id)
    stripe_sandbox.deliver(Client())
    return Booking.objects.get()


@pytest.fixture
def host(booked: Booking) -> Client:
    client = Client(headers=GERMAN)
    client.force_login(booked.venue.host)
    return client


def words(booking: Booking) -> str:
    """How a German reads what was booked."""
    with translation.override("de"):
        return f"Nightjar hat gebucht: {bookings.describe(booking)}"


def test_the_list_the_page_and_the_dropdown_speak_the_readers_language(
    booked: Booking, host: Client
) -> None:
    notice = Notification.objects.of(booked.venue.host).get()
    recent = host.get(reverse("django_inapp_notifications:recent")).json()
    assert words(booked) in host.get("/notifications/").text
    assert words(booked) in host.get(f"/notifications/{notice.pk}/?stay=1").text
    assert words(booked) in str(recent)
    assert "24,00\N{NO-BREAK SPACE}$" in recent["notifications"][0]["message"]


def test_the_same_row_is_english_for_who_reads_english(booked: Booking, host: Client) -> None:
    page = host.get("/notifications/", headers={"Accept-Language": "en"}).text
    assert f"Nightjar booked {booked.payment.description}" in page


def test_mail_is_written_in_the_language_of_each_reader(booked: Booking, mailoutbox: Any) -> None:
    [mail] = [mail for mail in mailoutbox if "host@halftick.example" in mail.to]
    assert mail.subject == words(booked)


def test_who_logs_in_or_chooses_is_written_to_in_that_language(player: User) -> None:
    client = Client(headers=GERMAN)
    client.post("/accounts/login/", {"username": "player", "password": "secret-enough"})
    player.refresh_from_db()
    assert player.language == "de"
    client.post("/language/setlang/", {"language": "en"})
    player.refresh_from_db()
    assert player.language == "en"
    client.post("/language/setlang/", {"language": "nonsense"})
    player.refresh_from_db()
    assert player.language == "en"


@pytest.mark.parametrize("kind", [kind.slug for kind in types.all_types()])
def test_staff_previews_every_type_of_the_site(kind: str) -> None:
    client = Client(headers=GERMAN)
    client.force_login(UserFactory(is_staff=True))
    page = client.get(reverse("django_inapp_notifications:preview", args=[kind]))
    assert page.status_code == 200
    assert str(types.get(kind).description) not in page.context["text"]

"""Requests that were made to hurt: each is refused or bounded, and none is an error of the site."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.models import User
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService
from tests.example.world import PASSWORD, titles
from tournaments import registration

STRANGER = "stranger@elsewhere.example"
LONG_LANGUAGE = "de-de@aaaaaaaaaaaaaaaaaaaa"  # 26 characters, and Django knows a catalog for it


class CountingHasher(PBKDF2PasswordHasher):
    """Slow enough for others to arrive meanwhile; remembers what it compared."""

    algorithm = "counting"
    iterations = 60_000
    compared: ClassVar[list[str]] = []

    def verify(self, password: str, encoded: str) -> bool:
        self.compared.append(password)
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def counting(settings: Any) -> None:
    cache.clear()


def sign_up(name: str, email: str = STRANGER) -> Client:
    client = Client()
    fields = {"username": name, "password1": "long-enough-77", "password2": "long-enough-77"}
    client.post("/accounts/signup/", {**fields, "email": email})
    return client


def at_once(number: int, do: Any) -> list[Any]:
    """Do it in so many threads that start together; each has a connection of its own."""
    together = Barrier(number)

    def run(index: int) -> Any:
        try:
            together.wait()
            return do(index)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


# --- mail to strangers -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_signing_up_with_a_strangers_address_mails_them_one_question_and_nothing_else(
    stripe_sandbox: Any, tournament: Any
) -> None:
    client = sign_up("newcomer")
    client.post(f"/tournaments/{tournament.pk}/register/")
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.deliver(client)
    assert titles(User.objects.get(username="newcomer")) == ["You are in: Glyphfall Friday"]
    assert [(each.to, each.subject) for each in mail.outbox] == [
        ([STRANGER], "Confirm your e-mail address")
    ]
    customers = stripe_sandbox.events("customer.created")
    assert [each["data"]["object"]["email"] for each in customers] == [None]


@pytest.mark.django_db
def test_however_many_accounts_name_an_address_it_gets_three_questions_a_day() -> None:
    clients = [sign_up(f"newcomer{number}") for number in range(6)]
    for client in clients:
        client.post("/accounts/confirm/")
    assert len(mail.outbox) == 3


@pytest.mark.django_db
def test_the_link_confirms_the_address_by_a_button_only() -> None:
    client = sign_up("newcomer")
    link = next(word for word in mail.outbox[0].body.split() if "/confirm/" in word)
    assert client.get(link).status_code == 200
    assert User.objects.get().verified_email == ""
    client.post(link)
    assert User.objects.get().verified_email == STRANGER


@pytest.mark.django_db
def test_a_link_to_an_address_that_was_changed_since_confirms_nothing() -> None:
    client = sign_up("newcomer")
    link = next(word for word in mail.outbox[0].body.split() if "/confirm/" in word)
    User.objects.update(email="other@elsewhere.example")
    client.post(link)
    client.post(link[:-3] + "abc/")
    assert User.objects.get().verified_email == ""


@pytest.mark.django_db(transaction=True)
def test_starting_payments_in_a_loop_is_limited_and_fills_no_inbox(
    stripe_sandbox: Any, settings: Any, player: Any, player_client: Client, venue: Any
) -> None:
    from tests.example.world import some_hours

    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {**settings.STRIPE_RATE_LIMITS, "create_intent": {"user": "5/d"}}
    fields = {"starts_at": some_hours(venue)[0].isoformat(), "count": "1"}
    answers = []
    for _ in range(8):
        day = some_hours(venue)[0].date()
        answers.append(player_client.post(f"/venues/{venue.pk}/?day={day}", fields).status_code)
        for payment in Payment.objects.exclude(status="canceled"):
            player_client.post(f"/venues/bookings/{payment.venue_booking.pk}/cancel/")
    assert answers == [302] * 5 + [429] * 3
    assert Payment.objects.count() == 5


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["tournament", "organizing", "coaching", "venues"])
def test_what_others_cause_is_throttled(slug: str) -> None:
    from django_inapp_notifications import types

    limit = types.get(slug).throttle
    assert limit is not None
    assert limit.limit / (limit.period / timedelta(hours=1)) <= 20


@pytest.mark.django_db
def test_signing_up_is_limited_by_address(settings: Any) -> None:
    settings.STRIPE_RATE_LIMIT = True
    settings.STRIPE_RATE_LIMITS = {"sign_up": {"address": "2/d"}}
    for number in range(4):
        sign_up(f"newcomer{number}")
    assert User.objects.count() == 2


# --- logging in --------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_a_user_name_of_256_characters_is_refused(path: str) -> None:
    fields = {"username": "x" * 256, "password": PASSWORD}
    assert Client(raise_request_exception=False).post(path, fields).status_code == 400


@pytest.mark.django_db
def test_a_language_code_of_26_characters_is_refused(player: Any, player_client: Client) -> None:
    answer = player_client.post("/language/setlang/", {"language": LONG_LANGUAGE})
    assert answer.status_code == 400
    player.refresh_from_db()
    assert player.language == "en"  # as at the log-in


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/"])
def test_of_guesses_that_arrive_together_five_are_tried(
    player: Any, path: str, settings: Any
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    player.is_staff = True
    player.set_password(PASSWORD)
    player.save()
    CountingHasher.compared.clear()

    def guess(number: int) -> int:
        fields = {"username": "player", "password": f"guess {number}"}
        return Client().post(path, fields).status_code

    answers = at_once(23, guess)
    # The fifth failure locks, and its own answer says so already.
    assert (answers.count(200), answers.count(429)) == (4, 19)
    # Above all the others were not compared: one of them could have been right.
    assert len(CountingHasher.compared) == 5
    fields = {"username": "player", "password": PASSWORD}
    assert Client().post(path, fields).status_code == 429


# --- one payment, at today's price -------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_20_registrations_that_arrive_together_start_one_payment(
    stripe_sandbox_server: Any, player: Any, tournament: Any
) -> None:
    def register(_number: int) -> int:
        client = Client()
        client.force_login(User.objects.get(pk=player.pk))
        return client.post(f"/tournaments/{tournament.pk}/register/").status_code

    assert at_once(20, register) == [302] * 20
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_20_bookings_of_a_session_that_arrive_together_start_one_payment(
    stripe_sandbox_server: Any, player: Any, session: Any
) -> None:
    def book(_number: int) -> int:
        client = Client()
        client.force_login(User.objects.get(pk=player.pk))
        return client.post(f"/coaching/{session.pk}/book/").status_code

    assert at_once(20, book) == [302] * 20
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_of_a_process_that_died_ends_after_a_minute(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any
) -> None:
    for ago, payments in ((30, 0), (61, 1)):
        User.objects.update(starting_since=timezone.now() - timedelta(seconds=ago))
        player_client.post(f"/tournaments/{tournament.pk}/register/")
        assert Payment.objects.count() == payments


def fee_changed(tournament: Any) -> None:
    tournament.entry_fee = Decimal("30.00")


def played(tournament: Any) -> None:
    tournament.starts_at = timezone.now() - timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [fee_changed, played])
def test_an_old_payment_for_a_tournament_that_has_changed_goes_back(
    stripe_sandbox: Any, player: Any, player_client: Client, tournament: Any, change: Any
) -> None:
    player_client.post(f"/tournaments/{tournament.pk}/register/")
    change(tournament)
    tournament.save()
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.deliver(player_client)
    payment = Payment.objects.get()
    assert payment.amount_refunded == payment.amount_received == 2500
    assert not tournament.participants.exists()
    assert "Your payment came too late" in titles(player)


def dearer(session: Any) -> None:
    session.price = Decimal("40.00")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [dearer, played])
def test_an_old_payment_for_a_session_that_has_changed_goes_back(
    stripe_sandbox: Any, player: Any, player_client: Client, session: Any, change: Any
) -> None:
    player_client.post(f"/coaching/{session.pk}/book/")
    change(session)
    session.save()
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.deliver(player_client)
    payment = Payment.objects.get()
    assert payment.amount_refunded == payment.amount_received == 3000
    session.refresh_from_db()
    assert not session.is_booked


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("refunded", "places"), [("24.99", 0), ("12.51", 0), ("12.50", 1), ("0.01", 1)]
)
def test_a_refund_of_most_of_the_fee_takes_the_place_back(
    stripe_sandbox: Any,
    player: Any,
    player_client: Client,
    tournament: Any,
    refunded: str,
    places: int,
) -> None:
    player_client.post(f"/tournaments/{tournament.pk}/register/")
    stripe_sandbox.confirm(Payment.objects.get().stripe_id)
    stripe_sandbox.deliver(player_client)
    StripeService.refund_payment(Payment.objects.get(), refunded)
    assert tournament.participants.count() == places
    # Who has lost the place may pay for another; who has it need not.
    assert (registration.current_payment(tournament, player) is None) == (places == 0)

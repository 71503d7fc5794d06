"""Logging in, and what happens to whoever guesses passwords."""

import datetime
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from tests.example.world import PASSWORD, UserFactory

NOON = datetime.datetime(2026, 11, 2, 12, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)


def log_in(password: str = PASSWORD, client: Client | None = None, **extra: str) -> Any:
    fields = {"username": "player", "password": password}
    return (client or Client()).post("/accounts/login/", fields, **extra)


def fail(times: int) -> list[int]:
    """Guess from another address each time; return the answers' status codes."""
    return [log_in("guess", REMOTE_ADDR=f"192.0.2.{n}").status_code for n in range(times)]


def test_five_failed_log_ins_lock_the_account_for_an_hour(player: Any) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert fail(5)[:4] == [200] * 4
        locked = log_in()
        assert locked.status_code == 429
        assert "locked" in locked.content.decode()
        clock.move_to(NOON + HOUR - SECOND)
        assert log_in().status_code == 429
        clock.move_to(NOON + HOUR + SECOND)
        assert log_in().status_code == 302


def test_four_failed_log_ins_lock_nothing_and_are_forgotten_by_the_right_password(
    player: Any,
) -> None:
    for _ in range(2):
        fail(4)
        assert log_in().status_code == 302


def test_guessing_on_during_the_lock_does_not_prolong_it(player: Any) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        fail(5)
        clock.move_to(NOON + HOUR / 2)
        fail(3)
        clock.move_to(NOON + HOUR + SECOND)
        assert log_in().status_code == 302


def test_another_account_is_not_locked_with_it(player: Any) -> None:
    UserFactory(username="organizer")
    fail(5)
    fields = {"username": "organizer", "password": PASSWORD}
    assert Client().post("/accounts/login/", fields).status_code == 302


def test_the_lock_holds_for_the_admin_too(player: Any) -> None:
    User.objects.update(is_staff=True)
    fail(5)
    fields = {"username": "player", "password": PASSWORD}
    assert Client().post("/admin/login/", fields).status_code == 429


def test_without_rate_limits_nothing_is_locked(player: Any, settings: Any) -> None:
    settings.AXES_ENABLED = False
    fail(6)
    assert log_in().status_code == 302


def test_a_page_of_another_site_is_not_where_a_log_in_leads(player: Any) -> None:
    response = Client().post(
        "/accounts/login/?next=https://evil.example/",
        {"username": "player", "password": PASSWORD, "next": "https://evil.example/"},
    )
    assert response.url == "/tournaments/"


def test_a_weak_password_makes_no_account(db: None) -> None:
    fields = {"username": "newcomer", "password1": "12345678", "password2": "12345678"}
    assert Client().post("/accounts/signup/", fields).status_code == 200
    assert not User.objects.exists()


def test_a_time_zone_that_is_none_is_refused(db: None) -> None:
    with pytest.raises(ValidationError):
        User(username="a", password="b", time_zone="Mars/Base").full_clean()

"""manage.py seed: whole after one run, and the same after two."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from config.demo import ACCOUNTS
from tournaments.models import Participant, Tournament


def seed() -> str:
    output = io.StringIO()
    call_command("seed", stdout=output)
    return output.getvalue()


def log_in(client: Any, account: Any) -> bool:
    fields = {"username": account.username, "password": account.password}
    return client.post("/accounts/login/", fields).status_code == 302


def test_a_second_run_changes_nothing(db: None) -> None:
    seed()
    before = [model.objects.count() for model in (User, Tournament, Participant)]
    seed()
    assert [model.objects.count() for model in (User, Tournament, Participant)] == before


def test_it_prints_log_ins_that_work(db: None, client: Any) -> None:
    printed = seed()
    for account in ACCOUNTS:
        assert account.password in printed
        assert log_in(client, account)


def test_there_is_a_tournament_in_every_state(db: None) -> None:
    seed()
    states = {tournament.state for tournament in Tournament.objects.all()}
    assert states == {"open", "full", "closed", "started"}


def test_an_old_demo_has_something_to_play_again(db: None) -> None:
    seed()
    Tournament.objects.update(starts_at=timezone.now() - timedelta(days=30))
    seed()
    assert Tournament.objects.filter(starts_at__gt=timezone.now()).count() == 7


def test_nobody_is_given_a_known_password_on_a_real_site(db: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="passwords that everybody knows"):
        seed()
    assert not User.objects.exists()

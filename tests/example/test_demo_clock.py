"""The demo's clock: one move, and site, sweeps and sandbox are there."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from config import demo_clock
from django_inapp_notifications import clock as notifications_clock
from django_inapp_notifications import preferences
from django_inapp_notifications.models import NotificationSettings
from django_inapp_notifications.services import notify
from django_stripe_payments import clock as payments_clock
from django_stripe_payments.models import Payment
from tests.example.environment import DEMO, environment
from tests.example.settings import EXAMPLE
from tests.example.world import UserFactory, some_hours

PAGE = "/demo/clock/"
pytestmark = pytest.mark.django_db(transaction=True)

#: A busy machine needs long to start a process.
PATIENCE = 90


@pytest.fixture(autouse=True)
def clock_file(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.DEMO_CLOCK = tmp_path / "clock.json"
    yield settings.DEMO_CLOCK
    for clock in (payments_clock, notifications_clock):
        clock.set_offset(timedelta(0))


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(UserFactory(is_staff=True))
    return client


def move(client: Client, *steps: str) -> Any:
    for step in steps:
        answer = client.post(PAGE, {"step": step}, follow=True)
    return answer


def offsets() -> set[timedelta]:
    return {payments_clock.offset(), notifications_clock.offset(), demo_clock.kept_offset()}


def test_both_apps_and_the_sandbox_move_together(stripe_sandbox_server: Any, admin: Client) -> None:
    page = move(admin, "hour", "day", "month").content.decode()
    moved = timedelta(days=31, hours=1)
    assert offsets() == {moved}
    assert stripe_sandbox_server.sandbox.world.clock.offset == moved.total_seconds()
    assert f"{timezone.now() + moved:%Y-%m-%dT%H}" in page


def test_payments_are_paid_and_signatures_hold_after_a_move(
    stripe_sandbox_server: Any,
    live_server: Any,
    admin: Client,
    player: Any,
    player_client: Client,
    tournament: Any,
) -> None:
    tournament.starts_at += timedelta(days=90)
    tournament.save()
    move(admin, "month", "month")
    sandbox = stripe_sandbox_server.sandbox
    sandbox.add_webhook(f"{live_server.url}/payments/webhook/")
    player_client.post(f"/tournaments/{tournament.pk}/register/")
    sandbox.confirm(Payment.objects.get().stripe_id)
    sandbox.webhooks.flush()
    payment = Payment.objects.get()
    assert payment.status == "succeeded"
    assert payment.succeeded_at is not None
    assert payment.succeeded_at > timezone.now() + timedelta(days=59)
    assert tournament.participants.count() == 1


def test_a_digest_leaves_when_its_hour_has_come(
    stripe_sandbox_server: Any, admin: Client, player: Any, mailoutbox: Any
) -> None:
    reachable(player)
    preferences.set_frequency(player, "email", "daily", how="code")
    notify(player, "tournament", title="The draw is out")
    call_command("notifications_deliver", verbosity=0)
    assert mailoutbox == []
    move(admin, "day")
    call_command("notifications_deliver", verbosity=0)
    assert [each.to for each in mailoutbox] == [["player@halftick.example"]]


def test_mail_held_for_quiet_hours_leaves_when_they_end(
    stripe_sandbox_server: Any, admin: Client, player: Any, mailoutbox: Any
) -> None:
    reachable(player)
    be_quiet_now(player)
    notify(player, "tournament", title="The draw is out")
    call_command("notifications_deliver", verbosity=0)
    assert mailoutbox == []
    move(admin, *["hour"] * 3)
    call_command("notifications_deliver", verbosity=0)
    assert [each.subject for each in mailoutbox] == ["The draw is out"]


def test_hours_that_were_reserved_are_captured_at_their_time(
    stripe_sandbox_server: Any, admin: Client, player: Any, player_client: Client, venue: Any
) -> None:
    start = some_hours(venue)[0]
    fields = {"starts_at": start.isoformat(), "count": "1"}
    player_client.post(f"/venues/{venue.pk}/?day={start.date()}", fields)
    payment = Payment.objects.get()
    stripe_sandbox_server.sandbox.confirm(payment.stripe_id)
    player_client.get(payment.get_absolute_url())
    host = Client()
    host.force_login(venue.host)
    check_in = f"/venues/bookings/{payment.venue_booking.pk}/check-in/"
    assert b"Check-in opens" in host.get("/venues/bookings/").content
    host.post(check_in)
    assert Payment.objects.get().status == "requires_capture"
    move(admin, *["day"] * 3)
    host.post(check_in)
    assert Payment.objects.get().status == "succeeded"


def test_a_sandbox_that_does_not_answer_leaves_every_clock_where_it_was(
    settings: Any, admin: Client
) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert b"was not moved" in move(admin, "day").content
    assert offsets() == {timedelta(0)}


def test_the_clock_is_moved_by_staff_with_a_form_of_the_page(
    stripe_sandbox_server: Any, admin: Client, player_client: Client
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies
    assert strict.post(PAGE, {"step": "day"}).status_code == 403
    assert player_client.post(PAGE, {"step": "day"}).status_code == 403
    assert Client().post(PAGE, {"step": "day"}).status_code == 403
    assert admin.post(PAGE, {"step": "century"}).status_code == 400
    assert admin.get(PAGE, {"step": "day"}).status_code == 200
    assert offsets() == {timedelta(0)}
    assert b'value="day"' in admin.get(PAGE).content
    assert b'value="day"' not in player_client.get(PAGE).content


def test_only_the_demo_has_the_page(settings: Any, admin: Client) -> None:
    settings.DEMO_CLOCK = None
    assert admin.get(PAGE).status_code == 404
    assert admin.post(PAGE, {"step": "day"}).status_code == 404


SETUP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("seed", quiet=True)
from accounts.models import User
from django.utils import timezone
from datetime import timedelta
from django_inapp_notifications.models import NotificationSettings
from django_inapp_notifications.services import notify
player = User.objects.get(username="player")
now = timezone.now()
NotificationSettings.objects.create(
    user=player, quiet_hours=True, time_zone="UTC",
    quiet_start=(now - timedelta(hours=1)).time(), quiet_end=(now + timedelta(hours=2)).time(),
)
notify(player, "tournament", title="The draw is out")
"""


def test_a_sweep_that_runs_already_follows(tmp_path: Path) -> None:
    """A process of its own, which was started before the clock was moved."""
    site = environment(tmp_path, **DEMO, DJANGO_SETTINGS_MODULE="config.settings")
    subprocess.run([sys.executable, "-c", SETUP], cwd=EXAMPLE, env=site, check=True)
    command = [sys.executable, "manage.py", "notifications_deliver", "--forever", "--interval", "1"]
    sweep = subprocess.Popen(command, cwd=EXAMPLE, env={**os.environ, **site})
    try:
        assert not list(tmp_path.glob("letterbox/*.eml"))
        (tmp_path / "clock.json").write_text(json.dumps({"offset": 3 * 3600}))
        deadline = time.monotonic() + PATIENCE
        while not list(tmp_path.glob("letterbox/*.eml")):
            assert sweep.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        sweep.terminate()
        sweep.wait(30)


def reachable(player: Any) -> None:
    player.verified_email = "player@halftick.example"
    player.save()


def be_quiet_now(player: Any) -> None:
    now = timezone.now()
    NotificationSettings.objects.create(
        user=player,
        quiet_hours=True,
        time_zone="UTC",
        quiet_start=(now - timedelta(hours=1)).time(),
        quiet_end=(now + timedelta(hours=2)).time(),
    )

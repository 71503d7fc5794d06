"""Two dispatchers at once, as real processes, killed again and again at every marked point."""

import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone

from django_inapp_notifications.models import (
    Delivery,
    Digest,
    NotificationPreference,
    Status,
)
from django_inapp_notifications.services import notify

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

# 10,000 for a thorough run; each death costs the time of a lease.
MARKED_POINTS = {"after_claim", "before_send", "after_send", "after_note"}
DELIVERIES = int(os.environ.get("DISPATCHED_DELIVERIES", "100"))


def make_users(number):
    user_model = get_user_model()
    made = [user_model(username=f"u{n}", email=f"u{n}@example.com") for n in range(number)]
    return user_model.objects.bulk_create(made)


@pytest.fixture
def journal(tmp_path):
    path = tmp_path / "journal"
    path.touch()
    return path


def start(journal, seed, chance):
    return start_script("dispatcher_process.py", journal, seed, chance)


def start_script(name, journal, *arguments):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.notifications.settings"}
    environment["DATABASE_NAME"] = str(connection.settings_dict["NAME"])
    root = Path(__file__).parents[3]
    environment["PYTHONPATH"] = str(root)
    script = Path(__file__).parents[1] / "support" / name
    command = [sys.executable, str(script), str(journal), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, cwd=root)


def run_until(journal, is_done, chance):
    """Keep two dispatchers running, whatever happens to them, until the work is done."""
    seeds, running = count(), []
    while not is_done():
        running = [process for process in running if process.poll() is None]
        while len(running) < 2:
            running.append(start(journal, next(seeds), chance))
        running[0].wait()
    for process in running:
        process.wait()


def lines(journal, word):
    return [line.split()[1:] for line in journal.read_text().splitlines() if line.startswith(word)]


def test_none_is_lost_and_only_a_death_between_yes_and_note_doubles(db, journal, settings):
    settings.NOTIFICATION_DISPATCHER = "none"
    notify(make_users(DELIVERIES), "match", title="x")
    run_until(
        journal,
        lambda: not Delivery.objects.exclude(status=Status.SENT).exists(),
        # A small run sees a few deaths, a big one enough to see each point again and again.
        chance=max(2 / DELIVERIES, 1 / 500),
    )
    copies = Counter(key for (key,) in lines(journal, "sent"))
    deaths = Counter(death[0] for death in lines(journal, "died"))
    in_the_window = {death[1] for death in lines(journal, "died") if death[0] == "after_send"}
    doubled = {key for key, number in copies.items() if number > 1}
    print(f"{len(copies)} delivered, {dict(deaths)} deaths, {len(doubled)} doubled")
    assert len(copies) == DELIVERIES
    assert doubled <= in_the_window
    assert DELIVERIES < 5000 or set(deaths) == MARKED_POINTS


def test_overlapping_digest_runs_send_one_to_each_user(db, journal, settings):
    settings.NOTIFICATION_DISPATCHER = "none"
    users = make_users(200)
    NotificationPreference.objects.bulk_create(
        NotificationPreference(user=user, type="*", channel="recorded", frequency="daily")
        for user in users
    )
    notify(users, "match", title="x")
    notify(users, "match", title="y")
    run_until(journal, lambda: not Delivery.objects.filter(status=Status.PENDING).exists(), 0)
    assert lines(journal, "sent") == []
    Digest.objects.update(not_before=timezone.now())
    run_until(journal, lambda: not Digest.objects.exclude(status=Status.SENT).exists(), 0)
    assert len(lines(journal, "sent")) == 200
    assert len({key for (key,) in lines(journal, "sent")}) == 200


def test_with_default_settings_a_mail_that_kills_its_process_is_the_only_one_lost(
    db, journal, settings
):
    """Kill -9, as the out-of-memory killer does, and another run after each lease."""
    settings.NOTIFICATION_DISPATCHER = "none"
    notify(make_users(41), "match", title="x")
    while Delivery.objects.filter(status=Status.PENDING).exists():
        Delivery.objects.update(not_before=timezone.now() - timedelta(seconds=1))
        start_script("poisoned_process.py", journal, "u10").wait()
    assert Delivery.objects.get(status=Status.FAILED).recipient.username == "u10"
    names = [name for (name,) in lines(journal, "sent")]
    assert len(names) == len(set(names)) == 40

"""What the doctor finds: one problem each, with its remedy."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import include, path
from django.utils import timezone

from django_inapp_notifications.content import rendering as content
from django_inapp_notifications.delivery.breaker import note_failure
from django_inapp_notifications.doctor.examine import examine, health
from django_inapp_notifications.exceptions import ChannelDown
from django_inapp_notifications.models import Delivery, Digest, Message, PendingRecipients, Status
from django_inapp_notifications.types import NotificationType, register, unregister

urlpatterns = [path("", include([]))]


def problems():
    return {each.what: each for each in examine() if not each.ok}


def test_a_sound_site_has_none(db, capsys):
    assert problems() == {}
    call_command("notifications_doctor")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("ok ") for line in lines)


def test_a_problem_is_an_exit_code_and_a_remedy(db, settings, capsys):
    settings.NOTIFICATION_PAGE_SIZE = 0
    with pytest.raises(CommandError) as error:
        call_command("notifications_doctor")
    assert error.value.returncode == 1
    assert "E001" in capsys.readouterr().out


def test_urls_that_are_not_mounted(db, settings):
    settings.ROOT_URLCONF = __name__
    assert "include" in problems()["addresses"].remedy


def test_mail_that_cannot_link_back(db, settings):
    settings.NOTIFICATION_BASE_URL = ""
    assert problems()["addresses"].problem == (
        "Messages sent by email, recorded have no links to this site."
    )
    assert "NOTIFICATION_BASE_URL" in problems()["addresses"].remedy


def test_a_site_that_sends_no_mail_by_itself_needs_no_address(db, settings):
    settings.NOTIFICATION_BASE_URL = ""
    unregister("match")
    unregister("mail")
    (found,) = [each for each in examine() if each.what == "addresses"]
    assert found.ok
    assert "NOTIFICATION_BASE_URL is not set" in str(found)


def test_a_default_channel_that_the_site_does_not_use_needs_no_address(db, settings):
    settings.NOTIFICATION_BASE_URL = ""
    settings.NOTIFICATION_CHANNELS = ["django_inapp_notifications.channels.in_app.InAppChannel"]
    assert "addresses" not in problems()


@pytest.fixture
def nothing_migrated(django_db_blocker, tmp_path, monkeypatch):
    """The app's rows are looked for in a database in which there is not one table."""
    from django.db import connections

    before = connections["default"]
    empty = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "new.db", "OPTIONS": {}}
    monkeypatch.setitem(connections.settings, "default", {**before.settings_dict, **empty})
    with django_db_blocker.unblock():
        del connections["default"]
        yield
        connections["default"].close()
        connections["default"] = before


def test_before_migrate_there_is_one_problem(nothing_migrated, capsys):
    with pytest.raises(CommandError):
        call_command("notifications_doctor")
    lines = capsys.readouterr().out.splitlines()
    told = "problem  database: Tables are missing or out of date. -> Run manage.py migrate."
    assert [line for line in lines if not line.startswith("ok ")] == [told]


def test_a_template_that_does_not_render(db, settings, tmp_path):
    folder = tmp_path / "notifications" / "broken"
    folder.mkdir(parents=True)
    (folder / "title.txt").write_text("{% nonsense %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    register(NotificationType("broken"))
    content.find_once.cache_clear()
    assert "nonsense" in problems()["templates of broken"].problem


def test_a_mail_server_that_is_not_there(db, monkeypatch):
    class Dead:
        def open(self):
            raise ConnectionRefusedError("nobody there")

        def close(self):
            raise OSError

    monkeypatch.setattr("django_inapp_notifications.doctor.examine.open_connection", Dead)
    assert "nobody there" in problems()["mail server"].problem
    assert all(each.ok for each in examine(offline=True))


def test_a_channel_that_is_paused(db, settings):
    settings.NOTIFICATION_BREAKER_FAILURES = 1
    note_failure("email", ChannelDown("gone fishing"))
    assert problems()["channel email"].remedy == "ChannelDown: gone fishing"


@pytest.mark.parametrize("model", [Delivery, Digest, PendingRecipients])
def test_work_that_no_sweep_does(delivery, user, model):
    row = delivery()
    long_ago = timezone.now() - timedelta(hours=1)
    Delivery.objects.update(not_before=timezone.now() + timedelta(hours=1))
    if model is Digest:
        Digest.objects.create(recipient=user, not_before=long_ago)
    elif model is PendingRecipients:
        PendingRecipients.objects.create(
            message=row.notification.message, recipients=[], not_before=long_ago
        )
    else:
        Delivery.objects.update(not_before=long_ago)
    assert "notifications_deliver" in problems()["sweeps"].remedy
    assert 3600 <= health()["oldest_due_seconds"] < 3700


def test_dead_letters(delivery):
    delivery()
    Delivery.objects.update(status=Status.FAILED)
    assert "1 deliveries or digests failed" in problems()["dead letters"].problem


def test_retention_that_never_runs(db):
    Message.objects.create(type="match", created_at=timezone.now() - timedelta(days=200))
    assert "notifications_prune" in problems()["retention"].remedy


def test_a_probe_that_breaks_is_a_finding(db, monkeypatch):
    monkeypatch.setattr("django_inapp_notifications.doctor.examine.metrics.totals", lambda: {}["x"])
    assert "KeyError" in problems()["sweeps"].problem


def test_health_is_json_and_an_exit_code(delivery, capsys):
    delivery()
    call_command("notifications_health")
    assert json.loads(capsys.readouterr().out)["due"] == 1
    Delivery.objects.update(not_before=timezone.now() - timedelta(hours=1))
    with pytest.raises(CommandError):
        call_command("notifications_health")
    call_command("notifications_health", "--max-age", "7200")
    Delivery.objects.update(status=Status.FAILED)
    with pytest.raises(CommandError):
        call_command("notifications_health")
    call_command("notifications_health", "--max-failed", "1")

"""The test kit that sites use, and the simulator."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from django_inapp_notifications import preferences, types
from django_inapp_notifications.doctor.simulate import simulate
from django_inapp_notifications.models import Message, Notification, NotificationSettings, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.signals import delivery_sent
from django_inapp_notifications.testing import (
    NotificationsOutbox,
    frozen_clock,
    notifications_outbox,
    run_on_commit,
)

pytest_plugins = ["pytester"]


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_outbox_finds_what_was_sent(user, other_user):
    notify(user, "match", title="before")
    with notifications_outbox() as outbox:
        notify([user, other_user], "match", title="x")
    (found,) = outbox.assert_sent("match", to=user, channels=["in_app", "recorded"])
    assert found.title == "x"
    outbox.assert_sent("match", count=2)


def test_the_outbox_says_what_there_is_instead(user):
    outbox = NotificationsOutbox()
    outbox.assert_nothing_sent()
    notify(user, "match", title="x")
    with pytest.raises(AssertionError, match="'match', 'ana', 'x'"):
        outbox.assert_sent("tournament")
    with pytest.raises(AssertionError, match="recorded"):
        outbox.assert_sent("match", channels=["in_app"])
    with pytest.raises(AssertionError, match="match"):
        outbox.assert_nothing_sent()


def test_the_outbox_knows_when_it_is_due(user):
    with frozen_clock(utc("2026-05-01T12:00")):
        outbox = NotificationsOutbox()
        notify(user, "match", title="x")
    outbox.assert_sent("match", at=utc("2026-05-01T12:00"))
    with pytest.raises(AssertionError, match="due at"):
        outbox.assert_sent("match", at=utc("2026-05-01T13:00"))


def test_what_waits_for_a_commit_can_be_run(user, recorded):
    with run_on_commit():
        notify(user, "match", title="x")
        assert recorded.sent == []
    assert len(recorded.sent) == 1


class TestSimulator:
    @pytest.fixture(autouse=True)
    def new_york_nights(self, user):
        NotificationSettings.objects.create(
            user=user,
            time_zone="America/New_York",
            quiet_hours=True,
            quiet_start=time(22),
            quiet_end=time(7),
        )

    def test_it_goes_through_a_change_of_clocks(self, user, recorded):
        """The night of the 7th of March 2026 is an hour short."""
        found = simulate(
            user, utc("2026-03-08T02:00"), utc("2026-03-08T12:00"), notification_type="match"
        )
        times = [each.at for each in found]
        assert times[0] == utc("2026-03-08T02:00")
        assert times[1:9] == [utc("2026-03-08T11:00")] * 8
        assert recorded.sent == []
        assert not Message.objects.exists()

    def test_digests_leave_at_their_hour(self, user):
        preferences.set_frequency(user, "recorded", "daily", how="code")
        found = simulate(
            user,
            utc("2026-05-01T00:00"),
            utc("2026-05-03T00:00"),
            notification_type="match",
            every=timedelta(hours=6),
        )
        assert [each.at for each in found] == [utc("2026-05-01T12:00"), utc("2026-05-02T12:00")]

    def test_time_must_pass(self, user):
        with pytest.raises(ValueError, match="must be positive"):
            simulate(
                user,
                utc("2026-05-01"),
                utc("2026-05-02"),
                notification_type="match",
                every=timedelta(),
            )

    def test_it_is_about_one_user_and_touches_nothing_of_the_others(self, user, other_user):
        waiting = notify(other_user, "match", title="Ben's").notifications.get()
        heard = []
        delivery_sent.connect(lambda **_: heard.append(1), weak=False, dispatch_uid="heard")
        start = timezone.now()
        found = simulate(user, start, start + timedelta(hours=30), notification_type="match")
        delivery_sent.disconnect(dispatch_uid="heard")
        assert "Ben's" not in {each.title for each in found}
        assert waiting.deliveries.get().status == Status.PENDING
        assert heard == []

    def test_the_command_prints_local_times(self, user, capsys):
        period = ["--from", "2026-03-07T21:00", "--to", "2026-03-08T08:00"]
        call_command("notifications_simulate", "--user", "ana", "--type", "match", *period)
        printed = capsys.readouterr().out
        assert "2026-03-07T21:00:00-05:00 recorded" in printed
        assert "2026-03-08T07:00:00-04:00 recorded" in printed
        assert not Notification.objects.exists()

    def test_the_command_takes_a_type_that_leaves_the_site(self, user, capsys):
        types.register(types.NotificationType("a", label="A"))
        period = ["--from", "2026-03-07T21:00", "--to", "2026-03-07T22:00"]
        call_command("notifications_simulate", "--user", "ana", *period)
        assert "deliveries (times in America/New_York)" in capsys.readouterr().out

    def test_the_command_names_the_types_that_there_are(self, user):
        period = ["--from", "2026-03-07T21:00", "--to", "2026-03-07T22:00"]
        with pytest.raises(CommandError, match="Known are: coaching, mail"):
            call_command("notifications_simulate", "--user", "ana", "--type", "nope", *period)


def test_the_fixture_works_in_a_sites_own_tests(pytester, monkeypatch):
    """As a site would use it: a plugin named in its conftest, and a test that asks for it."""
    pytester.makeconftest('pytest_plugins = ["django_inapp_notifications.testing"]')
    pytester.makepyfile(
        """
        from django.contrib.auth import get_user_model
        from django_inapp_notifications.services import notify
        from django_inapp_notifications.types import NotificationType, register

        register(NotificationType("match", channels=("in_app", "email")))

        def test_it_was_sent(notifications_outbox):
            ana = get_user_model().objects.create_user("ana", "ana@example.com")
            notifications_outbox.assert_nothing_sent()
            notify(ana, "match", title="x")
            notifications_outbox.assert_sent("match", to=ana, channels=["in_app", "email"])

        def test_it_was_not(notifications_outbox):
            notifications_outbox.assert_sent("match")
        """
    )
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    pytester.makepyfile(
        site_settings=f"""
        from tests.notifications.settings import *
        DATABASES = {{"default": {database}}}
        """
    )
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "site_settings")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Expected 1 of 'match' to anybody, found 0.*"])

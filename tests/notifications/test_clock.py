"""One clock for the app and one for its database, which a demo and tests shift together."""

from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from django_inapp_notifications import clock
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.leases import claim, finish, retry_delay
from django_inapp_notifications.maintenance.metrics import totals
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import Delivery, Notification, PendingRecipients, Status
from django_inapp_notifications.services import notify

HOUR = timedelta(hours=1)


@pytest.fixture
def in_ten_minutes(monkeypatch):
    """This machine's clock is ten minutes ahead of the database's, or behind it."""
    real = timezone.now

    def skew(minutes):
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=minutes))

    return skew


def due():
    return Delivery.objects.filter(status=Status.PENDING)


def test_it_runs_unless_it_is_shifted():
    before = timezone.now()
    assert before <= clock.now() <= timezone.now()
    with clock.shifted(HOUR):
        assert clock.now() - timezone.now() > HOUR - timedelta(seconds=10)
        with clock.shifted(HOUR):
            assert clock.offset() == 2 * HOUR
    assert clock.offset() == timedelta(0)


def test_it_stands_still_in_one_thread_only():
    moment, seen = datetime(2026, 5, 1, tzinfo=UTC), []
    with clock.frozen(moment):
        other = Thread(target=lambda: seen.append(clock.now()))
        other.start()
        other.join()
        assert clock.now() == clock.database_now("default") == moment
    assert seen != [moment]


def test_what_waits_is_due_when_the_clock_is_shifted(user, recorded):
    notify(user, "match", title="x", send_at=timezone.now() + HOUR)
    assert sweep()["recipients"] == 0
    with clock.shifted(HOUR):
        assert sweep()["recipients"] == 1
    assert len(recorded.sent) == 1


def test_what_expires_is_gone_when_the_clock_is_shifted(user, send):
    send(expires_at=timezone.now() + HOUR)
    assert unread_count(user.pk) == 1
    with clock.shifted(HOUR):
        assert unread_count(user.pk) == 0


@pytest.mark.postgresql
@pytest.mark.mariadb
class TestTwoMachines:
    """Whose clocks differ: the database's decides."""

    def test_a_lease_is_not_over_for_a_machine_that_is_ahead(self, delivery, in_ten_minutes):
        delivery()
        assert len(claim(due(), 1)[1]) == 1
        in_ten_minutes(10)
        assert claim(due(), 1)[1] == []

    def test_a_lease_of_a_machine_that_is_behind_lasts_as_long(self, delivery, in_ten_minutes):
        delivery()
        in_ten_minutes(-10)
        assert len(claim(due(), 1)[1]) == 1
        in_ten_minutes(0)
        assert claim(due(), 1)[1] == []

    def test_a_machine_that_is_ahead_does_not_retry_early(self, delivery, in_ten_minutes):
        row = delivery()
        lease, _ = claim(due(), 1)
        assert finish(row, lease, after=retry_delay(1))
        in_ten_minutes(10)
        assert claim(due(), 1)[1] == []
        assert totals()["due"] == 0

    def test_what_a_machine_that_is_ahead_writes_is_due_at_once(
        self, user, other_user, in_ten_minutes
    ):
        in_ten_minutes(10)
        notify(user, "match", title="x")
        notify(other_user, "match", title="x", background=True)
        in_ten_minutes(0)
        assert sweep()["recipients"] == 1
        assert not PendingRecipients.objects.exists()
        assert due().count() == 0

    def test_the_database_takes_the_offset_too(self, delivery):
        delivery()
        with clock.shifted(HOUR):
            assert len(claim(due(), 1)[1]) == 1
        with clock.shifted(HOUR - timedelta(minutes=1)):
            assert claim(due(), 1)[1] == []
        with clock.shifted(HOUR + timedelta(minutes=10)):
            assert len(claim(due(), 1)[1]) == 1

    def test_it_is_the_same_moment_for_both(self, send):
        """Whatever time zone the session has: MariaDB's own is that of its machine."""
        with connection.cursor() as cursor:
            zone = "SET time_zone = '+05:00'" if connection.vendor == "mysql" else "SET TIME ZONE 5"
            cursor.execute(zone)
        send()
        Notification.objects.update(created_at=clock.database_now("default"))
        moment = Notification.objects.get().created_at
        assert abs(moment - timezone.now()) < timedelta(minutes=1)

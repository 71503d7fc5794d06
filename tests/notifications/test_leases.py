"""A lease is renewed while its holder works, and lost when it does not."""

from datetime import timedelta

import pytest

from django_inapp_notifications import clock, preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.leases import LeasedRows, claim
from django_inapp_notifications.models import Delivery, Digest, Status
from django_inapp_notifications.services import notify

LEASE = 60


@pytest.fixture
def turn(settings):
    """Turn the clock by a number of seconds, as for a machine that was suspended that long."""
    settings.NOTIFICATION_LEASE_SECONDS = LEASE
    settings.NOTIFICATION_DISPATCHER = "none"

    def by(seconds):
        clock.set_offset(clock.offset() + timedelta(seconds=seconds))

    yield by
    clock.set_offset(timedelta(0))


def pending():
    return Delivery.objects.filter(status=Status.PENDING)


@pytest.fixture
def slow_channel(monkeypatch, recorded, turn):
    """Each send takes most of a lease; in it, a second dispatcher claims what it can get."""
    claimed = []

    def send(self, outgoing):
        recorded.sent.append(outgoing)
        turn(LEASE * 0.9)
        claimed.extend(claim(pending(), 50)[1])

    monkeypatch.setattr(recorded, "send", send)
    return claimed


def test_a_batch_longer_than_a_lease_is_nobody_elses(make_user, recorded, slow_channel):
    notify([make_user(f"u{n}") for n in range(6)], "match", title="x")
    assert deliver_due() == 6
    assert slow_channel == []
    assert len({each.key for each in recorded.sent}) == len(recorded.sent) == 6
    assert Delivery.objects.filter(status=Status.SENT, attempts=1).count() == 6


def test_what_was_lost_is_not_sent_by_the_loser(make_user, recorded, turn, monkeypatch):
    """One step that outlasts the lease costs the rest of the batch, and doubles nothing of it."""
    winners = []

    def send(self, outgoing):
        recorded.sent.append(outgoing)
        if len(recorded.sent) == 1:
            turn(LEASE * 2)
            winners.extend(claim(pending(), 50)[1])

    monkeypatch.setattr(recorded, "send", send)
    notify([make_user(f"u{n}") for n in range(3)], "match", title="x")
    deliver_due()
    assert len(winners) == 3
    assert len(recorded.sent) == 1


def test_digests_renew_theirs_too(make_user, recorded, turn, monkeypatch):
    users = [make_user(f"u{n}") for n in range(4)]
    for user in users:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users, "match", title="x")
    deliver_due()
    turn(2 * 24 * 3600)
    second = []

    def send(self, outgoing):
        recorded.sent.append(outgoing)
        turn(LEASE * 0.9)
        second.extend(claim(Digest.objects.filter(status=Status.PENDING), 50)[1])

    monkeypatch.setattr(recorded, "send", send)
    assert send_due_digests() == 4
    assert second == []
    assert len(recorded.sent) == 4


def test_digests_that_were_lost_are_not_sent_by_the_loser(make_user, recorded, turn, monkeypatch):
    users = [make_user(f"u{n}") for n in range(3)]
    for user in users:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users, "match", title="x")
    deliver_due()
    turn(2 * 24 * 3600)

    def send(self, outgoing):
        recorded.sent.append(outgoing)
        if len(recorded.sent) == 1:
            turn(LEASE * 2)
            claim(Digest.objects.filter(status=Status.PENDING), 50)

    monkeypatch.setattr(recorded, "send", send)
    send_due_digests()
    assert len(recorded.sent) == 1


def test_a_renewal_costs_nothing_while_the_lease_is_young(
    delivery, turn, django_assert_num_queries
):
    delivery()
    lease, rows = claim(pending(), 1)
    leased = LeasedRows(lease, rows)
    with django_assert_num_queries(0):
        assert leased.start(rows[0])

"""Digests: claimed once, at the user's own hour, with what is still of interest."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice

import pytest
from django.core import mail
from django.utils import timezone

from django_inapp_notifications import clock, inbox, preferences, types
from django_inapp_notifications.channels.base import Outcome
from django_inapp_notifications.channels.email import EmailChannel
from django_inapp_notifications.delivery import digest_delivery
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.delivery.digests import due_times, release_leftovers, resend
from django_inapp_notifications.exceptions import ChannelDown, PermanentFailure
from django_inapp_notifications.leases import LeasedRows, claim
from django_inapp_notifications.models import (
    ChannelState,
    Delivery,
    Digest,
    NotificationSettings,
    Status,
)
from django_inapp_notifications.preferences import Preferences
from django_inapp_notifications.services import notify
from django_inapp_notifications.signals import delivery_failed, delivery_sent
from django_inapp_notifications.types import NotificationType, Throttle, register
from tests.notifications.support.channels import RecordingChannel


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FAR = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def daily(user):
    preferences.set_frequency(user, "recorded", "daily", how="code")


def make_due():
    Digest.objects.update(not_before=timezone.now())


def test_notifications_are_held_and_sent_as_one(daily, delivery, recorded):
    rows = [delivery("a"), delivery("b")]
    deliver_due()
    assert recorded.sent == []
    held = Delivery.objects.values_list("status", "attempts")
    assert set(held) == {(Status.HELD, 0)}, "to wait is no attempt"
    make_due()
    assert send_due_digests() == 1
    (sent,) = recorded.sent
    assert sent.is_digest
    assert sent.title == "2 new notifications"
    assert list(sent.notification_ids) == [row.notification_id for row in rows]
    assert {row.status for row in Delivery.objects.all()} == {Status.SENT}


def test_what_was_read_meanwhile_is_left_out(daily, user, delivery, recorded):
    read = delivery("a")
    delivery("b")
    deliver_due()
    inbox.mark_read(user, [read.notification_id])
    make_due()
    send_due_digests()
    assert recorded.sent[0].title == "1 new notification"


def test_with_nothing_left_none_is_sent(daily, user, delivery, recorded):
    delivery("a")
    deliver_due()
    inbox.mark_all_read(user)
    make_due()
    send_due_digests()
    assert recorded.sent == []
    assert Digest.objects.get().status == Status.SKIPPED


def test_a_second_run_sends_nothing(daily, delivery, recorded):
    delivery("a")
    deliver_due()
    make_due()
    assert [send_due_digests(), send_due_digests()] == [1, 0]


def test_one_recipients_can_be_sent_alone(daily, user, other_user, delivery, recorded):
    preferences.set_frequency(other_user, "recorded", "daily", how="code")
    for recipient in (user, other_user):
        delivery(user=recipient)
    deliver_due()
    make_due()
    assert send_due_digests(recipient=other_user) == 1
    assert [sent.user for sent in recorded.sent] == [other_user]


def test_what_comes_after_the_claim_belongs_to_the_next_one(daily, delivery, recorded):
    delivery("a")
    deliver_due()
    make_due()
    claim(Digest.objects.filter(status=Status.PENDING), 1)
    late = delivery("late")
    deliver_due()
    assert Digest.objects.count() == 2
    late.refresh_from_db()
    assert late.digest == Digest.objects.latest("pk")


def test_what_is_urgent_is_not_held(daily, delivery, recorded):
    delivery(priority="urgent")
    deliver_due()
    assert len(recorded.sent) == 1


@pytest.mark.parametrize("flags", [{"digestible": False}, {"transactional": True}])
def test_some_types_are_never_held(daily, user, recorded, flags):
    register(NotificationType("receipt", channels=("in_app", "recorded"), **flags))
    notify(user, "receipt", title="x")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["x"]


def test_a_channel_that_knows_no_digests_gets_each(daily, delivery, recorded, monkeypatch):
    monkeypatch.setattr(recorded, "digests", False)
    delivery("a")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["a"]


def test_a_failed_digest_is_tried_again_with_the_same_key(daily, delivery, recorded):
    delivery("a")
    deliver_due()
    make_due()
    recorded.failures["*"] = RuntimeError("boom")
    send_due_digests()
    first = Digest.objects.get()
    assert (first.status, first.error) == (Status.PENDING, "RuntimeError: boom")
    recorded.failures.clear()
    make_due()
    send_due_digests()
    assert Digest.objects.get().status == Status.SENT


def test_a_delivery_that_its_digest_left_behind_goes_on_its_own_way(daily, delivery, recorded):
    delivery("a")
    deliver_due()
    assert release_leftovers() == 0
    Digest.objects.update(status=Status.SENT)
    assert release_leftovers() == 1
    assert Delivery.objects.get().status == Status.PENDING


def test_a_digest_by_mail_names_each_and_unsubscribes_from_the_channel(user):
    preferences.set_frequency(user, "email", "daily", how="code")
    for title in ["First", "Second"]:
        notify(user, "mail", title=title)
    deliver_due()
    make_due()
    send_due_digests()
    (message,) = mail.outbox
    assert message.subject == "2 new notifications"
    assert "First" in message.body
    assert "Second" in message.alternatives[0].content
    assert message.message()["Message-ID"].startswith("<digest-")


class TestDueTimes:
    def times(self, now, frequency="daily", **own):
        mine = Preferences(NotificationSettings(user_id=1, **own))
        return list(islice(due_times(mine, frequency, utc(now)), 2))

    def test_a_daily_one_leaves_at_the_users_hour(self):
        found = self.times("2026-05-01T12:00", time_zone="America/New_York", digest_hour=9)
        assert found == [
            ("2026-05-01", utc("2026-05-01T13:00")),
            ("2026-05-02", utc("2026-05-02T13:00")),
        ]

    def test_what_comes_at_the_very_hour_belongs_to_the_next_one(self):
        assert self.times("2026-05-01T08:00", time_zone="UTC", digest_hour=8)[0][0] == "2026-05-02"

    def test_a_weekly_one_leaves_on_the_users_day(self):
        found = self.times("2026-05-01T12:00", "weekly", time_zone="UTC", digest_weekday=2)
        assert [period for period, _ in found] == ["2026-05-06", "2026-05-13"]

    def test_an_hourly_one_leaves_at_the_full_hour(self):
        assert self.times("2026-05-01T12:34", "hourly")[0][1] == utc("2026-05-01T13:00")

    def test_the_hour_is_kept_when_clocks_change(self):
        found = self.times("2026-03-07T14:00", time_zone="America/New_York", digest_hour=8)
        assert found[0][1] == utc("2026-03-08T12:00")

    def test_one_that_falls_into_quiet_hours_moves_to_their_end(self):
        quiet = {"quiet_hours": True, "quiet_start": time(22), "quiet_end": time(9, 30)}
        found = self.times("2026-05-01T12:00", time_zone="UTC", digest_hour=8, **quiet)
        assert found[0] == ("2026-05-02", utc("2026-05-02T09:30"))


def test_moving_west_does_not_send_a_day_twice(daily, user, delivery, recorded):
    delivery("a")
    deliver_due()
    first = Digest.objects.get()
    make_due()
    send_due_digests()
    NotificationSettings.objects.update_or_create(
        user=user, defaults={"time_zone": "Pacific/Pago_Pago"}
    )
    delivery("b")
    deliver_due()
    assert Digest.objects.latest("pk").period != first.period


def test_one_period_has_one_digest_whatever_runs_at_once(daily, user, delivery):
    for title in "abc":
        delivery(title)
    deliver_due()
    assert Digest.objects.count() == 1
    assert Digest.objects.get().not_before - timezone.now() <= timedelta(days=1)


def test_one_that_kills_whoever_sends_it_is_given_up(daily, delivery, recorded, settings):
    settings.NOTIFICATION_MAX_ATTEMPTS = 3
    delivery("a")
    deliver_due()
    for _death in range(3):
        make_due()
        lease, rows = claim(Digest.objects.filter(status=Status.PENDING), 1)
        LeasedRows(lease, rows).start(rows[0])
    make_due()
    send_due_digests()
    assert recorded.sent == []
    assert Digest.objects.get().status == Status.FAILED


def test_who_lost_the_lease_gives_nothing_up(daily, delivery, recorded, monkeypatch):
    """Slow, and overtaken by one that sent it: that it was sent stays true."""
    delivery("a")
    deliver_due()
    make_due()

    def be_overtaken(self, outgoings):
        for outgoing in list(outgoings):
            patched.undo()
            make_due()
            send_due_digests()
            yield Outcome(outgoing, PermanentFailure("no such address"))

    with monkeypatch.context() as patched:
        patched.setattr(recorded, "send_batch", be_overtaken)
        send_due_digests()
    assert len(recorded.sent) == 1
    assert Digest.objects.get().status == Status.SENT
    assert Delivery.objects.get().status == Status.SENT


@pytest.fixture
def in_the_meantime(monkeypatch, recorded):
    """Do something between the claim of a digest and its outcome, which may be an error."""

    def happen(what, error=None):
        def send_batch(self, outgoings):
            for outgoing in outgoings:
                what()
                yield Outcome(outgoing, error)

        monkeypatch.setattr(recorded, "send_batch", send_batch)

    return happen


def test_who_lost_the_lease_gives_nothing_up_that_another_works_on(
    daily, delivery, in_the_meantime
):
    delivery("a")
    deliver_due()
    make_due()

    def be_overtaken():
        make_due()
        claim(Digest.objects.filter(status=Status.PENDING), 1)

    in_the_meantime(be_overtaken, PermanentFailure("no such address"))
    send_due_digests()
    assert Digest.objects.get().status == Status.PENDING
    assert Delivery.objects.get().status == Status.HELD


def test_what_left_a_digest_meanwhile_is_not_noted_with_it(daily, delivery, in_the_meantime):
    delivery("a")
    deliver_due()
    make_due()
    in_the_meantime(lambda: Delivery.objects.update(status=Status.SKIPPED))
    send_due_digests()
    assert Digest.objects.get().status == Status.SENT
    assert Delivery.objects.get().status == Status.SKIPPED


class TestResent:
    """Staff can send again what was given up."""

    @pytest.fixture
    def given_up(self, daily, delivery, recorded):
        for title in "ab":
            delivery(title)
        deliver_due()
        make_due()
        Delivery.objects.filter(pk=Delivery.objects.earliest("pk").pk).update(status=Status.SKIPPED)
        recorded.failures["*"] = PermanentFailure("no such address")
        send_due_digests()
        recorded.failures.clear()
        return Digest.objects.get()

    def test_with_what_it_held_and_nothing_else(self, given_up, recorded):
        assert resend(Digest.objects.all()) == 1
        send_due_digests()
        assert [sent.title for sent in recorded.sent] == ["1 new notification"]
        statuses = Delivery.objects.order_by("pk").values_list("status", flat=True)
        assert list(statuses) == [Status.SKIPPED, Status.SENT]

    def test_and_it_stays_closed(self, given_up, delivery):
        resend(Digest.objects.all())
        late = delivery("late")
        deliver_due()
        late.refresh_from_db()
        assert late.digest != given_up

    def test_only_what_was_given_up(self, daily, delivery):
        delivery("a")
        deliver_due()
        assert resend(Digest.objects.all()) == 0


class TestReconsidered:
    """A user who changes when things come does not wait for the old time."""

    def test_another_hour_moves_what_is_held(self, user, daily, delivery):
        delivery("a")
        deliver_due()
        first = Digest.objects.get()
        now = timezone.now()
        hour = (now.hour + 2) % 24
        preferences.change_settings(user, {"time_zone": "UTC", "digest_hour": hour}, how="code")
        deliver_due()
        (digest,) = Digest.objects.all()
        assert digest.pk != first.pk
        assert timedelta(hours=1) < digest.not_before - now <= timedelta(hours=2)
        assert digest.deliveries.count() == 1

    def test_at_once_means_at_once(self, user, daily, delivery, recorded):
        delivery("a")
        deliver_due()
        preferences.set_frequency(user, "recorded", "", how="code")
        deliver_due()
        assert [sent.title for sent in recorded.sent] == ["a"]
        assert not Digest.objects.exists()

    def test_one_that_was_tried_keeps_what_it_has(self, user, daily, delivery, recorded):
        delivery("a")
        deliver_due()
        make_due()
        recorded.failures["*"] = RuntimeError("boom")
        send_due_digests()
        preferences.set_frequency(user, "recorded", "", how="code")
        assert Delivery.objects.get().digest == Digest.objects.get()

    def test_a_night_that_ends_earlier_lets_go_earlier(self, user, delivery, recorded):
        quiet = {"quiet_hours": True, "quiet_start": time(0), "quiet_end": time(23, 59)}
        preferences.change_settings(user, quiet, how="code")
        Delivery.objects.filter(pk=delivery("a").pk).update(reason="quiet_hours", not_before=FAR)
        preferences.change_settings(user, {"quiet_hours": False}, how="code")
        deliver_due()
        assert [sent.title for sent in recorded.sent] == ["a"]

    def test_what_a_dispatcher_has_in_hand_is_left_alone(self, user, delivery):
        delivery("a")
        Delivery.objects.update(reason="quiet_hours")
        claim(Delivery.objects.all(), 1)
        preferences.change_settings(user, {"time_zone": "Asia/Tokyo"}, how="code")
        assert claim(Delivery.objects.all(), 1)[1] == []


class TestLeaving:
    """The moment a digest leaves may be another one than was foreseen when it was opened."""

    @pytest.fixture
    def opened(self, daily, delivery):
        delivery("a")
        deliver_due()
        make_due()

    def keep_quiet(self, user):
        now = timezone.now()
        around = {"quiet_start": now - timedelta(hours=1), "quiet_end": now + timedelta(hours=1)}
        times = {name: moment.time() for name, moment in around.items()}
        values = {"time_zone": "UTC", "quiet_hours": True, **times}
        # By hand, as change_settings() would look for another time at once.
        NotificationSettings.objects.create(user=user, **values)

    def test_quiet_hours_that_are_newer_than_it_are_kept(self, opened, user, recorded):
        self.keep_quiet(user)
        send_due_digests()
        assert recorded.sent == []
        digest = Digest.objects.get()
        assert (digest.attempts, digest.lease) == (0, None)
        assert digest.not_before > timezone.now() + timedelta(minutes=59)

    def test_one_that_is_tried_again_in_quiet_hours_waits_and_stays_closed(
        self, opened, user, recorded
    ):
        recorded.failures["*"] = RuntimeError("boom")
        send_due_digests()
        make_due()
        self.keep_quiet(user)
        send_due_digests()
        digest = Digest.objects.get()
        assert digest.attempts == 1
        assert digest.lease is not None
        assert digest.not_before > timezone.now() + timedelta(minutes=59)

    def test_a_channel_that_is_down_is_left_alone_by_digests_too(
        self, opened, other_user, recorded, settings
    ):
        settings.NOTIFICATION_BREAKER_FAILURES = 1
        preferences.set_frequency(other_user, "recorded", "daily", how="code")
        notify(other_user, "match", title="x")
        deliver_due()
        make_due()
        recorded.failures["*"] = ChannelDown("no route to host")
        send_due_digests()
        assert set(Digest.objects.values_list("attempts", flat=True)) == {0}
        make_due()
        recorded.failures.clear()
        send_due_digests()
        assert recorded.sent == []
        ChannelState.objects.update(open_until=None)
        make_due()
        send_due_digests()
        assert len(recorded.sent) == 2
        assert ChannelState.objects.get().failures == 0

    def test_a_channel_that_breaks_gives_back_what_it_did_not_take(self, opened, monkeypatch):
        def fail(*args):
            raise RuntimeError("boom")

        monkeypatch.setattr(RecordingChannel, "send_batch", fail)
        send_due_digests()
        assert Digest.objects.get().attempts == 0

    def test_receivers_hear_of_each_delivery_in_it(self, opened, delivery, recorded):
        heard = []

        def listen(signal, delivery, **_):
            heard.append((signal, delivery.pk))

        first = Delivery.objects.get()
        for signal in (delivery_sent, delivery_failed):
            signal.connect(listen)
        recorded.failures["*"] = PermanentFailure("never")
        send_due_digests()
        recorded.failures.clear()
        second = delivery("b")
        deliver_due()
        make_due()
        send_due_digests()
        for signal in (delivery_sent, delivery_failed):
            signal.disconnect(listen)
        assert heard == [(delivery_failed, first.pk), (delivery_sent, second.pk)]

    def test_one_that_cannot_be_asked_for_is_left_behind(self, opened, user, recorded):
        def fail(user, rows):
            raise RuntimeError("boom")

        register(NotificationType("secret", channels=("in_app", "recorded")))
        notify(user, "secret", title="b")
        deliver_due()
        types.unregister("secret")
        register(NotificationType("secret", channels=("in_app", "recorded"), access=fail))
        make_due()
        send_due_digests()
        assert [sent.title for sent in recorded.sent] == ["1 new notification"]
        assert release_leftovers() == 1

    def test_digests_of_a_run_share_a_connection(self, user, other_user, monkeypatch):
        for recipient in (user, other_user):
            preferences.set_frequency(recipient, "email", "daily", how="code")
        notify([user, other_user], "mail", title="x")
        deliver_due()
        make_due()
        batches = []
        send_batch = EmailChannel.send_batch
        monkeypatch.setattr(
            EmailChannel,
            "send_batch",
            lambda channel, batch: batches.append(1) or send_batch(channel, batch),
        )
        send_due_digests()
        assert len(batches) == 1
        assert len(mail.outbox) == 2


def test_a_digest_names_a_few_and_counts_the_rest(daily, user, recorded, monkeypatch):
    monkeypatch.setattr(digest_delivery, "SHOWN", 2)
    for title in "abc":
        notify(user, "match", title=title)
    deliver_due()
    make_due()
    send_due_digests()
    (digest,) = recorded.sent
    assert digest.title == "3 new notifications"
    assert digest.text == "- a\n- b\nand 1 more"
    assert digest.link == "https://example.com/notifications/"
    assert len(digest.messages) == len(digest.notification_ids) == 2
    assert Delivery.objects.filter(status=Status.SENT).count() == 3


class TestAPauseWithAnEnd:
    @pytest.fixture(autouse=True)
    def until_wednesday(self, daily, user):
        self.until = utc("2026-06-03T12:00")
        with clock.frozen(utc("2026-06-01T12:00")):
            preferences.change_settings(user, {"muted_until": self.until}, how="code")

    def send_at(self, moment):
        with clock.frozen(utc(moment)):
            deliver_due()
            return send_due_digests()

    def test_it_defers_the_digest_to_its_end(self, user, recorded):
        with clock.frozen(utc("2026-06-01T11:00")):
            notify(user, "match", title="before")
        with clock.frozen(utc("2026-06-01T13:00")):
            notify(user, "match", title="within")
        self.send_at("2026-06-01T13:00")
        self.send_at("2026-06-02T14:00")
        assert recorded.sent == []
        assert Digest.objects.get().not_before == self.until
        self.send_at("2026-06-03T12:00")
        (digest,) = recorded.sent
        assert digest.text == "- before\n- within"

    def test_without_an_end_it_skips_the_digest(self, user, recorded):
        with clock.frozen(utc("2026-06-01T11:00")):
            notify(user, "match", title="before")
            deliver_due()
        preferences.change_settings(user, {"muted": True}, how="code")
        self.send_at("2026-06-02T14:00")
        assert Delivery.objects.get().reason == "muted"

    def test_what_is_in_no_digest_is_skipped_as_before(self, user, recorded):
        register(NotificationType("now", channels=("recorded",), digestible=False))
        with clock.frozen(utc("2026-06-01T13:00")):
            notify(user, "now", title="x")
        self.send_at("2026-06-01T13:00")
        assert Delivery.objects.get().reason == "muted"


def test_a_digest_is_one_mail_for_a_throttle(daily, user, recorded):
    limit = Throttle(limit=5, period=timedelta(hours=1))
    register(NotificationType("chatty", channels=("in_app", "recorded"), throttle=limit))
    for n in range(6):
        notify(user, "chatty", title=str(n))
    deliver_due()
    make_due()
    send_due_digests()
    assert recorded.sent[0].title == "6 new notifications"
    preferences.set_frequency(user, "recorded", "", how="code")
    for n in range(6):
        notify(user, "chatty", title=str(n))
    deliver_due()
    assert len(recorded.sent) == 1 + 4


@pytest.mark.parametrize("channel", ["recorded", "email"])
def test_a_digest_names_the_others_of_a_group(user, recorded, channel):
    preferences.set_frequency(user, channel, "daily", how="code")
    kind = "match" if channel == "recorded" else "mail"
    for name in ["xena", "yuri", "zoe"]:
        notify(user, kind, title=f"{name} liked it", actor=name, group_key="photo-1")
    deliver_due()
    make_due()
    send_due_digests()
    if channel == "recorded":
        assert names_in(recorded.sent[0].text) == "- zoe liked it (zoe and 2 others)"
    else:
        (message,) = mail.outbox
        assert "zoe liked it (zoe and 2 others)" in names_in(message.body)
        assert "zoe and 2 others" in names_in(message.alternatives[0][0])


def names_in(text):
    """Without the invisible characters that isolate a name."""
    return text.replace("\u2068", "").replace("\u2069", "")

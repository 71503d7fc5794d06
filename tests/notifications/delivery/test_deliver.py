"""The outbox: what leaves, when, and what a failure or a crash does to it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.delivery import breaker, deliver
from django_inapp_notifications.delivery.context import load_contexts
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.rules import decide
from django_inapp_notifications.exceptions import ChannelDown, PermanentFailure, UnknownChannel
from django_inapp_notifications.leases import LeasedRows, claim, finish
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import (
    ALL_TYPES,
    ChannelState,
    Delivery,
    Folder,
    Message,
    Notification,
    NotificationSettings,
    PendingRecipients,
    Status,
)
from django_inapp_notifications.sending import later
from django_inapp_notifications.services import cancel, notify
from django_inapp_notifications.signals import delivery_failed, delivery_sent
from django_inapp_notifications.types import NotificationType, Throttle, register


def due_now():
    Delivery.objects.update(not_before=timezone.now())


def reload(row):
    return type(row).objects.get(pk=row.pk)


def switch_off(user, kind):
    preferences.set_type(user, kind, "recorded", False, how="code")


def mute(user):
    preferences.change_settings(user, {"muted": True}, how="code")


def outcome(row):
    row = reload(row)
    return row.status, row.reason


def test_it_is_sent_in_the_same_process_after_the_commit(
    user, recorded, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        notify(user, "match", title="Table 4", message="Now", action_url="/m/4/")
        assert recorded.sent == []
    (sent,) = recorded.sent
    assert (sent.user, sent.title, sent.text) == (user, "Table 4", "Now")
    assert sent.link == f"https://example.com/notifications/{Notification.objects.get().pk}/"
    assert Delivery.objects.get().status == Status.SENT


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_of_a_transaction_that_is_rolled_back(user, recorded):
    def notify_and_fail():
        with transaction.atomic():
            notify(user, "match", title="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        notify_and_fail()
    sweep()
    assert recorded.sent == []


def test_what_the_dispatcher_missed_the_next_sweep_delivers(
    user, recorded, settings, django_capture_on_commit_callbacks
):
    settings.NOTIFICATION_DISPATCHER = "tests.notifications.nowhere.to_be_found"
    with django_capture_on_commit_callbacks(execute=True):
        notify(user, "match", title="x")
    assert recorded.sent == []
    sweep()
    assert len(recorded.sent) == 1


def test_receivers_hear_of_what_was_sent_and_of_nothing_else(delivery, recorded, make_user):
    heard = []
    delivery_sent.connect(
        lambda delivery, **_: heard.append(delivery.pk), weak=False, dispatch_uid="heard"
    )
    sent = delivery()
    delivery(user=make_user("cem", is_active=False))
    deliver_due()
    delivery_sent.disconnect(dispatch_uid="heard")
    assert heard == [sent.pk]


def test_a_request_sends_no_more_than_its_limit(
    user, other_user, recorded, settings, django_capture_on_commit_callbacks
):
    settings.NOTIFICATION_INLINE_LIMIT = 1
    with django_capture_on_commit_callbacks(execute=True):
        notify([user, other_user], "match", title="x")
    assert len(recorded.sent) == 1
    deliver_due()
    assert len(recorded.sent) == 2


def test_delivery_methods_replace_the_types_channels(send):
    notification = send(delivery_methods=["email"])
    assert notification.folder == Folder.OUTSIDE
    assert [row.channel for row in Delivery.objects.all()] == ["email"]


def test_they_replace_what_the_recipient_switched_on(user, send):
    register(NotificationType("mail_only", channels=("email",)))
    preferences.set_type(user, "mail_only", "in_app", True, how="code")
    assert send(notification_type="mail_only").folder == Folder.INBOX
    mailed = send(notification_type="mail_only", delivery_methods=["email"])
    assert mailed.folder == Folder.OUTSIDE


def test_a_channel_that_is_on_switches_on_no_type(user, send):
    register(NotificationType("mail_only", channels=("email",)))
    preferences.set_channel(user, "in_app", False, how="code")
    preferences.set_channel(user, "in_app", True, how="code")
    assert send(notification_type="mail_only").folder == Folder.OUTSIDE


def test_an_unknown_channel_is_refused(send):
    with pytest.raises(UnknownChannel, match="NOTIFICATION_CHANNELS"):
        send(delivery_methods=["in_app", "pigeon"])


def test_a_channel_that_is_off_by_default_can_be_switched_on(user, other_user, recorded):
    preferences.set_type(user, "tournament", "recorded", True, how="code")
    notify([user, other_user], "tournament", title="x")
    deliver_due()
    assert [sent.user for sent in recorded.sent] == [user]


def test_one_that_is_off_by_default_and_was_switched_off_has_no_row(user, send):
    preferences.set_type(user, "tournament", "recorded", True, how="code")
    preferences.set_type(user, "tournament", "recorded", False, how="code")
    send()
    assert not Delivery.objects.exists()


def test_the_senders_channels_are_the_only_ones(user, send):
    preferences.set_type(user, "tournament", "recorded", True, how="code")
    send(delivery_methods=["in_app"])
    assert not Delivery.objects.exists()


class TestAskedAgainWhenDue:
    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (lambda d: inbox.mark_read(d.recipient, [d.notification_id]), "read"),
            (lambda d: inbox.mark_all_read(d.recipient), "read"),
            (lambda d: inbox.delete(d.recipient, [d.notification_id]), "deleted"),
            (lambda d: cancel(d.notification.message), "canceled"),
            (lambda d: Notification.objects.update(expires_at=timezone.now()), "expired"),
            (lambda d: switch_off(d.recipient, "match"), "type_off"),
            (lambda d: switch_off(d.recipient, ALL_TYPES), "channel_off"),
            (lambda d: mute(d.recipient), "muted"),
            (lambda d: type(d.recipient).objects.update(is_active=False), "inactive_user"),
            (lambda d: type(d.recipient).objects.update(email=""), "no_address"),
        ],
    )
    def test_what_is_not_wanted_any_more_is_skipped(self, delivery, recorded, change, reason):
        row = delivery()
        change(row)
        deliver_due()
        assert recorded.sent == []
        assert outcome(row) == (Status.SKIPPED, reason)

    def test_a_locked_type_ignores_what_is_off(self, user, recorded):
        register(NotificationType("owed", channels=("in_app", "recorded"), locked=True))
        preferences.set_type(user, "owed", "recorded", False, how="code")
        preferences.set_channel(user, "recorded", False, how="code")
        preferences.change_settings(user, {"muted": True}, how="code")
        notify(user, "owed", title="x")
        deliver_due()
        assert len(recorded.sent) == 1

    def test_a_muted_object_is_silent_and_others_are_not(
        self, user, other_user, delivery, recorded
    ):
        preferences.mute_object(user, other_user)
        silent, heard = delivery(target=other_user), delivery(target=user)
        deliver_due()
        assert outcome(silent) == (Status.SKIPPED, "muted_object")
        assert outcome(heard)[0] == Status.SENT

    def test_lost_access_stops_it(self, user, recorded):
        register(NotificationType("secret", channels=("recorded",), access=lambda user, rows: []))
        notify(user, "secret", title="x")
        deliver_due()
        assert recorded.sent == []

    def test_a_throttle_bounds_what_is_sent_in_a_period(self, user, recorded):
        limit = Throttle(limit=2, period=timedelta(hours=1))
        register(NotificationType("chatty", channels=("recorded",), throttle=limit))
        for _ in range(4):
            notify(user, "chatty", title="x")
            deliver_due()
        assert len(recorded.sent) == 2
        Delivery.objects.update(sent_at=timezone.now() - timedelta(hours=2))
        notify(user, "chatty", title="x")
        deliver_due()
        assert len(recorded.sent) == 3

    def test_a_throttle_counts_the_same_type_channel_and_user_and_lets_urgent_ones_pass(
        self, user, other_user, recorded
    ):
        limit = Throttle(limit=1, period=timedelta(hours=1))
        for slug in ("chatty", "noisy"):
            kind = NotificationType(slug, channels=("in_app", "email", "recorded"), throttle=limit)
            register(kind)
        for recipient, slug in [(user, "chatty"), (other_user, "chatty"), (user, "noisy")]:
            for number in range(2):
                notify(recipient, slug, title=f"{recipient} {slug} {number}")
                deliver_due()
        assert [sent.title for sent in recorded.sent] == [
            "ana chatty 0",
            "ben chatty 0",
            "ana noisy 0",
        ]
        assert len(mail.outbox) == 3
        notify(user, "chatty", title="now", priority="urgent")
        deliver_due()
        assert recorded.sent[-1].title == "now"

    def test_a_throttle_of_one_channel_counts_no_other(self, user, recorded):
        limit = Throttle(limit=1, period=timedelta(hours=1))
        kind = NotificationType("chatty", channels=("email", "recorded"), throttle=limit)
        register(kind)
        notify(user, "chatty", title="x")
        later = timezone.now() + timedelta(hours=1)
        Delivery.objects.filter(channel="recorded").update(not_before=later)
        deliver_due()
        due_now()
        deliver_due()
        assert len(mail.outbox) == len(recorded.sent) == 1

    def test_at_its_end_it_has_expired(self, delivery):
        row, end = delivery(), timezone.now() + timedelta(hours=1)
        Notification.objects.update(expires_at=end)
        (case,) = load_contexts([row], now=end)
        assert decide(case).rule == "expired"

    def test_what_is_owed_is_sent_although_it_was_read(self, user, recorded):
        register(NotificationType("receipt", channels=("in_app", "recorded"), transactional=True))
        notify(user, "receipt", title="x")
        inbox.mark_all_read(user)
        deliver_due()
        assert len(recorded.sent) == 1

    def test_a_locked_type_passes_a_muted_object_and_a_pause(self, user, other_user, recorded):
        register(NotificationType("security", channels=("in_app", "recorded"), locked=True))
        preferences.mute_object(user, other_user)
        mute(user)
        notify(user, "security", title="x", target=other_user)
        deliver_due()
        assert len(recorded.sent) == 1

    def test_only_what_is_still_unread_after_a_while(self, user, recorded):
        kind = NotificationType(
            "nudge", channels=("in_app", "recorded"), unread_for=timedelta(minutes=5)
        )
        register(kind)
        notify(user, "nudge", title="x")
        deliver_due()
        assert recorded.sent == []
        due_now()
        deliver_due()
        assert len(recorded.sent) == 1


class TestQuietHours:
    @pytest.fixture
    def night(self, user):
        """It is the middle of the user's night."""
        now = timezone.now()
        own, _ = NotificationSettings.objects.get_or_create(user=user)
        own.time_zone, own.quiet_hours = "UTC", True
        own.quiet_start = (now - timedelta(hours=3)).time().replace(microsecond=0)
        own.quiet_end = (now + timedelta(hours=3)).time().replace(microsecond=0)
        own.save()
        return now

    def test_it_waits_until_they_end(self, night, delivery, recorded):
        row = delivery()
        deliver_due()
        row = reload(row)
        assert recorded.sent == []
        assert (row.status, row.reason, row.attempts) == (Status.PENDING, "quiet_hours", 0)
        assert abs(row.not_before - (night + timedelta(hours=3))) < timedelta(seconds=2)

    def test_they_are_looked_at_again_when_they_end(self, night, delivery, recorded):
        row = delivery()
        deliver_due()
        NotificationSettings.objects.update(quiet_hours=False)
        due_now()
        inbox.mark_read(row.recipient, [row.notification_id])
        deliver_due()
        assert outcome(row) == (Status.SKIPPED, "read")

    def test_what_is_urgent_passes(self, night, user, delivery, recorded):
        register(NotificationType("alarm", channels=("recorded",), urgent=True))
        delivery(priority="urgent")
        notify(user, "alarm", title="x")
        deliver_due()
        assert len(recorded.sent) == 2

    def test_the_inbox_is_never_delayed(self, night, user, delivery):
        delivery("a")
        assert Notification.objects.unread_above_watermark(user).count() == 1


class TestFailure:
    def test_it_is_tried_again_later_each_time(self, delivery, recorded, user):
        recorded.failures["ana"] = RuntimeError("boom")
        row, pauses = delivery(), []
        for _ in range(3):
            deliver_due()
            pauses.append((reload(row).not_before - timezone.now()).total_seconds())
            due_now()
        assert 40 < pauses[0] < pauses[1] < pauses[2] < 300
        assert (reload(row).attempts, reload(row).error) == (3, "RuntimeError: boom")
        recorded.failures.clear()
        deliver_due()
        assert outcome(row) == (Status.SENT, "")

    def test_after_enough_tries_it_is_a_dead_letter(self, delivery, recorded, settings):
        settings.NOTIFICATION_MAX_ATTEMPTS = 2
        recorded.failures["*"] = RuntimeError("boom")
        heard = []

        def listen(delivery, error, **kwargs):
            heard.append(error)

        delivery_failed.connect(listen)
        row = delivery()
        for _ in range(3):
            deliver_due()
            due_now()
        assert outcome(row) == (Status.FAILED, "failed")
        assert heard == ["RuntimeError: boom"]

    def test_one_that_kills_whoever_sends_it_is_given_up(self, delivery, recorded, settings):
        settings.NOTIFICATION_MAX_ATTEMPTS = 3
        row = delivery()
        for _death in range(3):
            lease, rows = claim(Delivery.objects.filter(status=Status.PENDING), 1)
            LeasedRows(lease, rows).start(rows[0])
            due_now()
        deliver_due()
        assert recorded.sent == []
        assert outcome(row) == (Status.FAILED, "failed")

    def test_a_permanent_failure_is_not_tried_again(self, delivery, recorded):
        recorded.failures["*"] = PermanentFailure("no such number")
        row = delivery()
        deliver_due()
        assert outcome(row)[0] == Status.FAILED

    def test_one_bad_address_never_stops_the_others(self, user, other_user, recorded):
        recorded.failures["ana"] = PermanentFailure("bad")
        notify([user, other_user], "match", title="x")
        deliver_due()
        assert [sent.user for sent in recorded.sent] == [other_user]

    def test_a_channel_that_is_down_is_left_alone_and_costs_no_attempt(
        self, user, other_user, recorded, settings
    ):
        settings.NOTIFICATION_BREAKER_FAILURES = 2
        recorded.failures["*"] = ChannelDown("no answer")
        notify([user, other_user], "match", title="x")
        for _ in range(2):
            deliver_due()
            due_now()
        assert ChannelState.objects.get().open_until
        deliver_due()
        assert {row.reason for row in Delivery.objects.all()} == {"channel_paused"}
        assert {row.attempts for row in Delivery.objects.all()} == {0}
        recorded.failures.clear()
        ChannelState.objects.update(open_until=timezone.now())
        due_now()
        deliver_due()
        assert len(recorded.sent) == 2
        assert ChannelState.objects.get().failures == 0

    def test_deciding_takes_no_more_queries_for_more_deliveries(self, user, other_user, recorded):
        notify([user, other_user], "match", title="x")
        notify([user, other_user], "match", title="y")
        found = []
        for rows in (Delivery.objects.all()[:1], Delivery.objects.all()):
            with CaptureQueriesContext(connection) as queries:
                contexts = load_contexts(rows)
                assert {decide(context).action for context in contexts} == {"send"}
                assert [row.message.title for row in contexts] == ["x", "x", "y", "y"][
                    : len(contexts)
                ]
            found.append(len(queries))
        assert found[0] == found[1]

    def test_an_outage_spares_the_rest_of_the_batch_a_try(self, user, other_user, recorded):
        recorded.failures["*"] = ChannelDown("no answer")
        notify([user, other_user], "match", title="x")
        deliver_due()
        assert sorted(Delivery.objects.values_list("attempts", "reason")) == [
            (0, "channel_down"),
            (0, "retry"),
        ]

    def test_a_channel_that_works_again_is_paused_no_more(self, db, settings):
        settings.NOTIFICATION_BREAKER_FAILURES = 1
        breaker.note_failure("recorded", ChannelDown("no answer"))
        assert breaker.paused_until("recorded")
        breaker.note_success("recorded")
        assert breaker.paused_until("recorded") is None


class TestLease:
    def test_what_waits_for_the_longest_is_claimed_first(self, delivery):
        now = timezone.now()
        for minutes in (1, 2):
            row = delivery()
            Delivery.objects.filter(pk=row.pk).update(not_before=now - timedelta(minutes=minutes))
        assert claim(self.pending(), 1)[1] == [row]

    def pending(self):
        return Delivery.objects.filter(status=Status.PENDING)

    def test_what_is_claimed_cannot_be_claimed_again(self, delivery):
        delivery()
        assert len(claim(self.pending(), 10)[1]) == 1
        assert claim(self.pending(), 10)[1] == []

    def test_it_is_free_again_when_the_lease_ends(self, delivery):
        delivery()
        claim(self.pending(), 10)
        due_now()
        assert len(claim(self.pending(), 10)[1]) == 1

    def test_who_lost_the_lease_cannot_write_the_outcome(self, delivery):
        row = delivery()
        late, _ = claim(self.pending(), 10)
        due_now()
        fresh, _ = claim(self.pending(), 10)
        assert not finish(row, late, status=Status.FAILED)
        assert finish(row, fresh, status=Status.SENT)
        assert reload(row).status == Status.SENT

    def test_each_try_has_the_same_key(self, delivery, recorded):
        row = delivery()
        deliver_due()
        Delivery.objects.filter(pk=row.pk).update(status=Status.PENDING, not_before=timezone.now())
        deliver_due()
        first, second = recorded.sent
        assert first.key == second.key


class TestLater:
    def test_a_scheduled_one_is_written_when_it_is_due(self, user, recorded):
        send_at = timezone.now() + timedelta(hours=1)
        notify(user, "match", title="x", send_at=send_at)
        sweep()
        assert not Notification.objects.exists()
        PendingRecipients.objects.update(not_before=timezone.now())
        sweep()
        assert len(recorded.sent) == 1

    def test_it_can_be_called_off(self, user):
        sent = notify(user, "match", title="x", send_at=timezone.now() + timedelta(hours=1))
        cancel(sent.message)
        assert not PendingRecipients.objects.exists()
        sweep()
        assert not Notification.objects.exists()
        first = Message.objects.get().canceled_at
        cancel(sent.message)
        assert Message.objects.get().canceled_at == first is not None

    def test_one_that_was_called_off_while_it_was_claimed_reaches_nobody(self, user):
        """The sweep has the row by then, so that it is not deleted with the others."""
        sent = notify(user, "match", title="x", background=True)
        Message.objects.filter(pk=sent.message.pk).update(canceled_at=timezone.now())
        sweep()
        assert not Notification.objects.exists()
        assert not PendingRecipients.objects.exists()

    def test_who_lost_the_lease_writes_nothing(self, user, settings):
        settings.NOTIFICATION_LEASE_SECONDS = 0
        notify(user, "match", title="x", background=True)
        overtaken = []

        def another_sweep_first(execute, sql, params, many, context):
            if sql.startswith("DELETE") and not overtaken:
                settings.NOTIFICATION_LEASE_SECONDS = 60
                overtaken.append(claim(PendingRecipients.objects.all(), 1)[1])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(another_sweep_first):
            assert later.write_due_recipients() == 0
        assert len(overtaken[0]) == 1
        assert PendingRecipients.objects.get().recipients == [user.pk]

    def test_a_big_one_is_written_in_chunks_off_the_request(self, make_user, settings):
        settings.NOTIFICATION_CHUNK_SIZE = 2
        users = [make_user(f"u{n}") for n in range(5)]
        assert notify(users, "tournament", title="x", background=True).count == 5
        assert not Notification.objects.exists()
        sweep()
        assert Notification.objects.count() == 5

    def test_one_that_cannot_be_written_holds_up_nobody_else(
        self, user, other_user, recorded, caplog
    ):
        for recipient in (user, other_user):
            notify([recipient], "match", title="x", background=True)
        PendingRecipients.objects.filter(recipients=[user.pk]).update(recipients=["no key"])
        sweep()
        assert [sent.user for sent in recorded.sent] == [other_user]
        assert PendingRecipients.objects.get().not_before > timezone.now()
        assert "could not be written" in caplog.text

    def test_one_that_cannot_be_written_is_tried_ever_more_rarely(self, user):
        notify([user], "match", title="x", background=True)
        PendingRecipients.objects.update(recipients=["no key"], attempts=20)
        sweep()
        pause = PendingRecipients.objects.get().not_before - timezone.now()
        assert timedelta(hours=4) < pause < timedelta(hours=8)

    def test_an_interrupted_one_continues_where_it_stopped(self, make_user, settings, monkeypatch):
        settings.NOTIFICATION_CHUNK_SIZE = 2
        notify([make_user(f"u{n}") for n in range(4)], "tournament", title="x", background=True)
        real, calls = later.write_recipients, []

        def crash_at_the_second(*args):
            calls.append(args)
            result = real(*args)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return result

        with monkeypatch.context() as patched:
            patched.setattr(later, "write_recipients", crash_at_the_second)
            with pytest.raises(KeyboardInterrupt):
                sweep()
        assert Notification.objects.count() == 2
        PendingRecipients.objects.update(not_before=timezone.now())
        sweep()
        assert Notification.objects.count() == 4
        assert not PendingRecipients.objects.exists()


def test_a_throttle_counts_what_is_about_to_be_sent_with_it(user, other_user, recorded):
    throttle = Throttle(limit=2, period=timedelta(hours=1))
    register(NotificationType("chat", channels=("in_app", "recorded"), throttle=throttle))
    for title in "abc":
        notify([user, other_user], "chat", title=title)
    deliver_due()
    # Messages in their order, and the recipients of each in any.
    assert [sent.title for sent in recorded.sent] == ["a", "a", "b", "b"]
    assert Counter(sent.user for sent in recorded.sent) == {user: 2, other_user: 2}


def test_marking_all_read_means_what_the_inbox_shows(user, send, recorded):
    mailed = send("by channel only", notification_type="match", delivery_methods=["recorded"])
    send("in the inbox")
    inbox.mark_all_read(user)
    assert not reload(mailed).is_read
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["by channel only"]


def test_looking_at_what_is_in_no_inbox_marks_it_read(user, send, recorded):
    mailed = send("by channel only", notification_type="match", delivery_methods=["recorded"])
    send("in the inbox")
    inbox.mark_all_read(user)
    assert inbox.mark_read(user, [mailed.pk]) == [mailed.pk]
    deliver_due()
    assert recorded.sent == []


def test_a_claim_by_message_joins_with_no_rows_just_written(
    make_user, recorded, settings, monkeypatch
):
    """Statistics cannot know of them: 10,000 recipients took PostgreSQL 20 seconds."""
    settings.NOTIFICATION_DISPATCHER = "none"
    monkeypatch.setattr(deliver, "PART", 2)
    users = [make_user(f"u{n}") for n in range(5)]
    other = notify(users, "match", title="other").message
    mine = notify(users, "match", title="mine").message
    with CaptureQueriesContext(connection) as queries:
        assert deliver_due(message_id=mine.pk, limit=3) == 3
        assert deliver_due(message_id=mine.pk) == 2
    assert {sent.title for sent in recorded.sent} == {"mine"}
    statements = [each["sql"] for each in queries.captured_queries]
    claims = [sql for sql in statements if "not_before" in sql and "<=" in sql]
    assert claims
    assert not [sql for sql in claims if Notification._meta.db_table in sql]
    assert deliver_due(message_id=other.pk) == 5

"""One function, template or channel of the site that fails stops what it concerns, and no more."""

import logging

import pytest
from django.db import connection

from django_inapp_notifications import preferences
from django_inapp_notifications.channels.base import Outcome
from django_inapp_notifications.channels.email import EmailChannel
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.delivery.explain import explain
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import (
    ChannelState,
    Delivery,
    Digest,
    Notification,
    PendingRecipients,
    Status,
)
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register
from tests.notifications.support.channels import RecordingChannel


def fail(*args, **kwargs):
    raise RuntimeError("boom")


@pytest.fixture
def broken_access(db):
    register(NotificationType("secret", channels=("in_app", "recorded"), access=fail))


def test_an_access_function_that_fails_stops_its_own_type_only(
    broken_access, user, other_user, recorded
):
    for recipient in [user, other_user]:
        notify(recipient, "secret", title="secret")
        notify(recipient, "match", title="match")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["match", "match"]
    waiting = Delivery.objects.filter(status=Status.PENDING, reason="retry")
    assert {row.error for row in waiting} == {"RuntimeError: boom"}


def test_what_is_erased_while_it_is_looked_at_stops_nobody(user, other_user, recorded, monkeypatch):
    from django_inapp_notifications.models import NotificationQuerySet

    notify([user, other_user], "match", title="x")
    with_content = NotificationQuerySet.with_content

    def erase_first(rows):
        Notification.objects.filter(recipient=user).delete()
        return with_content(rows)

    monkeypatch.setattr(NotificationQuerySet, "with_content", erase_first)
    deliver_due()
    assert [sent.user for sent in recorded.sent] == [other_user]


def test_an_explanation_names_what_fails(broken_access, user):
    notify(user, "secret", title="secret")
    verdicts = dict(explain(Notification.objects.get())[1].rules)
    assert verdicts["access"] == "fails: RuntimeError: boom"
    assert verdicts["throttle"] == "not checked"


def test_a_channel_that_breaks_as_a_whole_is_down_and_stops_no_other(user, recorded, monkeypatch):
    monkeypatch.setattr(EmailChannel, "send_batch", fail)
    notify(user, "mail", title="x")
    notify(user, "match", title="y")
    deliver_due()
    assert [sent.title for sent in recorded.sent] == ["y"]
    row = Delivery.objects.get(channel="email")
    assert (row.status, row.attempts, row.reason) == (Status.PENDING, 0, "channel_down")
    assert ChannelState.objects.get().failures == 1


def test_what_a_breaking_channel_had_taken_has_used_an_attempt(user, other_user, monkeypatch):
    def take_one(channel, batch):
        next(batch)
        fail()
        yield

    monkeypatch.setattr(RecordingChannel, "send_batch", take_one)
    notify([user, other_user], "match", title="x")
    deliver_due()
    assert sorted(Delivery.objects.values_list("attempts", "reason")) == [
        (0, "channel_down"),
        (1, "retry"),
    ]


HOSTILE = ["a\0b", "half a pair: \ud800", "one line\nERROR another", "\x1b[31mred"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_an_error_says_can_be_stored_and_printed(text, user, other_user, recorded, caplog):
    recorded.failures["ana"] = ValueError(text)
    preferences.set_frequency(user, "email", "daily", how="code")
    notify([user, other_user], "match", title="x")
    sweep()
    assert [sent.user for sent in recorded.sent] == [other_user]
    error = Delivery.objects.get(recipient=user).error
    assert error.startswith("ValueError: ")
    assert error.isprintable()
    assert caplog.records
    assert all(record.getMessage().isprintable() for record in caplog.records)


@pytest.mark.parametrize("text", HOSTILE)
def test_so_it_is_of_digests_channels_and_recipients(
    text, user, other_user, recorded, monkeypatch, caplog
):
    def fail_with_text(*args):
        raise ValueError(text)

    preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(user, "match", title="x")
    deliver_due()
    Digest.objects.update(not_before=Notification.objects.get().created_at)
    recorded.failures["*"] = ValueError(text)
    send_due_digests()
    assert Digest.objects.get().error.isprintable()
    monkeypatch.setattr(RecordingChannel, "send_batch", fail_with_text)
    notify(other_user, "match", title="y")
    deliver_due()
    assert ChannelState.objects.get().error.isprintable()
    for record in caplog.records:
        lines = record.getMessage().splitlines()
        assert all(line.isprintable() and line.startswith("    ") for line in lines[1:])


@pytest.fixture
def reading_fails_for(settings):
    """Reading any row of this notification fails, as a damaged row would."""
    settings.NOTIFICATION_DISPATCHER = "none"

    def wrapper_for(notification):
        table = Notification._meta.db_table

        def execute(execute, sql, params, many, context):
            start = sql.startswith("SELECT") and f'FROM "{table}"' in sql.replace("`", '"')
            if start and notification.pk in (params or ()):
                raise ValueError("a damaged row")
            return execute(sql, params, many, context)

        return connection.execute_wrapper(execute)

    return wrapper_for


def test_an_unexpected_error_of_one_delivery_stops_no_other(
    make_user, recorded, reading_fails_for, caplog
):
    users = [make_user(name) for name in ("a", "b", "c")]
    notify(users, "match", title="x")
    with reading_fails_for(Notification.objects.get(recipient=users[1])):
        deliver_due()
    assert [sent.user.username for sent in recorded.sent] == ["a", "c"]
    damaged = Delivery.objects.get(recipient=users[1])
    assert (damaged.attempts, damaged.reason) == (1, "retry")
    assert damaged.error == "ValueError: a damaged row"


def test_nor_does_one_of_a_digest(make_user, recorded, monkeypatch):
    users = [make_user(name) for name in ("a", "b", "c")]
    for user in users:
        preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(users, "match", title="x")
    deliver_due()
    Digest.objects.update(not_before=Notification.objects.earliest("pk").created_at)

    def answer_for_another(self, batch):
        for outgoing in batch:
            if outgoing.user.username == "b":
                yield Outcome(recorded.sent[0])
            recorded.sent.append(outgoing)
            yield Outcome(outgoing)

    monkeypatch.setattr(RecordingChannel, "send_batch", answer_for_another)
    send_due_digests()
    assert [sent.user.username for sent in recorded.sent] == ["a", "c"]
    assert Digest.objects.get(recipient=users[1]).attempts == 1


def test_a_step_of_the_sweep_that_fails_stops_no_other(
    user, other_user, recorded, settings, caplog
):
    settings.NOTIFICATION_DISPATCHER = "none"
    notify(user, "match", title="x")
    notify(other_user, "match", title="x", background=True)
    pending = PendingRecipients._meta.db_table

    def fail_at_the_first_step(execute, sql, params, many, context):
        if pending in sql:
            raise RuntimeError("boom")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail_at_the_first_step), pytest.raises(RuntimeError):
        sweep()
    assert [sent.user for sent in recorded.sent] == [user]
    assert [each for each in caplog.records if each.levelno == logging.ERROR]

"""What is removed, what is kept, and all that is known of one user."""

import json
import threading
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.channels import devices
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.leases import claim
from django_inapp_notifications.maintenance import retention
from django_inapp_notifications.maintenance.metrics import INBOX_NUMBERS as NAMES
from django_inapp_notifications.maintenance.metrics import deliveries_by_day, inbox_by_day
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import (
    DailyNumber,
    DedupeKey,
    Delivery,
    Digest,
    Folder,
    Message,
    Notification,
    PendingRecipients,
    PreferenceChange,
    PushSubscription,
    Status,
)
from django_inapp_notifications.services import notify

LONG_AGO = date(2020, 1, 1)


def titles():
    return sorted(Notification.objects.values_list("message__title", flat=True))


@pytest.fixture
def old(send):
    """Make a notification that is 100 days old."""

    def make(title, **options):
        notification = send(title, **options)
        before = timezone.now() - timedelta(days=100)
        Notification.objects.filter(pk=notification.pk).update(created_at=before)
        Message.objects.filter(pk=notification.message_id).update(created_at=before)
        return notification

    return make


def test_what_is_old_and_read_goes_with_its_message(user, old, send):
    inbox.mark_read(user, [old("read").pk])
    old("unread")
    send("new")
    assert retention.prune()["old"] == 1
    assert titles() == ["new", "unread"]
    assert Message.objects.count() == 2
    assert unread_count(user.pk) == 2


def test_what_was_read_by_marking_all_is_read(user, old):
    old("a")
    inbox.mark_all_read(user)
    retention.prune()
    assert titles() == []


def test_the_policy_may_give_up_unread_ones(user, old, settings):
    settings.NOTIFICATION_KEEP_UNREAD = False
    old("unread")
    retention.prune()
    assert titles() == []


def test_what_is_still_on_its_way_is_kept(user, old):
    row = old("a", notification_type="match")
    inbox.mark_read(user, [row.pk])
    retention.prune()
    assert titles() == ["a"]
    Delivery.objects.update(status=Status.HELD)
    retention.prune()
    assert titles() == ["a"]
    Delivery.objects.update(status=Status.SKIPPED)
    retention.prune()
    assert titles() == []
    assert not Delivery.objects.exists()


def test_not_even_what_was_deleted_goes_while_it_is_on_its_way(user, send):
    inbox.delete(user, [send("a", notification_type="match").pk])
    assert retention.prune(timezone.now() + timedelta(days=8))["deleted"] == 0
    Delivery.objects.update(status=Status.SKIPPED)
    assert retention.prune(timezone.now() + timedelta(days=8))["deleted"] == 1


def test_one_that_is_unread_again_is_kept(user, old):
    row = old("a")
    inbox.mark_all_read(user)
    inbox.mark_unread(user, [row.pk])
    retention.prune()
    assert titles() == ["a"]


def test_the_number_takes_nothing_that_is_unread_or_on_its_way(user, send, settings):
    settings.NOTIFICATION_MAX_PER_USER = 1
    sending = send("sending", notification_type="match")
    send("unread")
    send("newest")
    inbox.mark_read(user, [sending.pk])
    assert retention.prune()["surplus"] == 0


def test_the_oldest_beyond_the_number_go(user, other_user, send, settings):
    settings.NOTIFICATION_MAX_PER_USER = 2
    for title in "abcd":
        send(title)
    send("ben's", user=other_user)
    inbox.mark_all_read(user)
    assert retention.prune()["surplus"] == 2
    assert titles() == ["ben's", "c", "d"]


def test_deleted_and_expired_ones_go_after_a_week(user, send):
    inbox.delete(user, [send("deleted").pk])
    send("expired", expires_at=timezone.now())
    retention.prune()
    assert titles() == ["deleted", "expired"]
    retention.prune(timezone.now() + timedelta(days=8))
    assert titles() == []


def test_no_limit_keeps_everything(user, old, settings):
    settings.NOTIFICATION_EXPIRY_DAYS = settings.NOTIFICATION_MAX_PER_USER = None
    inbox.mark_read(user, [old("a").pk])
    retention.prune()
    assert titles() == ["a"]


def test_it_works_in_chunks(user, old, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for title in "abcde":
        old(title)
    inbox.mark_all_read(user)
    assert retention.prune()["old"] == 5


def test_the_command_says_what_it_removed(old, user, capsys):
    inbox.mark_read(user, [old("a").pk])
    call_command("notifications_prune")
    assert "old: 1" in capsys.readouterr().out


def test_an_export_has_all_and_is_plain_data(user, other_user, send):
    send("mine", message="text")
    notify(other_user, "tournament", title="not mine")
    preferences.set_type(user, "match", "email", True, how="code")
    data = json.loads(json.dumps(retention.export_user(user), cls=DjangoJSONEncoder))
    assert [each["title"] for each in data["notifications"]] == ["mine"]
    assert data["preferences"][0]["type"] == "match"


def test_an_export_has_nothing_of_others(user, other_user):
    notify([user, other_user], "match", title="x")
    notify(other_user, "match", title="theirs")
    found = retention.export_user(user)
    assert len(found["notifications"]) == len(found["deliveries"]) == 1


def test_the_key_of_the_unsubscribe_links_is_not_handed_out(user):
    preferences.change_settings(user, {"muted": True}, how="code")
    settings = retention.export_user(user)["settings"]
    assert settings["muted"] is True
    assert "key" not in settings


def test_who_is_erased_gets_nothing_that_was_still_to_be_written(user, other_user):
    notify([user, other_user], "tournament", title="both", background=True)
    notify([user], "tournament", title="alone", background=True)
    retention.erase_user(user)
    assert [each.title for each in Message.objects.all()] == ["both"]
    sweep()
    assert [each.recipient for each in Notification.objects.all()] == [other_user]


def test_erasing_leaves_nothing_of_one_user_and_all_of_the_others(user, other_user):
    notify([user, other_user], "tournament", title="shared")
    notify(user, "match", title="own", dedupe_key="k")
    preferences.set_type(user, "match", "email", True, how="code")
    preferences.change_settings(user, {"muted": True}, how="code")
    inbox.mark_all_read(user, Notification.objects.of(user).latest("pk").pk)
    preferences.mute_object(user, other_user)
    notify(user, "match", title="x", group_key="g")
    PushSubscription.objects.create(user=user, endpoint="https://push.example.com/1")
    devices.register(user, uuid4(), kind="fcm", address="token-1")
    Digest.objects.create(recipient=user, channel="email", frequency="daily", period="x")
    assert set(rows_about(user).values()) == {True}
    retention.erase_user(user)
    assert set(rows_about(user).values()) == {False}
    assert titles() == ["shared"]
    assert [message.title for message in Message.objects.all()] == ["shared"]
    rest = retention.export_user(user)
    assert not any(rest.values())


def rows_about(user):
    """Whether each table that refers to users has rows of this one."""
    found = {}
    for model in apps.get_app_config("django_inapp_notifications").get_models():
        for field in model._meta.fields:
            if field.related_model is get_user_model() and field.name != "actor":
                rows = model._default_manager.filter(**{field.name: user})
                found[f"{model.__name__}.{field.name}"] = rows.exists()
    return found


def numbers():
    return {
        (row["type"], name): row[name] for row in inbox_by_day(since=LONG_AGO) for name in NAMES
    }


def test_the_numbers_stay_when_what_they_counted_goes(user, old, send, delivery):
    read, clicked = old("a"), old("b")
    delivery("c")
    deliver_due()
    Notification.objects.filter(type="match").update(deleted_at=timezone.now() - timedelta(days=8))
    inbox.mark_read(user, [read.pk, clicked.pk])
    inbox.mark_clicked(user, clicked.pk)
    before, sent = numbers(), deliveries_by_day(since=LONG_AGO)
    assert before["tournament", "clicked"] == 1
    assert sum(row["count"] for row in sent) == 1
    retention.prune()
    assert not Notification.objects.exists()
    assert numbers() == before
    assert deliveries_by_day(since=LONG_AGO) == sent
    old("d")
    assert numbers()["tournament", "created"] == before["tournament", "created"] + 1


def test_what_a_newer_one_of_its_group_replaced_was_not_dismissed(user):
    for actor in ["Ben", "Cem"]:
        notify(user, "tournament", title="x", actor=actor, group_key="g")
    assert Notification.objects.filter(folder=Folder.DELETED).count() == 1
    assert numbers()["tournament", "dismissed"] == 0
    inbox.delete(
        user, Notification.objects.filter(folder=Folder.INBOX).values_list("pk", flat=True)
    )
    assert numbers()["tournament", "dismissed"] == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_count_what_goes_once(user, old):
    inbox.mark_read(user, [old("read").pk])
    runs = []

    def count_and_be_overtaken(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if "GROUP BY" in sql and not runs:
            runs.append(threading.Thread(target=prune_elsewhere))
            runs[0].start()
            runs[0].join()
        return found

    with connection.execute_wrapper(count_and_be_overtaken):
        assert retention.prune()["old"] == 1
    assert len(runs) == 1
    assert DailyNumber.objects.get(metric="created").count == 1


def prune_elsewhere():
    try:
        retention.prune()
    finally:
        connection.close()


def test_what_only_served_it_goes_with_its_age(user, delivery):
    """Keys, the audit of preferences, and digests that are done; not one that is still to leave."""
    preferences.set_frequency(user, "recorded", "daily", how="code")
    delivery("a", dedupe_key="k")
    deliver_due()
    long_ago = timezone.now() - timedelta(days=400)
    open_digest = Digest.objects.get()
    Digest.objects.create(
        recipient=user, channel="recorded", frequency="daily", period="old", status=Status.SENT
    )
    for model in (DedupeKey, PreferenceChange, Digest):
        model.objects.update(created_at=long_ago)
    retention.prune()
    assert not DedupeKey.objects.exists()
    assert not PreferenceChange.objects.exists()
    assert Digest.objects.get() == open_digest


def test_what_is_yet_to_be_written_keeps_its_message(user, other_user, send):
    sent = notify([user, other_user], "tournament", title="x", background=True)
    Message.objects.update(created_at=timezone.now() - timedelta(days=400))
    retention.prune()
    retention.erase_user(user)
    sweep()
    assert [each.recipient for each in sent.notifications] == [other_user]


def test_erasing_one_of_the_first_takes_nothing_from_those_still_to_come(
    user, other_user, settings
):
    settings.NOTIFICATION_CHUNK_SIZE = 1
    sent = notify([user, other_user], "tournament", title="x", background=True)
    claim(PendingRecipients.objects.filter(pk=PendingRecipients.objects.latest("pk").pk), 1)
    sweep()
    retention.erase_user(user)
    PendingRecipients.objects.update(not_before=timezone.now())
    sweep()
    assert [each.recipient for each in sent.notifications] == [other_user]


def test_what_was_in_no_inbox_waits_for_no_reader(user, send):
    send("mailed", delivery_methods=["email"])
    send("unread")
    deliver_due()
    Notification.objects.update(created_at=timezone.now() - timedelta(days=400))
    retention.prune()
    assert [each.title for each in Notification.objects.all()] == ["unread"]


def test_messages_go_by_a_few_statements_however_many_there_are(user):
    before = timezone.now() - timedelta(days=100)
    Message.objects.bulk_create(
        Message(type="match", title=str(number), created_at=before) for number in range(3000)
    )
    DedupeKey.objects.create(
        recipient=user, key="k", message=Message.objects.earliest("pk"), created_at=timezone.now()
    )
    with CaptureQueriesContext(connection) as queries:
        assert retention.prune()["message"] == 3000
    assert len(queries) < 25
    assert not Message.objects.exists()
    assert not DedupeKey.objects.exists()

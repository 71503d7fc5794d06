"""A site with a replica that is one request behind reads its own writes all the same."""

import re
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.core import mail

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import Delivery, Digest, Notification, Status
from django_inapp_notifications.models import NotificationPreference as Preference
from django_inapp_notifications.services import notify
from tests.support.replica import one_request_behind

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catch_up(user):
    with one_request_behind() as catch_up:
        yield catch_up


def test_a_notification_is_returned_that_no_replica_has_yet(catch_up, user, send):
    row = send("x")
    assert row.title == "x"
    assert notify(user, "tournament", title="y").notifications.get().title == "y"
    row.mark_as_read()
    assert row.is_read


def test_what_was_marked_just_now_counts(catch_up, user, send):
    row = send("x")
    inbox.mark_all_read(user)
    assert row.is_read or Notification.objects.using("default").get(pk=row.pk).is_read
    assert unread_count(user) == 0


def test_mail_leaves_right_after_the_commit(catch_up, user):
    notify(user, "mail", title="x")
    assert [message.subject for message in mail.outbox] == ["x"]


def test_users_who_were_made_just_now_are_found(catch_up):
    User.objects.create_user("new")
    assert notify(User.objects.filter(username="new"), "tournament", title="x").count == 1


def test_what_is_written_later_is_written(catch_up, user):
    notify(user, "tournament", title="x", background=True)
    sweep()
    assert Notification.objects.using("default").select_related("message").get().title == "x"


def test_a_digest_has_what_it_holds(catch_up, user, recorded):
    preferences.set_frequency(user, "recorded", "daily", how="code")
    notify(user, "match", title="x")
    deliver_due()
    Digest.objects.update(not_before="2020-01-01T00:00Z")
    send_due_digests()
    assert recorded.sent[0].text == "- x"
    assert Delivery.objects.using("default").get().status == Status.SENT


def test_one_click_writes_what_its_answer_says(catch_up, user, client):
    """Also if the replica still has the type switched off, as it was before."""
    preferences.set_type(user, "mail", "email", False, how="code")
    catch_up()
    preferences.set_type(user, "mail", "email", True, how="code")
    notify(user, "mail", title="x")
    (address,) = re.findall(
        r"<https://example.com(.*)>", mail.outbox[0].extra_headers["List-Unsubscribe"]
    )
    with no_catching_up():
        answer = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert not Preference.objects.using("default").get(type="mail").enabled


@contextmanager
def no_catching_up():
    """A request whose replica has seen nothing since the one before."""
    from django.core.signals import request_started

    receivers, request_started.receivers = request_started.receivers, []
    request_started.sender_receivers_cache.clear()
    try:
        yield
    finally:
        request_started.receivers = receivers
        request_started.sender_receivers_cache.clear()

"""What a page did not show stays unread, whatever its id and whenever it was committed."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.db import connection

from django_inapp_notifications import clock, inbox
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.inbox.listing import Filters, fetch_page
from django_inapp_notifications.inbox.markers import MAX_NAMED, SETTLED_AFTER, Marker, marker_of
from django_inapp_notifications.models import InboxState, Message, Notification
from django_inapp_notifications.sending.fanout import Batch, keep_late_rows_unread
from tests.notifications.support import late_writer


def unread(user):
    found = [each.title for each in fetch_page(user, Filters(status="unread")).items]
    assert unread_count(user.pk) == len(found)
    return found


class LateWriter:
    """Another process, with a notification that is written and not committed yet."""

    def __init__(self, user, title):
        environment = {**os.environ, "DATABASE_NAME": str(connection.settings_dict["NAME"])}
        environment["DJANGO_SETTINGS_MODULE"] = "tests.notifications.settings"
        self.process = subprocess.Popen(
            [sys.executable, "-m", late_writer.__name__, str(user.pk), title],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.id = int(self.process.stdout.readline())

    def commit(self):
        """Returns when it is committed and the process has ended."""
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0


@pytest.fixture
def late(user):
    """Ana's notification with the older id, not committed yet."""
    writer = LateWriter(user, "late")
    yield writer
    writer.process.kill()
    writer.process.wait()


# SQLite has one writer at a time, whose ids are in the order of commits.
@pytest.mark.postgresql
@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
class TestAnOlderIdCommittedLater:
    @pytest.mark.parametrize("address", ["/notifications/", "/notifications/recent/"])
    def test_it_stays_unread_if_the_page_did_not_show_it(
        self, user, own_client, send, late, address
    ):
        newer = send("shown")
        assert late.id < newer.pk
        page = own_client.get(address)
        marker = page.json()["marker"] if "recent" in address else page.context["marker"]
        late.commit()
        own_client.post("/notifications/mark-all-read/", {"up_to": marker})
        assert unread(user) == ["late"]

    def test_it_stays_unread_if_it_is_committed_after_the_mark(self, user, send, late):
        send("shown")
        inbox.mark_all_read(user, marker_of(user))
        late.commit()
        assert unread(user) == ["late"]

    def test_it_stays_unread_after_all_of_now_was_marked(self, user, send, late):
        send("shown")
        inbox.mark_all_read(user)
        late.commit()
        assert unread(user) == ["late"]

    def test_an_old_page_does_not_mark_what_was_kept_unread_since(self, user, send, late):
        send("shown")
        marker = marker_of(user)
        inbox.mark_all_read(user, marker)
        late.commit()
        inbox.mark_all_read(user, marker)
        assert unread(user) == ["late"]

    def test_it_does_not_count_as_seen(self, user, own_client, send, late):
        send("shown")
        own_client.get("/notifications/")
        late.commit()
        assert InboxState.objects.get(user=user).seen_up_to < late.id


def test_a_page_marks_all_that_it_counts_and_not_only_its_rows(user, own_client, send, settings):
    settings.NOTIFICATION_PAGE_SIZE = 2
    kept = send("0")
    for n in range(5):
        send(str(n))
    inbox.mark_unread(user, [kept.pk])
    marker = own_client.get("/notifications/").context["marker"]
    send("new")
    own_client.post("/notifications/mark-all-read/", {"up_to": marker})
    assert unread(user) == ["new"]


def test_what_is_old_is_marked_by_one_number(user, send):
    with clock.shifted(-2 * SETTLED_AFTER):
        old = [send(str(n)) for n in range(3)]
    new = send("new")
    assert marker_of(user) == Marker(old[-1].pk, (new.pk,))
    inbox.mark_all_read(user, marker_of(user))
    assert InboxState.objects.get().read_up_to == old[-1].pk
    assert not Notification.objects.filter(pk__lte=old[-1].pk).exclude(read_at=None).exists()
    assert unread(user) == []


def test_a_marker_names_no_more_than_a_hundred_rows(user, db):
    message = Message.objects.create(type="tournament", title="x")
    new = Notification(recipient=user, message=message, type="tournament")
    Notification.objects.bulk_create(
        Notification(recipient=user, message=message, type=new.type) for _ in range(MAX_NAMED + 7)
    )
    marker = marker_of(user)
    assert len(marker.named) == MAX_NAMED
    assert Marker.parse(str(marker)) == marker
    inbox.mark_all_read(user, marker)
    assert unread_count(user.pk) == 0


@pytest.mark.parametrize("marker", [Marker(0), Marker(17), Marker(17, (18,)), Marker(0, (5, 9))])
def test_a_marker_survives_its_way_through_a_page(marker):
    assert Marker.parse(str(marker)) == marker


TOO_FAR = "0-" + "-".join(["9" * 18] * 2)  # together more than an id


@pytest.mark.parametrize(
    "text", ["", "-", "7", "7-x", "7--1", "7-1-", "7-²", "1" * 19 + "-", TOO_FAR]
)
def test_what_is_no_marker_is_refused(text):
    with pytest.raises(ValueError, match="marker"):
        Marker.parse(text)


def test_what_a_very_long_transaction_wrote_is_kept_unread(user, send):
    late = send("late")
    with clock.shifted(-2 * SETTLED_AFTER):
        newer = send("shown")
        Notification.objects.filter(pk=late.pk).update(created_at=clock.now())
    started = clock.now() - SETTLED_AFTER - timedelta(seconds=1)
    keep_late_rows_unread(Batch(late.message, late.pk - 1, "default", started))
    inbox.mark_all_read(user, Marker(newer.pk))
    assert unread(user) == ["late"]

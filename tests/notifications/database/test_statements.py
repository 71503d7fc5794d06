"""Queries that are put together once still answer for this user, at this moment."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_inapp_notifications.inbox.feed import recent
from django_inapp_notifications.inbox.listing import newest
from django_inapp_notifications.models import InboxState, Message, Notification
from django_inapp_notifications.services import notify

pytestmark = pytest.mark.django_db


def test_each_user_gets_their_own(user, other_user):
    notify(user, "tournament", title="for Ana")
    notify(other_user, "tournament", title="for Ben")
    assert [[row.title for row in newest(recipient, 5)] for recipient in (user, other_user)] == [
        ["for Ana"],
        ["for Ben"],
    ]


def test_what_expires_between_two_looks_is_gone_from_the_second(user):
    soon = timezone.now() + timedelta(hours=1)
    notify(user, "tournament", title="x", expires_at=soon)
    assert len(recent(user)) == 1
    Notification.objects.update(expires_at=timezone.now())
    assert recent(user) == []


def test_a_row_comes_with_all_that_it_is_shown_with(user, django_assert_num_queries):
    notify([user], "tournament", title="x", group_key="g", metadata={"deep": [1]})
    InboxState.objects.create(user=user, read_up_to=7, seen_up_to=8)
    with django_assert_num_queries(1):
        (row,) = newest(user, 5)
        shown = (row.title, row.group.names, row.message.metadata, row.created_at.tzinfo)
    assert shown == ("x", "", {"deep": [1]}, row.message.created_at.tzinfo)
    assert (row.watermark, row.seen_up_to, row.has_pinned) == (7, 8, False)
    assert row.recipient_id == user.pk


def test_below_an_id_come_the_older_ones(user):
    first, second = (notify(user, "tournament", title=title).notifications.get() for title in "ab")
    assert newest(user, 5) == [second, first]
    assert newest(user, 5, below=second.pk) == [first]
    assert newest(user, 1) == [second]


@pytest.mark.django_db(transaction=True)
def test_threads_share_it_with_a_connection_each(user):
    notify(user, "tournament", title="x")
    newest(user, 5)
    found = []

    def look():
        try:
            found.extend(newest(user, 5))
        finally:
            connection.close()

    threads = [Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3


@pytest.mark.postgresql
@pytest.mark.parametrize("below", [None, 10**9])
def test_it_walks_the_users_index_only(user, other_user, below):
    message = Message.objects.create(type="tournament", title="x")
    for recipient, count in [(user, 3000), (other_user, 12000)]:
        Notification.objects.bulk_create(
            Notification(recipient=recipient, message=message, type="tournament")
            for _ in range(count)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as asked:
            newest(user, 26, below=below)
        cursor.execute("EXPLAIN ANALYZE " + asked[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using din_notification_list" in plan
    assert "Rows Removed by Filter" not in plan

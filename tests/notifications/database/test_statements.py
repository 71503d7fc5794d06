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


def test_each_user_gets_their_own(ana, ben):
    notify(ana, "tournament", title="for Ana")
    notify(ben, "tournament", title="for Ben")
    assert [[row.title for row in newest(user, 5)] for user in (ana, ben)] == [
        ["for Ana"],
        ["for Ben"],
    ]


def test_what_expires_between_two_looks_is_gone_from_the_second(ana):
    soon = timezone.now() + timedelta(hours=1)
    notify(ana, "tournament", title="x", expires_at=soon)
    assert len(recent(ana)) == 1
    Notification.objects.update(expires_at=timezone.now())
    assert recent(ana) == []


def test_a_row_comes_with_all_that_it_is_shown_with(ana, django_assert_num_queries):
    notify([ana], "tournament", title="x", group_key="g", metadata={"deep": [1]})
    InboxState.objects.create(user=ana, read_up_to=7, seen_up_to=8)
    with django_assert_num_queries(1):
        (row,) = newest(ana, 5)
        shown = (row.title, row.group.names, row.message.metadata, row.created_at.tzinfo)
    assert shown == ("x", "", {"deep": [1]}, row.message.created_at.tzinfo)
    assert (row.watermark, row.seen_up_to, row.has_pinned) == (7, 8, False)
    assert row.recipient_id == ana.pk


def test_below_an_id_come_the_older_ones(ana):
    first, second = (notify(ana, "tournament", title=title).notifications.get() for title in "ab")
    assert newest(ana, 5) == [second, first]
    assert newest(ana, 5, below=second.pk) == [first]
    assert newest(ana, 1) == [second]


@pytest.mark.django_db(transaction=True)
def test_threads_share_it_with_a_connection_each(ana):
    notify(ana, "tournament", title="x")
    newest(ana, 5)
    found = []

    def look():
        try:
            found.extend(newest(ana, 5))
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
def test_it_walks_the_users_index_only(ana, ben, below):
    message = Message.objects.create(type="tournament", title="x")
    for user, count in [(ana, 3000), (ben, 12000)]:
        Notification.objects.bulk_create(
            Notification(recipient=user, message=message, type="tournament") for _ in range(count)
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        with CaptureQueriesContext(connection) as asked:
            newest(ana, 26, below=below)
        cursor.execute("EXPLAIN ANALYZE " + asked[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "using din_notification_list" in plan
    assert "Rows Removed by Filter" not in plan

"""Many alike become one line: "Ana and 3 others"."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from django_inapp_notifications import inbox
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.inbox.listing import Filters, fetch_page
from django_inapp_notifications.models import Notification, NotificationGroup
from django_inapp_notifications.services import notify


def lines(user):
    return [(each.title, each.group.names) for each in fetch_page(user, Filters()).items]


@pytest.fixture
def like(user):
    def by(actor, **options):
        return notify(user, "tournament", title=f"{actor} liked it", actor=actor, **options)

    return by


def test_those_alike_are_one_line_and_one_unread(user, like):
    for name in ["Eve", "Dan", "Ben", "Cem"]:
        like(name, group_key="post-1")
    assert lines(user) == [("Cem liked it", "Cem and 3 others")]
    assert unread_count(user.pk) == 1


def test_two_are_both_named(user, like):
    like("Ben", group_key="post-1")
    like("Cem", group_key="post-1")
    assert lines(user)[0][1] == "Cem and Ben"


def test_a_line_that_was_read_stays_and_a_new_one_begins(user, like):
    like("Ben", group_key="post-1")
    inbox.mark_all_read(user)
    like("Cem", group_key="post-1")
    assert lines(user)[0] == ("Cem liked it", "Cem")
    assert len(lines(user)) == 2


def test_other_keys_types_and_users_are_apart(user, other_user, like):
    like("Cem", group_key="post-1")
    like("Cem", group_key="post-2")
    notify(user, "coaching", title="x", group_key="post-1")
    notify(other_user, "tournament", title="x", group_key="post-1")
    assert len(lines(user)) == 3


def test_many_recipients_cost_no_more_queries(make_user, django_assert_max_num_queries):
    users = [make_user(f"u{n}") for n in range(30)]
    for name in ["Ben", "Cem"]:
        with django_assert_max_num_queries(20):
            notify(users, "tournament", title="x", actor=name, group_key="post-1")
    assert {group.names for group in NotificationGroup.objects.all()} == {"Cem and Ben"}


@pytest.mark.postgresql
@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_none_is_lost(user, like):
    def one(number):
        try:
            like(f"user {number}", group_key="post-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(20)))
    assert NotificationGroup.objects.get().count == 20
    assert len(lines(user)) == 1
    assert Notification.objects.count() == 20

"""What a user has pinned comes first, and stays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from django_inapp_notifications import inbox
from django_inapp_notifications.inbox.feed import recent
from django_inapp_notifications.inbox.listing import Filters, fetch_page
from django_inapp_notifications.inbox.markers import Marker
from django_inapp_notifications.maintenance.retention import prune
from django_inapp_notifications.models import Folder, InboxState, Notification


def titles(rows):
    return [each.title for each in rows]


def reload(notification):
    return Notification.objects.get(pk=notification.pk)


def test_pinned_ones_come_first_and_once(user, send, settings):
    settings.NOTIFICATION_PAGE_SIZE = 2
    old, *_ = [send(name) for name in "abcd"]
    inbox.pin(user, [old.pk])
    first = fetch_page(user, Filters())
    assert titles(first.shown) == ["a", "d", "c"]
    assert titles(fetch_page(user, Filters(), before=first.older).shown) == ["b"]
    assert titles(recent(user)) == ["a", "d", "c", "b"]


def test_all_of_them_pinned_is_a_page_too(user, send):
    inbox.pin(user, [send(name).pk for name in "ab"])
    assert titles(fetch_page(user, Filters()).shown) == ["b", "a"]
    assert titles(recent(user)) == ["b", "a"]


def test_pins_leave_room_for_what_is_new_in_the_dropdown(user, send, settings):
    settings.NOTIFICATION_RECENT_COUNT = 4
    inbox.pin(user, [send(name).pk for name in "abcde"])
    send("new")
    assert titles(recent(user)) == ["e", "d", "new"]


def test_a_pinned_group_stays_pinned_when_one_more_joins_it(user, send, settings):
    settings.NOTIFICATION_MAX_PINNED = 2
    likes = [send("Ana likes it", group_key="post-1", actor="Ana")]
    inbox.pin(user, [likes[0].pk])
    likes.append(send("Ben likes it", group_key="post-1", actor="Ben"))
    assert [reload(each).pinned_at is not None for each in likes] == [False, True]
    inbox.pin(user, [send("other").pk])
    assert titles(fetch_page(user, Filters()).pinned) == ["other", "Ben likes it"]


def test_filters_look_at_pinned_ones_too(user, send):
    inbox.pin(user, [send("a").pk, send("b", priority="high").pk])
    assert titles(fetch_page(user, Filters(priority="high")).shown) == ["b"]
    assert titles(fetch_page(user, Filters(status="unread")).shown) == ["b", "a"]
    assert fetch_page(user, Filters(status="archived")).shown == []


def test_mark_all_takes_in_what_is_pinned(own_client, user, send):
    pinned = send("a")
    newest = send("b")
    inbox.pin(user, [pinned.pk])
    marker = own_client.get("/notifications/recent/").json()["marker"]
    assert Marker.parse(marker).named == (pinned.pk, newest.pk)
    assert InboxState.objects.get().seen_up_to == newest.pk


@pytest.mark.parametrize("action", ["pin", "unpin"])
def test_pinning_is_a_post_on_ones_own(own_client, other_user, send, action):
    notification = send()
    address = f"/notifications/{notification.pk}/{action}/"
    assert own_client.get(address).status_code == 405
    assert own_client.post(address).status_code == 302
    assert (reload(notification).pinned_at is not None) == (action == "pin")
    own_client.force_login(other_user)
    assert own_client.post(address).status_code == 404


@pytest.mark.parametrize(
    "move",
    [inbox.archive, inbox.delete, lambda u, i: inbox.snooze(u, i, timezone.now() + timedelta(1))],
)
def test_what_leaves_the_inbox_is_unpinned(user, send, move):
    one = send()
    inbox.pin(user, [one.pk])
    move(user, [one.pk])
    assert reload(one).pinned_at is None


def test_the_oldest_pin_makes_room(user, send, settings):
    settings.NOTIFICATION_MAX_PINNED = 2
    rows = [send(name) for name in "abc"]
    for each in rows:
        inbox.pin(user, [each.pk])
    assert titles(fetch_page(user, Filters()).pinned) == ["c", "b"]


@pytest.mark.parametrize("keep", [True, False])
def test_retention_keeps_them_unless_the_policy_says_otherwise(user, send, settings, keep):
    settings.NOTIFICATION_KEEP_PINNED = keep
    settings.NOTIFICATION_MAX_PER_USER = 1
    old, pinned, _new = send("a"), send("b"), send("c")
    inbox.pin(user, [pinned.pk])
    inbox.mark_all_read(user)
    prune()
    left = set(Notification.objects.values_list("pk", flat=True))
    assert old.pk not in left
    assert (pinned.pk in left) is keep


def test_the_list_offers_to_pin_and_to_unpin(own_client, user, send):
    one = send()
    assert 'value="pin"' in own_client.get("/notifications/").text
    assert f"/{one.pk}/pin/" in own_client.get(f"/notifications/{one.pk}/").text
    own_client.post("/notifications/bulk/", {"action": "pin", "ids": [one.pk]})
    assert f"/{one.pk}/unpin/" in own_client.get("/notifications/").text
    assert f"/{one.pk}/unpin/" in own_client.get(f"/notifications/{one.pk}/").text
    assert Notification.objects.get().folder == Folder.INBOX


def test_who_pins_pays_one_query_more(user, send, django_assert_num_queries):
    one = send()
    with django_assert_num_queries(1):
        fetch_page(user, Filters())
    inbox.pin(user, [one.pk])
    send()
    with django_assert_num_queries(2):
        fetch_page(user, Filters())


def test_only_what_is_in_the_inbox_can_be_pinned(user, send):
    row = send()
    inbox.archive(user, [row.pk])
    assert inbox.pin(user, [row.pk]) == 0

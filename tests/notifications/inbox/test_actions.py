"""What a user does with their notifications, and what the badge says after it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from django_inapp_notifications import inbox
from django_inapp_notifications.inbox.badge import display_count, unread_count
from django_inapp_notifications.inbox.listing import Filters, fetch_page
from django_inapp_notifications.models import Folder, InboxState, Notification
from django_inapp_notifications.sending.fanout import Batch, keep_late_rows_unread
from django_inapp_notifications.services import notify
from django_inapp_notifications.signals import notification_read

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def unread(user):
    found = fetch_page(user, Filters(status="unread")).items
    assert unread_count(user.pk) == len(found)
    return [each.title for each in found]


def shown(user, **filters):
    return [each.title for each in fetch_page(user, Filters(**filters)).items]


def test_a_new_notification_is_unread(user, send):
    send("a")
    assert unread(user) == ["a"]


def test_reading_marks_one_and_only_once(user, send):
    first = send("a")
    send("b")
    assert inbox.mark_read(user, [first.pk]) == [first.pk]
    assert inbox.mark_read(user, [first.pk]) == []
    assert unread(user) == ["b"]
    first.refresh_from_db()
    assert first.is_read


def test_mark_as_read_on_the_row(send):
    notification = send()
    notification.mark_as_read()
    assert notification.is_read


def test_another_users_notification_is_out_of_reach(user, other_user, send):
    notification = send("a")
    for change in [inbox.mark_read, inbox.delete, inbox.archive, inbox.mark_unread]:
        assert not change(other_user, [notification.pk])
    assert unread(user) == ["a"]


def test_marking_all_read_leaves_unread_what_came_later(user, send):
    seen = send("a")
    send("b")
    inbox.mark_all_read(user, seen.pk)
    assert unread(user) == ["b"]


def test_marking_all_read_is_a_few_small_statements(user, send, django_assert_max_num_queries):
    for n in range(30):
        send(str(n))
    with django_assert_max_num_queries(8):
        inbox.mark_all_read(user)
    assert unread(user) == []


def test_a_mark_never_moves_back(user, send):
    first, second = send("a"), send("b")
    inbox.mark_all_read(user, second.pk)
    inbox.mark_all_read(user, first.pk)
    assert unread(user) == []


def test_a_number_beyond_the_newest_swallows_nothing_to_come(user, send):
    send("a")
    inbox.mark_all_read(user, 10**17)
    send("b")
    assert unread(user) == ["b"]


def test_what_is_marked_unread_survives_below_the_mark(user, send):
    first = send("a")
    send("b")
    inbox.mark_all_read(user)
    inbox.mark_unread(user, [first.pk])
    assert unread(user) == ["a"]
    inbox.mark_all_read(user)
    assert unread(user) == []


def test_a_row_committed_late_is_not_swallowed_by_a_newer_mark(user, send):
    """Its id is older than what was shown, but it was not there to be shown."""
    late, shown_one = send("late"), send("shown")
    inbox.mark_all_read(user, shown_one.pk)
    keep_late_rows_unread(Batch(late.message, late.pk - 1, "default"))
    assert unread(user) == ["late"]


def test_reading_is_announced(user, send, django_capture_on_commit_callbacks):
    heard = []

    def listen(user_id, notification_ids, up_to, **kwargs):
        heard.append((user_id, notification_ids, up_to))

    notification_read.connect(listen)
    one = send()
    with django_capture_on_commit_callbacks(execute=True):
        inbox.mark_read(user, [one.pk])
        inbox.mark_all_read(user, one.pk)
    assert heard == [(user.pk, [one.pk], None), (user.pk, [], one.pk)]


def test_deleting_can_be_undone(user, send):
    one = send("a")
    inbox.delete(user, [one.pk])
    assert shown(user) == unread(user) == []
    inbox.restore(user, [one.pk])
    assert shown(user) == unread(user) == ["a"]


def test_the_archive_is_apart_and_survives_an_undone_deletion(user, send):
    one = send("a")
    inbox.archive(user, [one.pk])
    assert (shown(user), unread(user), shown(user, status="archived")) == ([], [], ["a"])
    inbox.delete(user, [one.pk])
    inbox.restore(user, [one.pk])
    assert shown(user, status="archived") == ["a"]
    inbox.restore(user, [one.pk])
    assert shown(user) == ["a"]


def test_snoozing_hides_it_until_then_and_brings_it_back_unread(user, send):
    one = send("a")
    inbox.mark_read(user, [one.pk])
    inbox.snooze(user, [one.pk], timezone.now() + timedelta(hours=1))
    assert (shown(user), unread(user), shown(user, status="snoozed")) == ([], [], ["a"])
    Notification.objects.update(snoozed_until=timezone.now())
    assert (shown(user), unread(user)) == (["a"], ["a"])


def test_seeing_nothing_new_writes_nothing(user, send, django_assert_num_queries):
    send("a")
    inbox.mark_seen(user, fetch_page(user, Filters()).items)
    again = fetch_page(user, Filters()).items
    with django_assert_num_queries(0):
        inbox.mark_seen(user, again)


def test_what_has_expired_is_neither_shown_nor_counted(user, send):
    send("a", expires_at=timezone.now() - timedelta(seconds=1))
    assert shown(user) == unread(user) == []


def test_the_badge_counts_no_further_than_its_cap(user, settings):
    settings.NOTIFICATION_BADGE_CAP = 3
    for _ in range(6):
        notify(user, "tournament", title="x")
    assert unread_count(user.pk) == 4
    assert [display_count(n) for n in [0, 3, 4]] == ["", "3", "3+"]


def test_seen_is_not_read(user, send):
    one = send("a")
    inbox.mark_seen(user, fetch_page(user, Filters()).items)
    assert InboxState.objects.get().seen_up_to == one.pk
    assert unread(user) == ["a"]


class TestFilters:
    def test_read_and_unread(self, user, send):
        first = send("a")
        send("b")
        inbox.mark_read(user, [first.pk])
        assert shown(user, status="read") == ["a"]
        inbox.mark_all_read(user)
        assert shown(user, status="read") == ["b", "a"]

    def test_type_priority_and_text(self, user, send):
        send("Cup", message="Round one")
        send("Lesson", notification_type="coaching", priority="high")
        assert shown(user, type="coaching") == ["Lesson"]
        assert shown(user, priority="high") == ["Lesson"]
        assert shown(user, text="ROUND") == ["Cup"]

    def test_somebody_elses_are_never_shown(self, other_user, send):
        send("a")
        assert shown(other_user) == []


class TestPages:
    @pytest.fixture(autouse=True)
    def small_pages(self, settings):
        settings.NOTIFICATION_PAGE_SIZE = 2

    def test_older_and_newer_meet(self, user, send):
        for title in "abcde":
            send(title)
        pages, before = [], None
        while True:
            page = fetch_page(user, Filters(), before)
            pages.append([each.title for each in page.items])
            before = page.older
            if before is None:
                break
        assert pages == [["e", "d"], ["c", "b"], ["a"]]
        page = fetch_page(user, Filters(), after=page.newer)
        assert [each.title for each in page.items] == ["c", "b"]
        page = fetch_page(user, Filters(), after=page.newer)
        assert [each.title for each in page.items] == ["e", "d"]
        assert page.newer is None

    def test_unread_of_both_kinds_are_merged_in_order(self, user, send):
        made = [send(title) for title in "abcd"]
        inbox.mark_all_read(user, made[2].pk)
        inbox.mark_unread(user, [made[0].pk, made[2].pk])
        first = fetch_page(user, Filters(status="unread"))
        assert [each.title for each in first.items] == ["d", "c"]
        second = fetch_page(user, Filters(status="unread"), first.older)
        assert [each.title for each in second.items] == ["a"]


class TestCachedBadge:
    @pytest.fixture(autouse=True)
    def shared_cache(self, settings, tmp_path):
        backend = "django.core.cache.backends.filebased.FileBasedCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}

    def test_a_second_look_costs_no_query(self, user, django_assert_num_queries):
        unread_count(user.pk)
        with django_assert_num_queries(0):
            unread_count(user.pk)

    @pytest.mark.parametrize(
        "change",
        [
            lambda user, one: inbox.mark_read(user, [one.pk]),
            lambda user, one: inbox.mark_all_read(user),
            lambda user, one: inbox.delete(user, [one.pk]),
            lambda user, one: inbox.archive(user, [one.pk]),
            lambda user, one: inbox.snooze(user, [one.pk], timezone.now() + timedelta(days=1)),
        ],
    )
    def test_every_writer_corrects_it(self, user, send, change, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            one = send()
        assert unread_count(user.pk) == 1
        with django_capture_on_commit_callbacks(execute=True):
            change(user, one)
        assert unread_count(user.pk) == 0

    def test_new_ones_are_counted_after_commit(self, user, django_capture_on_commit_callbacks):
        assert unread_count(user.pk) == 0
        with django_capture_on_commit_callbacks(execute=True):
            notify([user], "tournament", title="x")
        assert unread_count(user.pk) == 1

    def test_a_reader_cannot_store_what_a_writer_made_wrong(self, user, send, monkeypatch):
        """The count of before the commit, stored after it, is not believed."""
        from django_inapp_notifications.inbox import badge

        def count_while_somebody_commits(user_id):
            badge._renew_stamps([user_id], "default")
            return badge.Badge(7, quiet_bell=False)

        with monkeypatch.context() as patched:
            patched.setattr(badge, "read_badge", count_while_somebody_commits)
            unread_count(user.pk)
        assert unread_count(user.pk) == 0

    def test_a_cache_inside_one_process_is_not_used(
        self, user, settings, django_assert_num_queries
    ):
        backend = "django.core.cache.backends.locmem.LocMemCache"
        settings.CACHES = {"default": {"BACKEND": backend}}
        unread_count(user.pk)
        with django_assert_num_queries(1):
            unread_count(user.pk)
        assert caches["default"] is not None


def test_a_notification_sent_by_other_channels_only_is_in_no_list(user, send):
    send("a")
    Notification.objects.update(folder=Folder.OUTSIDE)
    assert shown(user) == unread(user) == []


def test_an_older_page_that_comes_late_takes_nothing_back(user, send):
    old = send("a")
    stale = list(Notification.objects.with_content().filter(pk=old.pk))
    new = send("b")
    inbox.mark_seen(user, Notification.objects.with_content().order_by("-pk"))
    inbox.mark_seen(user, stale)
    assert InboxState.objects.get().seen_up_to == new.pk


def test_the_first_click_is_remembered(user, send):
    first = send()
    inbox.mark_clicked(user, first.pk)
    Notification.objects.update(clicked_at=LONG_AGO)
    inbox.mark_clicked(user, first.pk)
    assert Notification.objects.get().clicked_at == LONG_AGO


def test_marking_all_read_does_not_swallow_what_is_snoozed(user, send):
    hidden = send("snoozed")
    send("shown")
    inbox.snooze(user, [hidden.pk], timezone.now() + timedelta(hours=1))
    inbox.mark_all_read(user)
    Notification.objects.filter(pk=hidden.pk).update(snoozed_until=timezone.now())
    assert unread(user) == ["snoozed"]


def test_what_was_marked_with_all_is_not_marked_once_more(user, send):
    row = send()
    inbox.mark_all_read(user)
    assert inbox.mark_read(user, [row.pk]) == []


def test_marking_all_read_leaves_newer_ones_that_were_kept_unread(user, send):
    older, newer = send(), send()
    inbox.mark_all_read(user)
    inbox.mark_unread(user, [older.pk, newer.pk])
    inbox.mark_all_read(user, older.pk)
    rows = Notification.objects.order_by("pk")
    assert [row.is_read for row in rows] == [True, False]

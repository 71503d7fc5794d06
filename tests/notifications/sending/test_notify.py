"""Sending: who receives what, and what is refused."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.db import connection, transaction
from django.db.models import Count
from django.template import engines
from django.utils import timezone, translation

from django_inapp_notifications import inbox
from django_inapp_notifications.content import rendering as content
from django_inapp_notifications.exceptions import (
    DedupeConflict,
    InvalidNotification,
    UnknownType,
    UnsafeLink,
)
from django_inapp_notifications.maintenance.retention import prune
from django_inapp_notifications.maintenance.sweep import sweep
from django_inapp_notifications.models import Message, Notification, PendingRecipients
from django_inapp_notifications.sending.audience import audience_chunks
from django_inapp_notifications.services import notify, notify_many
from django_inapp_notifications.signals import notification_created
from django_inapp_notifications.types import NotificationType, register

User = get_user_model()


def crowd(number):
    return User.objects.bulk_create([User(username=f"user{n}") for n in range(number)])


def recipients():
    return sorted(Notification.objects.values_list("recipient__username", flat=True))


def test_the_content_is_stored_once_and_a_row_for_each_recipient(user, other_user):
    sent = notify(
        [user, other_user], "tournament", title="Round 1", message="At nine.", priority="high"
    )
    assert sent.count == 2
    assert Message.objects.get().text == "At nine."
    assert {n.title for n in sent.notifications} == {"Round 1"}
    assert set(Notification.objects.values_list("priority", flat=True)) == {"high"}


@pytest.mark.parametrize("shape", [list, tuple, set, iter, lambda users: (u for u in users)])
def test_recipients_may_be_any_iterable_of_users(user, other_user, shape):
    notify(shape([user, other_user]), "tournament", title="x")
    assert recipients() == ["ana", "ben"]


@pytest.mark.parametrize(
    "shape", [lambda u: u, lambda u: u.pk, lambda u: str(u.pk), lambda u: [u.pk]]
)
def test_one_user_is_given_as_such_or_by_key(user, shape):
    notify(shape(user), "tournament", title="x")
    assert recipients() == ["ana"]


@pytest.mark.parametrize(
    "query",
    [
        lambda: User.objects.all(),
        lambda: User.objects.order_by("-username")[:2],
        lambda: User.objects.filter(groups__name__startswith="g").distinct(),
        lambda: User.objects.filter(groups__name__startswith="g"),
        lambda: User.objects.annotate(groups_of=Count("groups")).filter(groups_of=2),
        lambda: User.objects.filter(groups__in=Group.objects.all()).select_for_update(),
        lambda: User.objects.only("username").order_by("username"),
        lambda: User.objects.filter(pk__in=Group.objects.values("user")),
        lambda: User.objects.filter(username="ana").union(User.objects.filter(username="ben")),
    ],
)
def test_recipients_may_be_any_queryset(user, other_user, query):
    """Plain, sliced, distinct, doubled by a join, counted, combined: each user once."""
    for name in ["g1", "g2"]:
        Group.objects.create(name=name).user_set.set([user, other_user])
    notify(query(), "tournament", title="x")
    assert recipients() == ["ana", "ben"]


def test_a_user_who_is_listed_twice_is_notified_once(user):
    notify([user, user.pk, user], "tournament", title="x")
    assert recipients() == ["ana"]


def test_a_user_who_comes_again_in_another_chunk_is_notified_once(user, other_user, settings):
    settings.NOTIFICATION_CHUNK_SIZE = 1
    assert (
        notify(
            (recipient for recipient in [user, other_user, user.pk]), "tournament", title="x"
        ).count
        == 2
    )
    assert recipients() == ["ana", "ben"]


def test_a_user_who_was_deleted_meanwhile_stops_nobody(user, other_user):
    gone = other_user.pk
    other_user.delete()
    assert notify([user, gone], "tournament", title="x").count == 1


@pytest.mark.parametrize(
    "stranger", [AnonymousUser(), User(username="unsaved"), object(), "x", b"12", None]
)
def test_what_is_no_user_is_refused(db, stranger):
    with pytest.raises(InvalidNotification):
        notify([stranger], "tournament", title="x")
    assert not Message.objects.exists()


def test_notify_many_refuses_a_single_user(user):
    with pytest.raises(InvalidNotification, match=r"notify\(\)"):
        notify_many(user, "tournament", title="x")


def test_an_unregistered_type_is_refused_with_the_remedy(user):
    with pytest.raises(UnknownType, match=r"notification_types\.py"):
        notify(user, "tornament", title="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": " \n"},
        {"priority": "huge"},
        {"metadata": {"a": object()}},
        {"metadata": [1]},
        {"params": {"a": float("nan")}},
        {"expires_at": datetime(2030, 1, 1)},
        {"action_url": "javascript:alert(1)"},
    ],
)
def test_wrong_content_is_refused_before_anything_is_written(user, wrong):
    with pytest.raises(InvalidNotification):
        notify(user, "tournament", **{"title": "x", **wrong})
    assert not Message.objects.exists()


def test_a_title_is_one_line_and_fits(user):
    title = notify(user, "tournament", title="a\r\nb\x00" + "c" * 300).message.title
    assert title.startswith("a b")
    assert len(title) == 255
    assert title.endswith("…")


def test_the_callers_dictionaries_are_neither_changed_nor_shared(user):
    metadata = {"id": uuid.UUID(int=1), "list": [1]}
    message = notify(user, "tournament", title="x", metadata=metadata).message
    metadata["list"].append(2)
    assert message.metadata == {"id": str(uuid.UUID(int=1)), "list": [1]}
    assert metadata["id"] == uuid.UUID(int=1)


def test_actor_and_target_are_kept_when_they_are_gone(user, other_user):
    notify(user, "tournament", title="x", actor=other_user, target=user)
    other_user.delete()
    message = Message.objects.get()
    assert (message.actor_model, message.actor_name) == ("auth.user", "ben")
    assert message.target_key == str(user.pk)


def test_a_type_says_how_long_its_notifications_are_of_use(user):
    from django_inapp_notifications.types import NotificationType, register

    register(NotificationType("flash", expires_after=timedelta(hours=1)))
    left = notify(user, "flash", title="x").message.expires_at - timezone.now()
    assert timedelta(minutes=59) < left <= timedelta(hours=1)


def test_nothing_escapes_a_transaction_that_is_rolled_back(user):
    def notify_and_fail():
        with transaction.atomic():
            notify(user, "tournament", title="x")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        notify_and_fail()
    assert not Message.objects.exists()
    assert not Notification.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_recipients(db, django_assert_max_num_queries):
    users = crowd(1000)
    with django_assert_max_num_queries(12):
        assert notify(users, "tournament", title="x").count == 1000


def test_a_queryset_is_read_by_the_database_itself(db, django_assert_max_num_queries, settings):
    settings.NOTIFICATION_CHUNK_SIZE = 10
    crowd(300)
    with django_assert_max_num_queries(8):
        assert notify(User.objects.all(), "tournament", title="x").count == 300


def test_a_condition_on_users_is_asked_of_their_table_once(db):
    (users,) = audience_chunks(User.objects.filter(username="ana"), "default")
    assert str(users.query).count("FROM") == 1


def test_nobody_in_a_queryset_is_nobody_notified(db):
    assert notify(User.objects.none(), "tournament", title="x").count == 0


def test_recipients_beyond_a_chunk_are_reached(db, settings):
    settings.NOTIFICATION_CHUNK_SIZE = 7
    assert notify(crowd(20), "tournament", title="x").count == 20


def test_the_signal_is_sent_once_per_batch_after_commit(
    user, other_user, django_capture_on_commit_callbacks
):
    heard = []

    def listen(sender, message, count, notifications, **kwargs):
        heard.append((message.title, count, notifications.count()))

    notification_created.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        notify([user, other_user], "tournament", title="x")
        assert heard == []
    assert heard == [("x", 2, 2)]


def test_a_failing_receiver_harms_neither_the_caller_nor_the_others(
    user, django_capture_on_commit_callbacks
):
    heard = []

    def fail(**kwargs):
        raise RuntimeError

    def listen(**kwargs):
        heard.append(kwargs["count"])

    notification_created.connect(fail)
    notification_created.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        notify(user, "tournament", title="x")
    assert heard == [1]


class TestDedupeKey:
    def test_the_same_key_and_content_makes_no_second_one(self, user):
        assert notify(user, "tournament", title="x", dedupe_key="k").count == 1
        assert notify(user, "tournament", title="x", dedupe_key="k").count == 0
        assert recipients() == ["ana"]

    def test_a_repetition_finds_the_row_that_is_there(self, send):
        assert send(dedupe_key="k") == send(dedupe_key="k")

    def test_what_was_deleted_and_removed_does_not_come_back(self, user, send):
        inbox.delete(user, [send(dedupe_key="k").pk])
        prune(timezone.now() + timedelta(days=8))
        assert not Notification.objects.exists()
        again = send(dedupe_key="k")
        assert (again.pk, again.title, again.is_read) == (None, "Hello", True)
        assert not Notification.objects.exists()

    def test_it_is_each_recipients_own(self, user, other_user):
        notify(other_user, "tournament", title="theirs", dedupe_key="k")
        own = notify(user, "tournament", title="hers", dedupe_key="k").message
        assert notify(user, "tournament", title="hers", dedupe_key="k").message == own

    def test_a_chunk_writes_nothing_to_those_of_another(self, user, other_user, settings):
        settings.NOTIFICATION_CHUNK_SIZE = 1
        assert notify([user, other_user], "tournament", title="x", dedupe_key="k").count == 2
        assert recipients() == ["ana", "ben"]

    def test_nobody_is_said_to_have_had_it(self, send):
        with pytest.raises(Notification.DoesNotExist):
            send(user=0, dedupe_key="k")
        assert Message.objects.count() == 1

    def test_other_content_under_the_same_key_is_an_error(self, user):
        notify(user, "tournament", title="x", dedupe_key="k")
        with pytest.raises(DedupeConflict):
            notify(user, "tournament", title="y", dedupe_key="k")
        assert recipients() == ["ana"]

    @pytest.mark.parametrize(
        "other",
        [
            {"message": "y"},
            {"action_url": "/y/"},
            {"priority": "high"},
            {"params": {"x": "y"}},
            {"target": Group(pk=2, name="x")},
            {"target": User(pk=1, username="x")},
        ],
    )
    def test_all_that_a_recipient_would_notice_is_content(self, user, other):
        content = {"target": Group(pk=1, name="x")}
        notify(user, "tournament", title="x", dedupe_key="k", **content)
        with pytest.raises(DedupeConflict):
            notify(user, "tournament", title="x", dedupe_key="k", **{**content, **other})

    def test_only_recipients_who_have_it_are_left_out(self, user, other_user):
        notify(user, "tournament", title="x", dedupe_key="k")
        assert notify([user, other_user], "tournament", title="x", dedupe_key="k").count == 1
        assert recipients() == ["ana", "ben"]

    def test_keys_are_scoped_by_type_and_may_be_long(self, user):
        notify(user, "tournament", title="x", dedupe_key="k" * 500)
        assert notify(user, "coaching", title="x", dedupe_key="k" * 500).count == 1
        assert notify(user, "coaching", title="x", dedupe_key="k" * 500).count == 0

    @pytest.mark.parametrize("other", ["order-AB", "order-ab ", "order-\u00e4b", "order-ab\n"])
    def test_keys_that_a_database_may_confuse_are_different(self, user, other):
        notify(user, "tournament", title="x", dedupe_key="order-ab")
        assert notify(user, "tournament", title="y", dedupe_key=other).count == 1

    @pytest.mark.parametrize("key", ["k" * 600, 4711, uuid.UUID(int=1)])
    def test_a_key_is_the_same_one_in_the_background(self, user, key):
        notify(user, "tournament", title="x", dedupe_key=key, background=True)
        assert len(PendingRecipients.objects.get().dedupe_key) <= 200
        sweep()
        assert notify(user, "tournament", title="x", dedupe_key=key).count == 0
        assert recipients() == ["ana"]

    def test_another_language_is_no_other_content(self, user, other_user):
        """A request in German may be retried by a worker in English."""
        register(NotificationType("cup"))
        params = {"name": "Spring Cup", "day": "Saturday"}
        for language, day in [("de", "Saturday"), ("en", "Saturday"), ("en", "Sunday")]:
            with translation.override(language):
                again = {"params": {**params, "day": day}, "dedupe_key": "k"}
                if day == "Sunday":
                    with pytest.raises(DedupeConflict):
                        notify([user, other_user], "cup", **again)
                else:
                    notify([user, other_user], "cup", **again)
        assert recipients() == ["ana", "ben"]

    def test_a_text_beside_a_templates_title_is_content(self, user):
        register(NotificationType("line"))
        own = engines["django"].from_string("A line")
        with mock.patch.object(content, "find_once", {"notifications/line/title.txt": own}.get):
            notify(user, "line", message="x", dedupe_key="k")
            with pytest.raises(DedupeConflict):
                notify(user, "line", message="y", dedupe_key="k")

    def test_a_single_user_gets_the_first_one_back(self, send):
        assert send(dedupe_key="k") == send(dedupe_key="k")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/x\n//evil.example",
        "https://evil.example/",
        "http:evil.example",
        "https:///evil.example",
        "evil.example",
        "https://example.com@evil.example/",
        "/\u202egnp.exe",
        "/a\u2028b",
        "/a\u200bb",
        "/a\x85b",
        "/" + "x" * 2001,
    ],
)
def test_a_link_off_the_site_is_refused(user, url):
    with pytest.raises(UnsafeLink):
        notify(user, "tournament", title="x", action_url=url)


def test_a_link_may_be_a_path_or_lead_to_a_listed_host(user, settings):
    settings.NOTIFICATION_LINK_HOSTS = ["shop.example.com"]
    for url in ["/a/?b=c#d", "https://shop.example.com/x", ""]:
        assert (
            notify(user, "tournament", title="x", action_url=f" {url} ").message.action_url == url
        )


@pytest.mark.parametrize(
    "later", [{"background": True}, {"send_at": datetime(2100, 1, 1, tzinfo=UTC)}]
)
def test_a_row_that_is_written_later_cannot_be_returned(send, later):
    with pytest.raises(InvalidNotification, match=r"use notify\(\)"):
        send(**later)
    assert not Message.objects.exists()


def test_what_no_database_can_hold_is_left_out(user):
    params = {"name": "A\x00\ud800", "days": ["\x00x"], "k\x00": 1}
    actor = "Eve\x00\r\nBcc: x\u2028y"
    texts = {"title": "a\ud800\x9b\u2028b", "message": "c\x85d\udfff"}
    message = notify(
        user, "tournament", params=params, metadata=params, actor=actor, **texts
    ).message
    message.refresh_from_db()
    assert message.params == message.metadata == {"name": "A", "days": ["x"], "k": 1}
    assert message.actor_name == "Eve Bcc: x y"
    assert (message.title, message.text) == ("a b", "c\nd")


@pytest.mark.postgresql
@pytest.mark.mariadb
@pytest.mark.django_db(transaction=True)
def test_of_many_calls_at_once_with_one_key_one_notifies(user, other_user):
    def one(number):
        try:
            return notify([user, other_user], "tournament", title="x", dedupe_key="k").count
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(one, range(12)))
    assert sorted(counts) == [0] * 11 + [2]
    assert recipients() == ["ana", "ben"]
    assert Message.objects.count() == 1

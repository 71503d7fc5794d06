"""Whoever lost access to what a notification is about sees and gets nothing of it, anywhere."""

import pytest
from django.core import mail
from django.utils import timezone

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.inbox.badge import unread_count
from django_inapp_notifications.models import Delivery, Digest, Notification
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

INBOX = "/notifications/"


@pytest.fixture
def allowed():
    """The titles that the type "team" still shows."""
    titles = {"Plan", "Lunch"}
    channels = ("in_app", "email", "recorded")
    register(
        NotificationType(
            "team",
            channels=channels,
            access=lambda user, rows: (row for row in rows if row.title in titles),
        )
    )
    return titles


@pytest.fixture
def secret(user, allowed):
    """Two of a team, of which Ana may see the one and no longer the other."""
    preferences.set_frequency(user, "recorded", "daily", how="code")
    secret = notify(user, "team", title="Plan").notifications.get()
    notify(user, "team", title="Lunch")
    allowed.discard("Plan")
    return secret


@pytest.mark.parametrize("query", ["", "?status=unread", "?type=team", "?q=Plan", "?after=0"])
def test_no_page_of_the_list(secret, own_client, query):
    page = own_client.get(INBOX + query)
    shown = [row["title"] for row in page.context["rows"]]
    assert shown == ([] if "Plan" in query else ["Lunch"])


@pytest.mark.parametrize("query", ["", "?status=read", "?status=archived"])
def test_neither_what_is_pinned_nor_read_nor_archived(secret, user, own_client, query):
    ids = Notification.objects.values_list("pk", flat=True)
    if "archived" in query:
        inbox.archive(user, ids)
    else:
        inbox.pin(user, ids) if not query else inbox.mark_all_read(user)
    shown = [row["title"] for row in own_client.get(INBOX + query).context["rows"]]
    assert shown == ["Lunch"]


@pytest.mark.parametrize("pinned", [False, True])
def test_no_dropdown(secret, user, own_client, pinned):
    if pinned:
        inbox.pin(user, [secret.pk])
    answer = own_client.get(f"{INBOX}recent/").json()
    assert [each["title"] for each in answer["notifications"]] == ["Lunch"]


def test_no_detail_page(secret, own_client):
    assert own_client.get(f"{INBOX}{secret.pk}/").status_code == 404
    secret.refresh_from_db()
    assert not secret.is_read


def test_no_mail_and_no_digest(secret, user, recorded):
    deliver_due()
    assert [message.subject for message in mail.outbox] == ["Lunch"]
    notify(user, "match", title="Other")
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    send_due_digests()
    (digest,) = recorded.sent
    assert "Plan" not in digest.text
    assert Delivery.objects.filter(notification=secret, reason="no_access").count() == 2


def test_what_was_held_before_access_was_lost_is_in_no_digest(user, allowed, recorded):
    preferences.set_frequency(user, "recorded", "daily", how="code")
    for title in ["Plan", "Lunch"]:
        notify(user, "team", title=title)
    deliver_due()
    allowed.discard("Plan")
    Digest.objects.update(not_before=timezone.now())
    send_due_digests()
    (digest,) = recorded.sent
    assert [message.title for message in digest.messages] == ["Lunch"]


@pytest.fixture
def closed(user, allowed, settings):
    """Thirty readable ones below thirty that were closed since, on pages of ten."""
    settings.NOTIFICATION_PAGE_SIZE = settings.NOTIFICATION_RECENT_COUNT = 10
    for _ in range(30):
        notify(user, "team", title="Lunch", delivery_methods=["in_app"])
    for _ in range(30):
        notify(user, "team", title="Plan", delivery_methods=["in_app"])
    allowed.discard("Plan")


def test_what_is_hidden_takes_no_place_on_a_page(closed, own_client):
    titles, address, pages = [], INBOX, 0
    while address:
        page = own_client.get(address).context["page"]
        titles += [each.title for each in page.items]
        address, pages = f"{INBOX}?before={page.older}" if page.older else "", pages + 1
    assert titles == ["Lunch"] * 30
    assert pages == 3
    back = own_client.get(f"{INBOX}?after=0").context["page"]
    assert len(back.items) == 10


def test_the_dropdown_and_the_counts_agree_with_the_list(closed, user, own_client):
    answer = own_client.get(f"{INBOX}recent/").json()
    assert [each["title"] for each in answer["notifications"]] == ["Lunch"] * 10
    assert answer["unread_count"] == unread_count(user.pk) == 30
    assert own_client.get(f"{INBOX}unread-count/").json()["count"] == 30
    assert own_client.get(INBOX).context["unread_count"] == 30


def test_a_count_is_capped_where_rows_are_hidden(closed, user, settings):
    settings.NOTIFICATION_BADGE_CAP = 9
    assert unread_count(user) == 10


def test_a_badge_is_never_about_what_nobody_can_clear(secret, user, own_client):
    lunch = Notification.objects.exclude(pk=secret.pk).get()
    inbox.mark_read(user, [lunch.pk])
    assert unread_count(user) == 0
    assert own_client.get(f"{INBOX}recent/").json()["unread_count"] == 0


def test_marking_all_read_takes_in_what_is_hidden(secret, user, own_client):
    marker = own_client.get(INBOX).context["marker"]
    own_client.post(f"{INBOX}mark-all-read/", {"up_to": marker})
    assert not [each for each in Notification.objects.with_content() if not each.is_read]

"""Mail is in its recipient's language and time zone, whoever caused it and wherever they are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core import mail
from django.template import engines
from django.urls import include, path
from django.utils import timezone, translation

from django_inapp_notifications.channels.base import Outgoing
from django_inapp_notifications.channels.webhook import payload
from django_inapp_notifications.content import rendering
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.models import Delivery, Digest, NotificationSettings
from django_inapp_notifications.preferences import set_frequency
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

STARTS = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)

urlpatterns = i18n_patterns(
    path("notifications/", include("django_inapp_notifications.urls")),
)


@pytest.fixture
def in_tokyo(user):
    return NotificationSettings.objects.create(user=user, time_zone="Asia/Tokyo")


@pytest.fixture
def actor():
    """The request in which everything happens: in New York, in English."""
    with timezone.override(ZoneInfo("America/New_York")), translation.override("en"):
        yield


@pytest.fixture
def timed(monkeypatch):
    register(NotificationType("timed", channels=("in_app", "email", "recorded")))
    text = '{{ starts|date:"H:i" }} {{ starts }} {% now "O" %}'
    own = {
        f"notifications/timed/{part}": engines["django"].from_string(text)
        for part in ("title.txt", "subject.txt", "email.txt", "email.html")
    }
    find = rendering.find_once
    monkeypatch.setattr(rendering, "find_once", lambda name: own.get(name) or find(name))


def test_dates_in_mail_are_in_the_recipients_zone(in_tokyo, actor, timed, user, recorded):
    notify(user, "timed", params={"starts": STARTS})
    deliver_due()
    (message,) = mail.outbox
    said = [message.subject, message.body, message.alternatives[0].content, recorded.sent[0].title]
    for text in said:
        assert text == "21:00 July 1, 2026, 9 p.m. +0900"


def test_without_a_zone_of_their_own_it_is_the_sites(actor, timed, user, settings):
    settings.TIME_ZONE = "Asia/Kolkata"
    notify(user, "timed", params={"starts": STARTS})
    deliver_due()
    assert mail.outbox[0].subject == "17:30 July 1, 2026, 5:30 p.m. +0530"


def test_dates_in_a_digest_are_in_the_recipients_zone(in_tokyo, actor, timed, user):
    set_frequency(user, "email", "daily", how="code")
    notify(user, "timed", params={"starts": STARTS})
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    send_due_digests()
    assert "21:00 July 1, 2026, 9 p.m. +0900" in mail.outbox[0].body


def test_a_webhook_is_told_in_the_recipients_zone(in_tokyo, actor, timed, user):
    message = notify(user, "timed", params={"starts": STARTS}).message
    zone = ZoneInfo("Asia/Tokyo")
    outgoing = Outgoing(user, "t", "", "", "key", [message], [1], time_zone=zone)
    assert payload(outgoing)["notifications"][0]["title"].startswith("21:00")


def test_links_in_mail_are_in_the_recipients_language(actor, user, settings):
    settings.ROOT_URLCONF = __name__
    settings.NOTIFICATION_LANGUAGE = lambda user: "de"
    notify(user, "mail", title="Hallo")
    deliver_due()
    message = mail.outbox[0]
    assert "https://example.com/de/notifications/" in message.body
    assert "https://example.com/en/" not in message.body + message.alternatives[0].content
    assert "https://example.com/de/" in message.message()["List-Unsubscribe"]


def test_what_waits_is_shown_in_the_visitors_zone(in_tokyo, own_client, user):
    notify(user, "mail", title="Later")
    tomorrow = timezone.now().replace(hour=12, minute=5) + timedelta(days=1)
    Delivery.objects.update(reason="quiet_hours", not_before=tomorrow)
    assert "9:05 p.m." in own_client.get("/notifications/preferences/").text

"""The app in German: pages, the bell, mail, and numbers of things."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone, translation

from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.inbox.feed import bell_label
from django_inapp_notifications.models import Delivery, NotificationGroup
from django_inapp_notifications.services import notify
from django_inapp_notifications.templatetags.django_inapp_notifications import ago

GERMAN = {"Accept-Language": "de"}
PREFERENCES = "/notifications/preferences/"


@pytest.fixture
def own_client(own_client, settings):
    """The user's browser, on a site that speaks German."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    yield own_client
    translation.deactivate()  # what the middleware left to the thread


def test_the_preferences_are_german(own_client):
    page = own_client.get(PREFERENCES, headers=GERMAN).text
    assert '<html lang="de"' in page
    assert "Einstellungen für Benachrichtigungen" in page
    assert "Ruhezeiten" in page
    assert "Quiet hours" not in page


def test_the_list_is_german(own_client, send):
    send()
    page = own_client.get("/notifications/", headers=GERMAN).text
    assert "Alle als gelesen markieren" in page
    assert "„Hello“ auswählen" in page


def test_what_waits_is_shown_with_the_name_of_its_channel(own_client, user):
    notify(user, "mail", title="Later")
    tomorrow = timezone.now() + timedelta(days=1)
    Delivery.objects.update(reason="quiet_hours", not_before=tomorrow)
    page = own_client.get(PREFERENCES, headers=GERMAN).text
    assert '<span class="din-grid__note">E-Mail, ' in page


def test_a_mail_is_written_in_the_language_of_its_reader(user, settings):
    settings.NOTIFICATION_LANGUAGE = lambda user: "de"
    notify(user, "mail", title="Hallo")
    deliver_due()
    (message,) = mail.outbox
    for text in (message.body, message.alternatives[0].content):
        assert "Sie erhalten diese E-Mail aufgrund Ihrer Benachrichtigungseinstellungen auf" in text
        assert "Abbestellen" in text


@pytest.mark.parametrize(
    ("count", "label"),
    [
        (0, "Benachrichtigungen, keine ungelesen"),
        (1, "Benachrichtigungen, 1 ungelesen"),
        (2, "Benachrichtigungen, 2 ungelesene"),
    ],
)
def test_the_bell_counts_in_german(count, label):
    with translation.override("de"):
        assert bell_label(count) == label


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (timedelta(seconds=5), "gerade eben"),
        (timedelta(days=1), "vor 1 Tag"),
        (timedelta(days=2), "vor 2 Tagen"),
        (timedelta(days=1, hours=3), "vor 1 Tag, 3 Stunden"),
    ],
)
def test_lengths_of_time_are_declined(since, words):
    with translation.override("de"):
        assert ago(timezone.now() - since).replace("\u00a0", " ") == words


def test_others_of_a_group_are_counted():
    with translation.override("de"):
        group = NotificationGroup(actors=["Ana", "Ben"], count=2)
        assert group.names == "Ana und Ben"
        group.count = 3
        assert group.names == "Ana und 2 weitere Personen"


def test_the_admins_numbers_are_german(own_client, user, delivery):
    user.is_staff = user.is_superuser = True
    user.save()
    delivery()
    page = own_client.get(reverse("admin:django_inapp_notifications_numbers"), headers=GERMAN).text
    assert "Statistik der letzten 30 Tage" in page
    assert "<td>Ausstehend</td>" in page

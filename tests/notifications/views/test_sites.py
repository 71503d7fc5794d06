"""The main flows with all templates, on sites that are configured in different ways."""

import re
from datetime import time, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from django_inapp_notifications import clock, inbox, preferences
from django_inapp_notifications.channels import push_keys
from django_inapp_notifications.channels.unsubscribe_links import unsubscribe_path
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.models import (
    Delivery,
    Digest,
    Folder,
    Notification,
    NotificationPreference,
    NotificationSettings,
    Status,
)
from django_inapp_notifications.services import notify
from tests.support import sites
from tests.support.pairwise import described


class Visitor:
    """A browser that checks each page, and sends forms with the token of the page before."""

    def __init__(self, user, prefix):
        self.client = Client(enforce_csrf_checks=True)
        if user is not None:
            self.client.force_login(user)
        self.prefix, self.page = prefix, ""

    def get(self, address):
        response = self.client.get(self._path(address))
        assert response.status_code == 200, address
        return self._checked(response)

    def post(self, address, **data):
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.page)[1]
        response = self.client.post(self._path(address), {"csrfmiddlewaretoken": token, **data})
        if response.status_code == 302:
            return self.get(response["Location"])
        assert response.status_code == 200, address
        return self._checked(response)

    def _path(self, address):
        """The server takes the prefix away before the request reaches Django."""
        assert address.startswith(f"{self.prefix}/")
        return address[len(self.prefix) :]

    def _checked(self, response):
        self.page = response.text
        assert sites.separated_numbers(self.page) == []
        assert sites.addresses_without(self.prefix, self.page) == []
        return self.page


@pytest.fixture(params=sites.SITES, ids=described)
def prefix(request, settings, db):
    settings.NOTIFICATION_PAGE_SIZE = 2
    settings.NOTIFICATION_CHANNELS = [
        *settings.NOTIFICATION_CHANNELS,
        "django_inapp_notifications.channels.push.PushChannel",
    ]
    settings.NOTIFICATION_VAPID_PRIVATE_KEY = push_keys.new_private_key()
    settings.NOTIFICATION_VAPID_SUBJECT = "mailto:web@example.com"
    with sites.configured(settings, request.param) as prefix:
        yield prefix


@pytest.fixture
def newest(prefix, user):
    """The user's newest notification, of four; the user is staff."""
    user.is_staff = user.is_superuser = True
    user.save()
    for title in ("One", "Two", "Three"):
        notify(user, "tournament", title=title, message="Text")
    notify(user, "mail", title="Letter")
    newest = Notification.objects.latest("pk")
    inbox.pin(user, [newest.pk])
    return newest


def test_the_main_flows(prefix, user, newest):
    with sites.rendered_templates() as rendered:
        visitor = Visitor(user, prefix)
        assert f'data-count-url="{prefix}/notifications/' in visitor.client.get("/").text
        _inbox(visitor, newest, f"{prefix}/notifications/")
        _preferences(visitor, user, f"{prefix}/notifications/preferences/")
        _held(user)
        _mail(user)
        _unsubscribe(user, prefix)
        _staff(visitor, newest, prefix)
    assert sites.shipped_templates("django_inapp_notifications") - rendered == set()


def _inbox(visitor, newest, base):
    page = visitor.get(base)
    assert "Three" in page
    assert f"{base}{newest.pk}/delete/" in page
    visitor.get(re.search(r'href="(\?before=\d+)"', page)[1].replace("?", f"{base}?"))
    visitor.get(base)
    assert "Letter</a>" not in visitor.post(f"{base}{newest.pk}/snooze/", **{"for": "week"})
    visitor.get(f"{base}?status=snoozed")
    assert "Letter</a>" in visitor.post(f"{base}{newest.pk}/unsnooze/")
    visitor.post(f"{base}bulk/", action="archive", ids=[newest.pk])
    assert Notification.objects.get(pk=newest.pk).folder == Folder.ARCHIVE
    visitor.get(f"{base}{newest.pk}/?stay")
    visitor.post(f"{base}{newest.pk}/restore/")
    visitor.get(f"{base}")
    visitor.post(f"{base}{newest.pk}/delete/")
    visitor.post(f"{base}{newest.pk}/restore/")
    assert "Letter</a>" in visitor.get(base)


def _preferences(visitor, user, address):
    visitor.get(address)
    times = {"quiet_hours": "on", "quiet_start": "21:30", "quiet_end": "06:15", "days": [0, 6]}
    zone = {"time_zone": "Europe/Vienna", "digest_hour": 9, "digest_weekday": 4}
    visitor.post(address, **times, **zone, muted_until="2099-05-01T10:00")
    own = NotificationSettings.objects.get(user=user)
    assert (own.quiet_start.isoformat("minutes"), own.digest_hour) == ("21:30", 9)
    assert 'value="2099-05-01T10:00"' in visitor.page
    NotificationSettings.objects.update(muted_until=None, quiet_hours=False)


def _held(user):
    """Quiet hours and a digest: what waits leaves when its time has come."""
    day = {"quiet_hours": True, "quiet_start": time(0), "quiet_end": time(23, 59)}
    preferences.change_settings(user, {**day, "quiet_days": 127}, how="test")
    notify(user, "match", title="Quiet")
    preferences.set_frequency(user, "email", "daily", how="test")
    notify(user, "mail", title="Digest")
    deliver_due()
    waiting = Delivery.objects.filter(reason__in=["quiet_hours", "digest"])
    assert {each.notification.title for each in waiting} >= {"Quiet", "Digest"}
    assert all(each.not_before > clock.now() for each in waiting.filter(reason="quiet_hours"))
    preferences.change_settings(user, {"quiet_hours": False}, how="test")
    deliver_due()
    Digest.objects.update(not_before=clock.now() - timedelta(minutes=1))
    assert send_due_digests() == 1
    preferences.set_frequency(user, "email", "", how="test")
    mail.outbox.clear()


def _mail(user):
    notify(user, "mail", title="Fresh")
    newest = Notification.objects.latest("pk")
    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    (html,) = (each.alternatives[0].content for each in mail.outbox)
    assert f"/notifications/{newest.pk}/" in html
    assert sites.separated_numbers(html) == []


def _unsubscribe(user, prefix):
    stranger = Visitor(None, prefix)
    address = unsubscribe_path(user, "mail", "email")
    stranger.get(address)
    stranger.post(f"{address}confirm/")
    assert NotificationPreference.objects.filter(type="mail", enabled=False).exists()
    stranger.get(address)


def _staff(visitor, newest, prefix):
    Delivery.objects.filter(channel="email").update(status=Status.FAILED)
    delivery = Delivery.objects.filter(notification=newest).first()
    admin = f"{prefix}/admin/django_inapp_notifications/"
    for path in (
        f"{prefix}/notifications/preview/",
        f"{prefix}/notifications/preview/mail/",
        admin,
        f"{admin}delivery/",
        f"{admin}delivery/{delivery.pk}/change/",
        f"{admin}delivery/{delivery.pk}/mail/",
        f"{admin}delivery/numbers/",
        f"{admin}notification/{newest.pk}/change/",
        f"{admin}digest/",
    ):
        visitor.get(path)
    visitor.get(f"{admin}delivery/")
    visitor.post(f"{admin}delivery/", action="send_again", _selected_action=[delivery.pk])

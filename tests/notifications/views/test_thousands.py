"""A site that separates thousands: ids and values stay digits, in every template of the app."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.management.color import no_style
from django.db import connection
from django.test import signals
from django.utils import timezone, translation

import django_inapp_notifications
from django_inapp_notifications import inbox
from django_inapp_notifications.channels import push_keys
from django_inapp_notifications.channels.unsubscribe_links import unsubscribe_path
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.models import Delivery, Message, Notification
from django_inapp_notifications.services import notify

TEMPLATES = Path(django_inapp_notifications.__file__).parent / "templates"
ATTRIBUTE = re.compile(r"([a-z-]+)=\"([^\"]*)\"")
#: Attributes that people hear or read; a number in them may be separated.
WORDS = {"aria-label", "d", "title", "content", "style", "placeholder"}
SEPARATED = re.compile(r"\d[.,\u00a0\u202f]\d{3}(?!\d)")


@pytest.fixture
def rendered():
    """The names of all templates that the test renders."""
    names = set()

    def note(template, **_):
        names.add(template.name)

    signals.template_rendered.connect(note)
    yield names
    signals.template_rendered.disconnect(note)


@pytest.fixture
def site(settings, own_client, user):
    """A site with numbers above a thousand in every place that a template shows."""
    settings.USE_THOUSAND_SEPARATOR = True
    settings.NOTIFICATION_POLL_SECONDS = 3600
    settings.NOTIFICATION_BADGE_CAP = 5000
    settings.NOTIFICATION_PAGE_SIZE = 2
    settings.NOTIFICATION_CHANNELS = [
        *settings.NOTIFICATION_CHANNELS,
        "django_inapp_notifications.channels.push.PushChannel",
    ]
    settings.NOTIFICATION_VAPID_PRIVATE_KEY = push_keys.new_private_key()
    settings.NOTIFICATION_VAPID_SUBJECT = "mailto:web@example.com"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    user.is_staff = user.is_superuser = True
    user.save()
    message = Message.objects.create(pk=1_234_567, type="mail", title="Old")
    own = {"message": message, "recipient": user, "type": "mail"}
    Notification.objects.create(pk=1_234_567, **own)
    with connection.cursor() as cursor:  # later ids are above, as on a site
        for statement in connection.ops.sequence_reset_sql(no_style(), [Message, Notification]):
            cursor.execute(statement)
    Notification.objects.bulk_create([Notification(**own) for _ in range(1100)])
    yield own_client
    translation.deactivate()


def pages(user):
    newest = Notification.objects.order_by("-pk").values_list("pk", flat=True)[:8]
    inbox.pin(user, [newest[0]])
    inbox.snooze(user, [newest[2]], timezone.now() + timedelta(days=1))
    inbox.archive(user, [newest[3]])
    return [
        "/",
        "/notifications/",
        f"/notifications/?before={newest[4]}",
        f"/notifications/?undo={newest[1]}",
        "/notifications/?status=snoozed",
        "/notifications/?status=archived",
        f"/notifications/{newest[0]}/?stay",
        f"/notifications/{newest[1]}/?stay",
        f"/notifications/{newest[3]}/?stay",
        "/notifications/preferences/",
        "/notifications/preview/",
        "/notifications/preview/mail/",
        "/notifications/preview/mail/email.html",
        unsubscribe_path(user, "mail", "email"),
        "/admin/django_inapp_notifications/",
        "/admin/django_inapp_notifications/delivery/",
        "/admin/django_inapp_notifications/digest/",
        "/admin/django_inapp_notifications/delivery/numbers/",
    ]


def separated(html):
    return [
        (name, value)
        for name, value in ATTRIBUTE.findall(html)
        if name not in WORDS and SEPARATED.search(value)
    ]


@pytest.mark.parametrize("language", ["en", "de"])
def test_ids_and_values_are_digits(site, user, rendered, language):
    found = {}
    for path in pages(user):
        response = site.get(path, headers={"Accept-Language": language})
        assert response.status_code == 200, path
        found[path] = separated(response.text)
    notify(user, "mail", title="New")
    with translation.override(language):
        Delivery.objects.update(not_before=timezone.now())
        deliver_due()
    found["mail"] = separated(mail.outbox[0].alternatives[0].content)
    assert {path: values for path, values in found.items() if values} == {}
    shipped = {str(each.relative_to(TEMPLATES)) for each in TEMPLATES.rglob("*.*")}
    assert shipped - rendered == set()


def test_the_test_sees_what_is_separated():
    assert separated('<a value="1,234">') == [("value", "1,234")]
    assert separated('<a href="?x=1.234.567">') == [("href", "?x=1.234.567")]

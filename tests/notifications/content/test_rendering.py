"""Types with templates: rendered in the reader's language, kept as text, previewed by staff."""

import pytest
from django.core import mail
from django.template import engines
from django.urls import NoReverseMatch
from django.utils import translation

from django_inapp_notifications.channels.base import Outgoing
from django_inapp_notifications.channels.email import build_mail
from django_inapp_notifications.channels.webhook import payload
from django_inapp_notifications.content import rendering as content
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import InvalidNotification
from django_inapp_notifications.models import Message
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

SAMPLE = {"name": "Spring <Cup>", "day": "Saturday"}


@pytest.fixture(autouse=True)
def cup():
    register(NotificationType("cup", channels=("in_app", "email"), sample=SAMPLE))


def test_the_text_comes_from_the_templates_and_is_not_escaped(user):
    message = notify(user, "cup", params=SAMPLE, actor="Ben").message
    assert message.title == "Spring <Cup> Yes"
    assert message.text == "Begins <on> Saturday with Ben"


def test_each_reader_gets_their_language(user):
    notification = notify(user, "cup", params=SAMPLE).notifications.get()
    with translation.override("de"):
        assert notification.title == "Spring <Cup> Ja"


def test_without_its_templates_it_says_what_it_said(user, monkeypatch):
    notify(user, "cup", params=SAMPLE)
    monkeypatch.setattr(content, "find_once", lambda name: None)
    assert notify(user, "tournament", title="x").notifications.get().title == "x"
    assert Message.objects.first().notifications.get().title == "Spring <Cup> Yes"


def test_a_title_that_is_given_wins(user):
    assert notify(user, "cup", title="Mine", params=SAMPLE).notifications.get().title == "Mine"


def test_neither_title_nor_template_is_an_error(user):
    with pytest.raises(InvalidNotification, match=r"notifications/tournament/title\.txt"):
        notify(user, "tournament", params=SAMPLE)


def test_html_of_mail_is_escaped(user):
    notify(user, "cup", params=SAMPLE)
    deliver_due()
    (message,) = mail.outbox
    assert message.subject == "Spring <Cup> Yes"
    assert message.alternatives[0].content.strip() == "<p>Spring &lt;Cup&gt;</p>"


def test_mail_sees_actor_and_target_and_no_param_replaces_its_links(user, monkeypatch):
    """The type's own mail, written for the test, and the one that ships with the app."""
    own = {
        "notifications/cup/subject.txt": engines["django"].from_string("{{ actor }}: {{ name }}")
    }
    find = content.find_once
    monkeypatch.setattr(content, "find_once", lambda name: own.get(name) or find(name))
    register(NotificationType("plain", channels=("email",)))
    params = {"outgoing": "x", "unsubscribe_url": "javascript:x", "site_name": "bank.example"}
    notify(user, "cup", params=SAMPLE, actor="Ben")
    notify(user, "plain", title="Plain", params=params)
    deliver_due()
    first, second = mail.outbox
    assert first.subject == "Ben: Spring <Cup>"
    assert second.subject == "Plain"
    assert "javascript" not in second.alternatives[0].content
    assert "example.com/notifications/unsubscribe/" in second.body


def test_a_template_that_fails_for_an_old_message_leaves_what_it_said(
    user, own_client, monkeypatch, caplog
):
    notify(user, "cup", params=SAMPLE)
    broken = engines["django"].from_string("{% url 'gone' %}")
    monkeypatch.setattr(content, "find_once", lambda name: broken)
    assert "Spring &lt;Cup&gt; Yes" in own_client.get("/notifications/").text
    assert "title.txt fails" in caplog.text
    with pytest.raises(NoReverseMatch):  # a new one is its sender's to mend
        notify(user, "cup", params=SAMPLE)


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_a_digest_is_in_the_readers_language_item_by_item(user, settings, channel):
    settings.NOTIFICATION_LANGUAGE = lambda user: "de"
    with translation.override("en"):
        message = notify(user, "cup", params=SAMPLE).message
    outgoing = Outgoing(user, "2", "", "", "key", [message], [1], is_digest=True)
    sent = " ".join(build_mail(outgoing).message().as_string().split())
    if channel == "webhook":
        sent = payload(outgoing)["notifications"][0]["title"]
    assert "Ja" in sent
    assert "Yes" not in sent


class TestPreview:
    def test_it_is_for_staff_only(self, own_client, client, make_user):
        paths = ["preview/", "preview/cup/", "preview/cup/email.html"]
        for path in paths:
            assert own_client.get(f"/notifications/{path}").status_code == 404
        client.force_login(make_user("staff", is_staff=True))
        for path in paths:
            assert client.get(f"/notifications/{path}").status_code == 200
        assert client.get("/notifications/preview/gone/").status_code == 404

    def test_it_shows_the_sample(self, client, make_user):
        client.force_login(make_user("staff", is_staff=True))
        text = client.get("/notifications/preview/cup/").text
        assert "Spring &lt;Cup&gt; Yes" in text
        html = client.get("/notifications/preview/cup/email.html")
        assert "sandbox" in html["Content-Security-Policy"]

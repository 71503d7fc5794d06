"""Types with templates: rendered in the reader's language, kept as text, previewed by staff."""

import pytest
from django.core import mail
from django.template import engines
from django.utils import translation

from django_inapp_notifications.delivery import deliver_due
from django_inapp_notifications.exceptions import InvalidNotification
from django_inapp_notifications.models import Message
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

SAMPLE = {"name": "Spring <Cup>", "day": "Saturday"}


@pytest.fixture(autouse=True)
def cup():
    register(NotificationType("cup", channels=("in_app", "email"), sample=SAMPLE))


def test_the_text_comes_from_the_templates_and_is_not_escaped(ana):
    message = notify(ana, "cup", params=SAMPLE, actor="Ben").message
    assert message.title == "Spring <Cup> Yes"
    assert message.text == "Begins <on> Saturday with Ben"


def test_each_reader_gets_their_language(ana):
    notification = notify(ana, "cup", params=SAMPLE).notifications.get()
    with translation.override("de"):
        assert notification.title == "Spring <Cup> Ja"


def test_without_its_templates_it_says_what_it_said(ana, monkeypatch):
    from django_inapp_notifications import content

    notify(ana, "cup", params=SAMPLE)
    monkeypatch.setattr(content, "_find_once", lambda name: None)
    assert notify(ana, "tournament", title="x").notifications.get().title == "x"
    assert Message.objects.first().notifications.get().title == "Spring <Cup> Yes"


def test_a_title_that_is_given_wins(ana):
    assert notify(ana, "cup", title="Mine", params=SAMPLE).notifications.get().title == "Mine"


def test_neither_title_nor_template_is_an_error(ana):
    with pytest.raises(InvalidNotification, match=r"notifications/tournament/title\.txt"):
        notify(ana, "tournament", params=SAMPLE)


def test_html_of_mail_is_escaped(ana):
    notify(ana, "cup", params=SAMPLE)
    deliver_due()
    (message,) = mail.outbox
    assert message.subject == "Spring <Cup> Yes"
    assert message.alternatives[0].content.strip() == "<p>Spring &lt;Cup&gt;</p>"
    assert engines["django"]


class TestPreview:
    def test_it_is_for_staff_only(self, ana_client, client, make_user):
        paths = ["preview/", "preview/cup/", "preview/cup/email.html"]
        for path in paths:
            assert ana_client.get(f"/notifications/{path}").status_code == 404
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

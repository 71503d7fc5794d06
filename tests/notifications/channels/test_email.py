"""Mail: what it says, what its headers promise, and unsubscribing by one click."""

import re
import smtplib
import socket
import time

import pytest
from django.core import mail, signing
from django.test import Client

from django_inapp_notifications import preferences
from django_inapp_notifications.channels.email import open_connection, smtp_errors_named
from django_inapp_notifications.channels.unsubscribe_links import (
    SALT,
    Subscription,
    read_token,
    unsubscribe_path,
)
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import (
    ChannelDown,
    PermanentFailure,
    ProviderRefusal,
    TemporaryFailure,
)
from django_inapp_notifications.maintenance.retention import erase_user
from django_inapp_notifications.models import (
    Delivery,
    NotificationPreference,
    PreferenceChange,
    Status,
)
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def sent_mail(user, title="Hello", kind="mail", **options):
    notify(user, kind, title=title, **options)
    deliver_due()
    return mail.outbox[-1]


def test_a_mail_has_text_html_and_a_link(user):
    message = sent_mail(user, message="Come <b>now</b>")
    html = message.alternatives[0].content
    assert message.to == ["ana@example.com"]
    assert message.subject == "Hello"
    assert "Come <b>now</b>" in message.body
    assert "Come &lt;b&gt;now&lt;/b&gt;" in html
    assert "https://example.com/notifications/" in message.body


def test_a_subject_is_one_line_and_not_too_long(user):
    message = sent_mail(user, "a\r\nBcc: all@example.com " + "x" * 300)
    assert len(message.subject) <= 150
    assert message.subject.startswith("a Bcc:")
    assert list(message.message()["Bcc"] or []) == []


def test_each_try_has_the_same_message_id(user):
    first = sent_mail(user).message()["Message-ID"]
    Delivery.objects.update(status=Status.PENDING)
    from django.utils import timezone

    Delivery.objects.update(not_before=timezone.now())
    deliver_due()
    assert mail.outbox[1].message()["Message-ID"] == first
    assert first.endswith("@example.com>")


def test_mail_offers_to_unsubscribe_by_one_click(user):
    message = sent_mail(user).message()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["List-Unsubscribe"].startswith("<https://example.com/notifications/unsubscribe/")


def test_the_address_to_unsubscribe_is_sent_as_it_is_however_long(user):
    message = sent_mail(user).message()
    header = message.as_bytes().decode().partition("List-Unsubscribe: ")[2]
    header = header.partition("\nList-Unsubscribe-Post")[0]
    assert "".join(header.split()) == str(message["List-Unsubscribe"])
    token = message["List-Unsubscribe"].rstrip("/>").rpartition("/")[2]
    assert read_token(token) == Subscription(user.pk, "mail", "email")


def test_the_lines_of_a_long_subject_stay_short(user):
    raw = sent_mail(user, "ü" * 100).message().as_bytes().decode()
    subject = raw.partition("Subject: ")[2].partition("\nFrom")[0]
    assert max(map(len, subject.splitlines())) <= 78


def test_what_is_owed_offers_no_unsubscribing(user):
    register(NotificationType("receipt", channels=("email",), transactional=True))
    message = sent_mail(user, kind="receipt")
    assert message.message()["List-Unsubscribe"] is None
    assert "unsubscribe" not in message.body.lower()


def test_a_mail_is_written_in_the_readers_language(user, settings):
    settings.NOTIFICATION_LANGUAGE = lambda user: "de"
    html = sent_mail(user).alternatives[0].content
    assert '<html lang="de"' in html


def test_all_mails_of_a_batch_share_a_connection(user, other_user, monkeypatch):
    from django.core.mail.backends.locmem import EmailBackend

    opened = []
    init = EmailBackend.__init__

    def count(self, *args, **kwargs):
        opened.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(EmailBackend, "__init__", count)
    notify([user, other_user], "mail", title="x")
    deliver_due()
    assert len(mail.outbox) == 2
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), PermanentFailure),
        (smtplib.SMTPRecipientsRefused({"a": (451, b"later")}), TemporaryFailure),
        (smtplib.SMTPDataError(554, b"no"), PermanentFailure),
        (smtplib.SMTPDataError(421, b"closing"), ChannelDown),
        (smtplib.SMTPDataError(454, b"4.7.0 later"), TemporaryFailure),
        (smtplib.SMTPDataError(452, b"4.3.1 system storage"), ChannelDown),
        (smtplib.SMTPDataError(550, b"5.4.5 Daily quota exceeded"), ChannelDown),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"5.4.5 quota")}), ChannelDown),
        (smtplib.SMTPRecipientsRefused({"a": (550, b"5.1.1 nobody")}), ProviderRefusal),
        (smtplib.SMTPSenderRefused(550, b"not you", "site"), ChannelDown),
        (smtplib.SMTPSenderRefused(552, b"too big", "site"), PermanentFailure),
        (smtplib.SMTPAuthenticationError(535, b"who?"), ChannelDown),
        (smtplib.SMTPConnectError(421, b"x"), ChannelDown),
        (smtplib.SMTPServerDisconnected("x"), ChannelDown),
        (ConnectionRefusedError("x"), ChannelDown),
        (TimeoutError("x"), ChannelDown),
    ],
)
def test_what_a_mail_server_says_is_told_apart(error, named):
    with pytest.raises(named), smtp_errors_named():
        raise error


class TestUnsubscribing:
    @pytest.fixture
    def path(self, user):
        found = re.search(
            r"<https://example.com(.*?)>", sent_mail(user).message()["List-Unsubscribe"]
        )
        return found[1]

    def test_one_click_switches_off_exactly_one_type_and_channel(self, path, user):
        response = Client(enforce_csrf_checks=True).post(path, ONE_CLICK)
        assert response.status_code == 200
        assert "sessionid" not in response.cookies
        cell = NotificationPreference.objects.get()
        assert (cell.user, cell.type, cell.channel, cell.enabled) == (user, "mail", "email", False)
        assert PreferenceChange.objects.get().how == "one_click"

    def test_a_get_changes_nothing(self, path):
        response = Client().get(path)
        assert response.status_code == 200
        assert "Letters" in response.text
        assert not NotificationPreference.objects.exists()

    def test_a_second_click_changes_nothing(self, path):
        for _ in range(2):
            assert Client().post(path, ONE_CLICK).status_code == 200
        assert PreferenceChange.objects.count() == 1

    @pytest.mark.parametrize(
        "tamper", [lambda t: t[:-3] + "xyz", lambda t: "x" + t, lambda t: t[:20]]
    )
    def test_a_tampered_token_changes_nothing(self, path, tamper):
        token = path.rstrip("/").split("/")[-1]
        wrong = f"/notifications/unsubscribe/{tamper(token)}/"
        assert Client().post(wrong, ONE_CLICK).status_code == 400
        assert Client().get(wrong).status_code == 404
        assert not NotificationPreference.objects.exists()

    def test_the_signature_of_one_type_is_no_signature_of_another(self, path, user):
        token = path.rstrip("/").split("/")[-1]
        other = unsubscribe_path(user, "match", "email").rstrip("/").split("/")[-1]
        forged = ":".join([other.split(":")[0], *token.split(":")[1:]])
        assert Client().post(f"/notifications/unsubscribe/{forged}/", ONE_CLICK).status_code == 400
        foreign = signing.dumps(signing.loads(token, salt=SALT), salt="another use of the key")
        assert Client().post(f"/notifications/unsubscribe/{foreign}/", ONE_CLICK).status_code == 400
        assert not NotificationPreference.objects.exists()

    @pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "yes"}])
    def test_another_body_changes_nothing(self, path, body):
        assert Client().post(path, body).status_code == 400
        assert not NotificationPreference.objects.exists()

    def test_it_cannot_switch_on(self, path, user):
        preferences.set_channel(user, "email", False, how="code")
        Client().post(path, ONE_CLICK)
        assert not NotificationPreference.objects.filter(enabled=True).exists()

    def test_the_form_is_protected_like_any_other(self, path):
        client = Client(enforce_csrf_checks=True)
        shown_again = client.get(path + "confirm/")
        assert shown_again.status_code == 200
        assert "<form" in shown_again.text
        assert client.post(path + "confirm/").status_code == 403
        token = client.get(path).context["csrf_token"]
        response = client.post(path + "confirm/", {"csrfmiddlewaretoken": str(token)})
        assert "are turned off" in response.text
        assert not NotificationPreference.objects.get().enabled

    def test_the_user_is_not_named_in_the_address(self, path, make_user):
        user = make_user("visible", pk=987654)
        assert "987654" not in unsubscribe_path(user, "mail", "email")

    def test_old_mails_work_after_the_password_and_the_key_changed(self, path, user, settings):
        user.set_password("other")
        user.save()
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a new one"
        assert Client().post(path, ONE_CLICK).status_code == 200


def test_a_link_of_who_was_erased_stands_for_nobody(user):
    token = unsubscribe_path(user, "match", "email").rstrip("/").rpartition("/")[2]
    assert read_token(token).user_id == user.pk
    erase_user(user)
    assert read_token(token) is None


@pytest.fixture
def silent_server():
    """It accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_mail_server_that_stays_silent_costs_a_few_seconds(user, settings, silent_server):
    settings.NOTIFICATION_EMAIL_TIMEOUT = 1
    use_smtp(settings, silent_server)
    notify(user, "mail", title="x")
    started = time.monotonic()
    deliver_due()
    assert time.monotonic() - started < 20
    row = Delivery.objects.get()
    assert (row.status, row.attempts) == (Status.PENDING, 0)
    assert "timed out" in row.error


def use_smtp(settings, port):
    backend = "django.core.mail.backends.smtp.EmailBackend"
    if hasattr(mail, "mailers"):  # Django 6.1
        options = {"host": "127.0.0.1", "port": port}
        settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
        return
    settings.EMAIL_BACKEND = backend
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


def test_the_sites_own_time_limit_is_kept(settings, silent_server):
    if not hasattr(mail, "mailers"):
        use_smtp(settings, silent_server)
        settings.EMAIL_TIMEOUT = 3
        assert open_connection().timeout == 3

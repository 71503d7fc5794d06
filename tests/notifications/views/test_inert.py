"""What a user or sender wrote is text wherever it is shown: never markup, never code."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from django_inapp_notifications import preferences, types
from django_inapp_notifications.channels.push import payload as push_payload
from django_inapp_notifications.channels.webhook import payload as webhook_payload
from django_inapp_notifications.delivery.context import load_contexts
from django_inapp_notifications.delivery.deliver import deliver_due, outgoing_for
from django_inapp_notifications.delivery.digest_delivery import send_due_digests
from django_inapp_notifications.delivery.explain import explain
from django_inapp_notifications.models import Delivery, Digest, Message, Notification
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(1)>"
LINKS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:alert(1)",
    "//evil.example/",
    "https://evil.example/",
    "/\\evil.example/",
    '/" onclick="alert(1)',
]


OWN = ("/static/", "/admin/jsi18n/")


class Dangers(HTMLParser):
    """What of a page would run: scripts of others, handlers, links that are code, odd elements."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        own = given.get("src", "").startswith(OWN) or given.get("type") == "application/json"
        if tag in ("script", "img", "iframe", "object", "embed", "base") and not own:
            self.found.append(self.get_starttag_text())
        for name, value in given.items():
            code = re.sub(r"[\x00-\x20]", "", value).lower()
            leads = name in ("href", "src", "action", "formaction")
            host = urlsplit(urljoin("https://here/", code.replace("\\", "/"))).hostname
            away = code.startswith(("javascript:", "data:", "vbscript:")) or host == "evil.example"
            if name.startswith("on") or (leads and away and code != "data:,"):
                self.found.append(f"{tag} {name}={value}")


@pytest.fixture
def actor(make_user):
    return make_user("mallory", first_name=SCRIPT[:100], last_name=SCRIPT[:100])


@pytest.fixture
def hostile(user, actor, monkeypatch):
    """A notification whose fields and user name are hostile, on each channel."""
    monkeypatch.setattr(type(actor), "__str__", lambda self: SCRIPT)
    types.unregister("mail")
    register(NotificationType("mail", label="Letters", channels=("in_app", "email", "recorded")))

    def made(link="/ok/", **options):
        given = {"title": SCRIPT, "message": f"{SCRIPT}\n\n{LINKS[0]}", "actor": actor}
        given |= {"target": actor, "params": {"name": SCRIPT}, "metadata": {SCRIPT: SCRIPT}}
        given |= {"group_key": SCRIPT, "dedupe_key": SCRIPT, **options}
        sent = notify(user, "mail", **given)
        # As if the check at the door had let it through, or were younger than the row.
        Message.objects.filter(pk=sent.message.pk).update(action_url=link)
        return sent.notifications.get()

    return made


@pytest.fixture
def staff_client(make_user):
    client = Client()
    client.force_login(make_user("sam", is_staff=True, is_superuser=True))
    return client


def admin_of(model):
    def sink(notification, client, staff_client):
        rows = {"notification": notification.pk, "message": notification.message_id}
        rows["delivery"] = Delivery.objects.first().pk
        base = f"/admin/django_inapp_notifications/{model}/"
        pages = [base, f"{base}{rows[model]}/change/", f"{base}{rows[model]}/delete/"]
        return "".join(staff_client.get(page).text for page in pages)

    return sink


def mailed(part):
    def sink(notification, client, staff_client):
        deliver_due()
        (message,) = [each for each in mail.outbox if "digest" not in each.subject]
        return message.alternatives[0][0] if part == "html" else message.body

    return sink


def digest_mail(notification, client, staff_client):
    preferences.set_frequency(notification.recipient, "email", "daily", how="code")
    deliver_due()
    Digest.objects.update(not_before=timezone.now())
    send_due_digests()
    (message,) = mail.outbox
    return message.alternatives[0][0]


def preferences_page(notification, client, staff_client):
    """It lists what waits for a digest."""
    preferences.set_frequency(notification.recipient, "email", "daily", how="code")
    deliver_due()
    return client.get("/notifications/preferences/").text


def page(address):
    def sink(notification, client, staff_client):
        return client.get(address.format(pk=notification.pk)).text

    return sink


HTML = {
    "list": page("/notifications/"),
    "filtered list": page("/notifications/?q=" + quote(SCRIPT)),
    "detail": page("/notifications/{pk}/?stay"),
    "mail as html": mailed("html"),
    "digest": digest_mail,
    "preferences": preferences_page,
    "admin of messages": admin_of("message"),
    "admin of notifications": admin_of("notification"),
    "admin of deliveries": admin_of("delivery"),
}


@pytest.mark.parametrize("sink", HTML)
def test_markup_is_shown_as_text(sink, hostile, own_client, staff_client):
    shown = HTML[sink](hostile(), own_client, staff_client)
    assert Dangers(shown).found == []
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize("sink", HTML)
@pytest.mark.parametrize("link", LINKS)
def test_no_link_is_code_or_leads_away(sink, link, hostile, own_client, staff_client):
    shown = HTML[sink](hostile(link), own_client, staff_client)
    assert Dangers(shown).found == []


@pytest.mark.parametrize("link", LINKS)
def test_nobody_is_redirected_to_it(link, hostile, own_client):
    assert own_client.get(f"/notifications/{hostile(link).pk}/").status_code == 200
    nobody = own_client.get(f"/notifications/{Notification.objects.get().pk}/", {"next": link})
    assert nobody.status_code == 200


@pytest.mark.parametrize("link", LINKS)
def test_json_carries_text_and_no_such_link(link, hostile, own_client):
    hostile(link)
    response = own_client.get("/notifications/recent/")
    assert response["Content-Type"] == "application/json"
    (item,) = response.json()["notifications"]
    assert (item["title"], item["action_url"]) == (SCRIPT, "")


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("payload", [push_payload, webhook_payload])
def test_what_leaves_by_push_and_webhook_links_to_this_site_only(link, payload, hostile):
    hostile(link)
    (context,) = load_contexts(Delivery.objects.filter(channel="recorded"))
    sent = payload(outgoing_for(context))
    address = sent.get("url") or sent["link"]
    assert address == f"https://example.com/notifications/{context.notification.pk}/"
    assert sent["title"] == SCRIPT
    assert "evil" not in json.dumps(sent)


def test_mail_as_text_and_its_subject_are_lines(hostile, own_client):
    text = mailed("text")(hostile(title=f"{SCRIPT}\r\nBcc: eve@example.com"), own_client, None)
    assert "\n" not in mail.outbox[0].subject
    assert mail.outbox[0].recipients() == ["ana@example.com"]
    assert SCRIPT in text


def test_a_types_own_templates_escape(user, actor, own_client):
    register(NotificationType("cup", channels=("in_app", "email")))
    notify(user, "cup", params={"name": SCRIPT, "day": SCRIPT}, actor=actor)
    deliver_due()
    for shown in [own_client.get("/notifications/").text, mail.outbox[0].alternatives[0][0]]:
        assert Dangers(shown).found == []
        assert "&lt;script&gt;" in shown


def test_the_bell_is_inert(hostile, own_client):
    hostile()
    shown = own_client.get("/", {"next": SCRIPT, "q": LINKS[0]}).text
    assert "data-din-bell" in shown
    assert Dangers(shown).found == []


@pytest.mark.parametrize("path", ["preview/evil/", "preview/evil/email.html", "preview/"])
def test_samples_in_the_staff_preview_are_inert(path, staff_client):
    register(NotificationType("evil", label=SCRIPT, description=SCRIPT, sample={"name": SCRIPT}))
    shown = staff_client.get(f"/notifications/{path}").text
    assert Dangers(shown).found == []
    assert "&lt;script&gt;" in shown


def test_explanations_are_text(hostile, user):
    """The command prints them; the admin's page of a notification escapes them (above)."""
    notification = hostile()
    Delivery.objects.update(error=SCRIPT, status="failed")
    assert SCRIPT in "".join(map(str, explain(notification, user)))


def test_errors_of_a_channel_are_text_in_the_admin(hostile, staff_client):
    notification = hostile()
    Delivery.objects.update(error=SCRIPT, status="failed", reason="failed")
    base = "/admin/django_inapp_notifications/"
    for path in ["delivery/", f"notification/{notification.pk}/change/", "delivery/numbers/"]:
        assert Dangers(staff_client.get(base + path).text).found == []


@pytest.mark.parametrize("name", ["q", "type", "status", "priority", "before", "after", "undo"])
@pytest.mark.parametrize("value", [SCRIPT, *LINKS])
def test_what_an_address_asks_for_is_shown_as_text(name, value, own_client, send):
    send()
    shown = own_client.get("/notifications/", {name: value})
    assert shown.status_code == 200
    assert Dangers(shown.text).found == []


@pytest.mark.parametrize("link", LINKS)
def test_a_form_leads_back_to_this_site(link, own_client, send):
    answer = own_client.post(f"/notifications/{send().pk}/read/", {"next": link})
    assert answer["Location"] == "/notifications/"

"""Web push, to a receiver on this machine that decrypts what it gets and checks who sent it."""

import base64
import json
import struct
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from django_inapp_notifications.channels import push_keys as push
from django_inapp_notifications.channels.http import post
from django_inapp_notifications.checks.channels import check_push
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import PermanentFailure
from django_inapp_notifications.models import Delivery, PushSubscription, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register

POINT = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
PUBLIC = "https://fcm.googleapis.com/fcm/send/abc"


def encoded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """What a browser does: it makes the keys, and decrypts (RFC 8291, RFC 8188)."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def keys(self):
        point = self.key.public_key().public_bytes(*POINT)
        return {"p256dh": encoded(point), "auth": encoded(self.auth)}

    def form(self):
        return {"endpoint": self.endpoint, **self.keys}

    def decrypt(self, body):
        salt, _size, length = struct.unpack("!16sIB", body[:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        secret = self.key.exchange(ec.ECDH(), theirs)
        own = self.key.public_key().public_bytes(*POINT)
        keying = derive(secret, self.auth, b"WebPush: info\0" + own + sender, 32)
        key = derive(keying, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(keying, salt, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        return json.loads(plain.rstrip(b"\0").removesuffix(b"\2"))


def derive(secret, salt, info, length):
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def claims_of(header):
    """The claims of a VAPID header whose signature is right (RFC 8292)."""
    parts = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
    signed, signature = parts["t"].rsplit(".", 1)
    raw = decoded(signature)
    numbers = [int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")]
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    public.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
    assert parts["k"] == push.public_key()
    return json.loads(decoded(signed.split(".")[1]))


class PushService(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), body))
        self.send_response(self.server.answers.get(self.path, 201))
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def push_settings(settings):
    settings.NOTIFICATION_CHANNELS = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.push.PushChannel",
    ]
    settings.NOTIFICATION_VAPID_PRIVATE_KEY = push.new_private_key()
    settings.NOTIFICATION_VAPID_SUBJECT = "mailto:web@example.com"
    register(NotificationType("ping", channels=("in_app", "push")))
    return settings


@pytest.fixture
def service(push_settings):
    server = HTTPServer(("127.0.0.1", 0), PushService)
    server.heard, server.answers = [], {}
    server.url = f"http://127.0.0.1:{server.server_port}"
    push_settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    push_settings.NOTIFICATION_PUSH_HOSTS = ["127.0.0.1", "fcm.googleapis.com"]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def subscribe(service, own_client):
    def made(path="/one", client=own_client):
        browser = Browser(service.url + path)
        assert client.post("/notifications/push/subscribe/", browser.form()).status_code == 200
        return browser

    return made


def notify_and_deliver(user, **options):
    notify(user, "ping", **{"title": "Table 4", "message": "Round two", **options})
    deliver_due()
    return Delivery.objects.order_by("-pk").first()


class TestSending:
    def test_the_browser_reads_text_and_nobody_else_does(self, user, service, subscribe):
        browser = subscribe()
        delivery = notify_and_deliver(user)
        assert delivery.status == Status.SENT
        ((_, headers, body),) = service.heard
        link = f"https://example.com/notifications/{delivery.notification_id}/"
        data = browser.decrypt(body)
        assert (data["title"], data["text"], data["url"]) == ("Table 4", "Round two", link)
        assert b"Table" not in body
        assert headers["Content-Encoding"] == "aes128gcm"

    def test_it_says_who_is_calling(self, user, service, subscribe):
        subscribe()
        notify_and_deliver(user)
        claims = claims_of(service.heard[0][1]["Authorization"])
        assert claims["aud"] == service.url
        assert claims["sub"] == "mailto:web@example.com"
        assert 0 < claims["exp"] - timezone.now().timestamp() <= 24 * 3600

    @pytest.mark.parametrize(
        ("priority", "urgency"),
        [("low", "low"), ("normal", "normal"), ("high", "high"), ("urgent", "high")],
    )
    def test_urgency_follows_the_priority(self, user, service, subscribe, priority, urgency):
        subscribe()
        notify_and_deliver(user, priority=priority)
        assert service.heard[0][1]["Urgency"] == urgency

    def test_it_waits_no_longer_than_it_is_of_use(self, user, service, subscribe):
        subscribe()
        notify_and_deliver(user)
        notify_and_deliver(user, expires_at=timezone.now() + timedelta(minutes=5))
        notify_and_deliver(user, expires_at=timezone.now() + timedelta(days=5))
        first, second, third = (int(headers["TTL"]) for _, headers, _ in service.heard)
        assert first == third == 24 * 3600
        assert 290 <= second <= 300

    def test_each_try_has_the_same_topic(self, user, service, subscribe):
        """A push service replaces what a sleeping browser has not fetched."""
        subscribe()
        service.answers["/one"] = 503
        notify_and_deliver(user)
        Delivery.objects.update(not_before=timezone.now())
        deliver_due()
        topics = [headers["Topic"] for _, headers, _ in service.heard]
        assert topics[0] == topics[1]
        assert len(topics[0]) == 32

    def test_a_long_text_fits(self, user, service, subscribe):
        browser = subscribe()
        notify_and_deliver(user, title="€" * 200, message="🎾" * 5000)
        body = service.heard[0][2]
        assert len(body) <= 4096
        assert browser.decrypt(body)["text"].endswith("…")

    def test_locked_screens_can_be_told_the_title_only(
        self, user, service, subscribe, push_settings
    ):
        push_settings.NOTIFICATION_PUSH_SHOWS_TEXT = False
        browser = subscribe()
        notify_and_deliver(user)
        assert browser.decrypt(service.heard[0][2])["text"] == ""


class TestFailures:
    @pytest.mark.parametrize("answer", [404, 410])
    def test_a_dead_browser_is_removed_and_the_others_are_reached(
        self, user, service, subscribe, answer
    ):
        subscribe("/dead")
        subscribe("/alive")
        service.answers["/dead"] = answer
        assert notify_and_deliver(user).status == Status.SENT
        assert [row.endpoint for row in PushSubscription.objects.all()] == [service.url + "/alive"]

    def test_the_last_one_dead_is_permanent(self, user, service, subscribe):
        subscribe()
        service.answers["/one"] = 410
        assert notify_and_deliver(user).status == Status.FAILED
        assert not PushSubscription.objects.exists()
        assert notify_and_deliver(user).reason == "no_address"

    @pytest.mark.parametrize(
        ("answer", "status"),
        [(500, Status.PENDING), (429, Status.PENDING), (400, Status.FAILED), (413, Status.FAILED)],
    )
    def test_trouble_of_the_service_is_told_apart(self, user, service, subscribe, answer, status):
        subscribe()
        service.answers["/one"] = answer
        assert notify_and_deliver(user).status == status
        assert PushSubscription.objects.count() == 1

    def test_it_is_tried_again_if_one_of_them_may_be_reached_then(self, user, service, subscribe):
        for name, answer in [("/refuses", 400), ("/down", 503)]:
            subscribe(name)
            service.answers[name] = answer
        assert notify_and_deliver(user).status == Status.PENDING

    def test_nobody_elses_browser_is_woken(self, user, other_user, service, subscribe):
        subscribe("/ana")
        theirs = Browser(service.url + "/ben")
        PushSubscription.objects.create(user=other_user, endpoint=theirs.endpoint, **theirs.keys)
        notify_and_deliver(user)
        assert len(service.heard) == 1

    def test_one_browser_reached_is_enough(self, user, service, subscribe):
        """A second try would wake the one that was reached again."""
        subscribe("/down")
        subscribe("/alive")
        service.answers["/down"] = 503
        assert notify_and_deliver(user).status == Status.SENT

    def test_a_run_of_answers_that_refuse_the_key_loses_no_more(
        self, user, service, subscribe, settings
    ):
        """One refusal is its subscription's, which another key made; a run is the key's."""
        subscribe()
        settings.NOTIFICATION_BREAKER_FAILURES = 2
        service.answers["/one"] = 403
        assert notify_and_deliver(user).status == Status.FAILED
        assert notify_and_deliver(user).status == Status.PENDING
        assert PushSubscription.objects.count() == 1

    def test_a_key_that_was_lost_pauses_the_channel(self, user, service, subscribe, push_settings):
        subscribe()
        push_settings.NOTIFICATION_VAPID_PRIVATE_KEY = ""
        delivery = notify_and_deliver(user)
        assert delivery.status == Status.PENDING
        assert "notifications_vapid_key" in delivery.error


class TestSubscribing:
    def test_a_browser_belongs_to_whoever_uses_it(self, other_user, subscribe):
        browser = subscribe()
        client = Client()
        client.force_login(other_user)
        client.post("/notifications/push/subscribe/", browser.form())
        assert PushSubscription.objects.get().user == other_user

    def test_logging_out_lets_it_sleep(self, subscribe, own_client):
        subscribe()
        own_client.logout()
        assert not PushSubscription.objects.exists()

    def test_only_the_owner_can_unsubscribe_it(self, other_user, subscribe, own_client):
        browser = subscribe()
        other = Client()
        other.force_login(other_user)
        fields = {"endpoint": browser.endpoint}
        assert other.post("/notifications/push/unsubscribe/", fields).status_code == 200
        assert PushSubscription.objects.count() == 1
        own_client.post("/notifications/push/unsubscribe/", fields)
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize("is_expired", [False, True])
    def test_another_users_log_in_with_this_browser_lets_it_sleep(
        self, subscribe, own_client, make_user, is_expired
    ):
        """With no log-out before it: the session is flushed or has expired."""
        subscribe()
        if is_expired:
            Session.objects.all().delete()
        make_user("zoe", is_staff=True)
        own_client.post("/admin/login/", {"username": "zoe", "password": "pw"})
        assert own_client.session["_auth_user_id"]
        assert not PushSubscription.objects.exists()

    def test_ones_own_next_log_in_keeps_it(self, subscribe, own_client, user):
        subscribe()
        user.is_staff = True
        user.save()
        Session.objects.all().delete()
        own_client.post("/admin/login/", {"username": "ana", "password": "pw"})
        assert PushSubscription.objects.get().user == user

    def test_the_mark_of_a_browser_is_no_secret_of_scripts(self, subscribe, own_client):
        subscribe()
        cookie = own_client.cookies["inapp_notifications_push"]
        assert cookie["httponly"]
        assert "push" not in cookie.value
        own_client.post(
            "/notifications/push/unsubscribe/",
            {"endpoint": PushSubscription.objects.get().endpoint},
        )
        assert not own_client.cookies["inapp_notifications_push"].value

    @pytest.mark.parametrize("path", ["subscribe", "unsubscribe"])
    def test_it_needs_a_login_and_a_csrf_token(self, user, push_settings, path):
        address = f"/notifications/push/{path}/"
        assert Client().post(address).status_code == 401
        client = Client(enforce_csrf_checks=True)
        client.force_login(user)
        assert client.post(address).status_code == 403

    def test_a_user_has_no_more_than_a_person_has(self, user, other_user, subscribe):
        PushSubscription.objects.create(user=other_user, endpoint="https://push.example.com/first")
        for number in range(push.MAX_PER_USER + 3):
            subscribe(f"/{number}")
        assert PushSubscription.objects.filter(user=user).count() == push.MAX_PER_USER
        assert not PushSubscription.objects.filter(endpoint__endswith="/0").exists()
        assert PushSubscription.objects.filter(user=other_user).exists()

    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://evil.example/push",
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com.evil.example/",
            "https://fcm.googleapis.com@127.0.0.1/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://fcm.googleapis.com/" + "x" * 2000,
            "",
        ],
    )
    def test_an_endpoint_that_is_no_push_service_is_refused(
        self, own_client, push_settings, endpoint
    ):
        response = own_client.post("/notifications/push/subscribe/", Browser(endpoint).form())
        assert response.status_code == 400
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize(
        "keys",
        [{"p256dh": "x"}, {"auth": "x"}, {"p256dh": ""}, {"auth": "é"}, {"auth": "AAAAAAAA"}],
    )
    def test_keys_that_cannot_encrypt_are_refused(self, user, push_settings, keys):
        given = {**Browser(PUBLIC).keys, **keys}
        with pytest.raises(ValidationError):
            push.remember(user, PUBLIC, **given)

    def test_without_the_channel_there_is_nothing(self, own_client):
        assert own_client.post("/notifications/push/subscribe/").status_code == 404
        assert own_client.get("/notifications/push/worker.js").status_code == 404
        assert "data-din-push" not in own_client.get("/notifications/preferences/").text


class TestRenewing:
    """What the service worker sends when a push service replaced an address, without a session."""

    @pytest.fixture
    def renew(self, service, subscribe):
        old, new = subscribe(), Browser(service.url + "/new")

        def send(client=None, **changed):
            form = {"old_endpoint": old.endpoint, "old_auth": old.keys["auth"], **new.form()}
            client = client or Client(enforce_csrf_checks=True)
            return client.post("/notifications/push/renew/", {**form, **changed})

        return send

    def test_the_new_address_takes_the_place_of_the_old_one(self, renew, user, service):
        assert renew().status_code == 200
        row = PushSubscription.objects.get()
        assert (row.user, row.endpoint) == (user, service.url + "/new")

    def test_its_user_can_still_log_out_of_it(self, renew, own_client):
        renew(own_client)
        own_client.logout()
        assert not PushSubscription.objects.exists()

    @pytest.mark.parametrize("changed", ["old_auth", "old_endpoint"])
    def test_it_needs_the_secret_of_the_old_one(self, renew, service, changed):
        assert renew(**{changed: "x"}).status_code == 404
        assert PushSubscription.objects.get().endpoint == service.url + "/one"

    def test_what_is_no_push_service_is_refused(self, renew, service):
        assert renew(endpoint="https://elsewhere.example/x").status_code == 400
        assert PushSubscription.objects.get().endpoint == service.url + "/one"


def test_the_worker_is_a_script_of_this_site(db, push_settings):
    response = Client().get("/notifications/push/worker.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert "showNotification" in response.text


def test_a_redirect_is_no_way_in(settings):
    with pytest.raises(PermanentFailure):
        post("http://example.com/", b"", {})


class TestConfiguration:
    def test_a_complete_one_is_fine(self, push_settings):
        assert check_push() == []

    @pytest.mark.parametrize(
        ("name", "value", "hint"),
        [
            ("VAPID_PRIVATE_KEY", "", "notifications_vapid_key"),
            ("VAPID_PRIVATE_KEY", "nonsense", "notifications_vapid_key"),
            ("VAPID_SUBJECT", "", "mailto:"),
            ("VAPID_SUBJECT", "me", "mailto:"),
        ],
    )
    def test_what_is_missing_is_named(self, push_settings, name, value, hint):
        setattr(push_settings, f"NOTIFICATION_{name}", value)
        (problem,) = check_push()
        assert problem.id == "django_inapp_notifications.E009"
        assert hint in problem.msg

    def test_the_extra_is_named_where_it_is_missing(self, push_settings, monkeypatch):
        monkeypatch.setitem(__import__("sys").modules, "http_ece", None)
        push._vapid.cache_clear()
        (problem,) = check_push()
        assert "django-inapp-notifications[push]" in problem.msg

    def test_the_command_prints_a_key_that_works(self, push_settings, capsys):
        call_command("notifications_vapid_key")
        key = capsys.readouterr().out.split('PRIVATE_KEY = "')[1].split('"')[0]
        push_settings.NOTIFICATION_VAPID_PRIVATE_KEY = key
        assert len(decoded(push.public_key())) == 65


@pytest.fixture
def public_names(monkeypatch):
    """Every name stands for a public address; nothing is asked of a name server."""
    found = [(0, 0, 0, "", ("93.184.216.34", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *args, **options: found)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://[fcm.googleapis.com",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com:ssh/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@127.0.0.1/x",
        "https://fcm.googleapis.com/\0",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\r\nX-More: 1",
        "https://fcm.googleapis.com/\u00e9",
        "https://fcm.googleapis.com/" + "a" * 2000,
    ],
)
def test_what_is_no_endpoint_is_refused(push_settings, public_names, own_client, endpoint):
    response = own_client.post("/notifications/push/subscribe/", Browser(endpoint).form())
    assert response.status_code == 400
    assert not PushSubscription.objects.exists()


def test_keys_are_base64url_and_nothing_else(push_settings, public_names, own_client):
    good = Browser(PUBLIC).form()
    for key in ("auth", "p256dh"):
        form = {**good, key: good[key] + "!" * 5000}
        assert own_client.post("/notifications/push/subscribe/", form).status_code == 400
    assert own_client.post("/notifications/push/subscribe/", good).status_code == 200


def test_a_host_inside_is_a_push_service_only_if_it_is_named_as_one(push_settings, user):
    """The site lets its own webhooks in there, not whatever address a browser names."""
    push_settings.NOTIFICATION_PRIVATE_HOSTS = ["chat.internal"]
    for address in ["http://chat.internal:6379/x", "https://evilfcm.googleapis.com/x"]:
        browser = Browser(address)
        with pytest.raises(ValidationError, match="not supported"):
            push.remember(user, browser.endpoint, **browser.keys)

"""The outgoing webhook: signed, to public addresses only, by a real HTTP server."""

import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from django_inapp_notifications.channels.addresses import check_address, is_public
from django_inapp_notifications.channels.http import post
from django_inapp_notifications.channels.webhook import WebhookChannel
from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.exceptions import PermanentFailure, TemporaryFailure
from django_inapp_notifications.models import Delivery, Status
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType, register


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        if self.server.answer == 302:
            self.send_header("Location", "http://127.0.0.1:1/inside")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver(settings):
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.heard, server.answer = [], 200
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/hook"
    settings.NOTIFICATION_CHANNELS = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.webhook.WebhookChannel",
    ]
    settings.NOTIFICATION_WEBHOOK_ADDRESS = lambda user: address
    settings.NOTIFICATION_WEBHOOK_SECRET = "quiet"
    settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    register(NotificationType("hook", channels=("webhook",)))
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_signed_and_says_what_it_is(user, receiver):
    notify(user, "hook", title="Hi", message="There")
    deliver_due()
    headers, body = receiver.heard[0]
    seconds, signature = (
        part.split("=")[1] for part in headers["Notification-Signature"].split(",")
    )
    expected = hmac.new(b"quiet", f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == expected
    data = json.loads(body)
    assert (data["title"], data["text"], data["key"]) == (
        "Hi",
        "There",
        headers["Notification-Key"],
    )


@pytest.mark.parametrize(
    ("answer", "status"),
    [(204, Status.SENT), (500, Status.PENDING), (429, Status.PENDING)]
    + [(code, Status.FAILED) for code in (400, 404, 410, 302)],
)
def test_answers_are_told_apart(user, receiver, answer, status):
    receiver.answer = answer
    notify(user, "hook", title="Hi")
    deliver_due()
    assert Delivery.objects.get().status == status
    assert len(receiver.heard) == 1


def test_nothing_is_sent_unsigned(user, receiver, settings):
    settings.NOTIFICATION_WEBHOOK_SECRET = ""
    notify(user, "hook", title="Hi")
    deliver_due()
    assert receiver.heard == []


def test_a_user_without_an_address_is_not_reached(user, settings):
    settings.NOTIFICATION_WEBHOOK_ADDRESS = None
    assert not WebhookChannel().can_reach(user)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://[::1]/",
        "https://169.254.169.254/latest/",
        "https://10.0.0.1/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://user:pass@93.184.216.34/",
        "file:///etc/passwd",
        "https:///x",
        "",
    ],
)
def test_addresses_inside_the_network_are_refused(address):
    with pytest.raises(PermanentFailure):
        check_address(address)


def test_a_public_address_is_allowed():
    assert check_address("https://93.184.216.34/hook") == "https://93.184.216.34/hook"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [("93.184.216.34", True), ("2606:2800:220:1::1", True), ("64:ff9b::5db8:d822", True)]
    + [
        (ip, False)
        for ip in (
            *("127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1"),
            *("::1", "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "::127.0.0.1"),
            *("::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:7f00:1::"),
            *("3fff::1", "3fff:fff::1", "192.88.99.1", "::ffff:192.88.99.1"),
        )
    ],
)
def test_only_machines_on_the_internet_are_public(ip, expected):
    assert is_public(ip) is expected


def test_a_name_server_that_does_not_answer_gives_nothing_up(monkeypatch):
    def fail(*args, **options):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(TemporaryFailure, match="looked up now"):
        check_address("https://example.com/hook")


@pytest.fixture
def dripping():
    """The address of a receiver whose answer never ends: a letter now and then."""
    over, listener = threading.Event(), socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _peer = listener.accept()
        with connection, contextlib.suppress(OSError):
            for _ in range(1000):  # half a minute, if nobody hangs up
                connection.sendall(b"x")
                if over.wait(0.03):
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    over.set()
    thread.join()
    listener.close()


def test_an_answer_that_never_ends_holds_nobody_up(dripping, settings):
    settings.NOTIFICATION_PRIVATE_HOSTS = ["127.0.0.1"]
    started = time.monotonic()
    with pytest.raises(TemporaryFailure):
        post(dripping, b"{}", {}, answer_within=0.2)
    assert time.monotonic() - started < 10


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that refuses every tunnel, and what it was asked for."""
    heard, listener = [], socket.create_server(("127.0.0.1", 0))

    def refuse():
        connection, _peer = listener.accept()
        with connection:
            heard.append(connection.recv(4096).decode())
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")

    thread = threading.Thread(target=refuse)
    thread.start()
    address = f"http://user:a%20b@127.0.0.1:{listener.getsockname()[1]}"
    monkeypatch.setenv("https_proxy", address)
    monkeypatch.setenv("no_proxy", "")
    yield heard
    thread.join()
    listener.close()


def test_a_proxy_of_the_environment_is_asked_for_a_tunnel(proxy, monkeypatch):
    public, real = [(0, 0, 0, "", ("93.184.216.34", 443))], socket.getaddrinfo

    def look_up(host, *args, **named):
        return public if host == "chat.example" else real(host, *args, **named)

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    with pytest.raises(TemporaryFailure, match="403"):
        post("https://chat.example/hook", b"{}", {})
    assert proxy[0].startswith("CONNECT chat.example:443 ")
    assert "Proxy-Authorization: Basic dXNlcjphIGI=" in proxy[0]


def test_a_name_that_leads_inside_after_it_was_checked_hears_no_handshake(monkeypatch):
    """Only what was checked is connected to: a second look-up of the name is not asked."""
    real, asked, heard = socket.getaddrinfo, [], []

    def look_up(host, port, *args, **named):
        if host != "chat.example":
            return real(host, port, *args, **named)
        asked.append(host)
        inside = "127.0.0.1" if len(asked) > 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (inside, port))]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    addresses = "django_inapp_notifications.channels.addresses.is_public"
    monkeypatch.setattr(addresses, lambda ip: ip == "127.0.0.2")  # stands for a public one
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: heard.append(first_bytes(listener)), daemon=True)
        thread.start()
        with pytest.raises(TemporaryFailure):
            post(f"https://chat.example:{listener.getsockname()[1]}/hook", b"{}", {})
        socket.create_connection(listener.getsockname()).close()  # ends the thread
        thread.join(30)
    assert heard == [b""]
    assert asked == ["chat.example"]


def first_bytes(listener):
    connection, _ = listener.accept()
    with connection:
        return connection.recv(5)

"""The demo keeps the mail that it would have sent, and shows it."""

from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from letterbox.backend import LetterboxBackend

HTML = (
    "<html><head></head><body><p>Your place is confirmed.</p><script>bad()</script></body></html>"
)


@pytest.fixture
def letterbox(settings: Any, tmp_path: Path) -> Path:
    settings.LETTERBOX_DIR = tmp_path / "letterbox"
    return tmp_path / "letterbox"


def send(subject: str) -> None:
    message = EmailMultiAlternatives(subject, "Your place is confirmed.", to=["ana@example.com"])
    message.attach_alternative(HTML, "text/html")
    assert LetterboxBackend().send_messages([message]) == 1


def name_of(letterbox: Path) -> str:
    [path] = letterbox.glob("*.eml")
    return path.stem


@pytest.mark.django_db
def test_the_newest_mail_is_first(letterbox: Path, client: Client) -> None:
    send("First")
    send("Second")
    page = client.get("/letterbox/").content.decode()
    assert page.index("Second") < page.index("First")
    assert "ana@example.com" in page


@pytest.mark.django_db
def test_a_mail_is_shown_as_text_and_as_a_frame(letterbox: Path, client: Client) -> None:
    send("Welcome")
    page = client.get(f"/letterbox/{name_of(letterbox)}/").content.decode()
    assert "Your place is confirmed." in page
    assert f'src="/letterbox/{name_of(letterbox)}/html/"' in page


@pytest.mark.django_db
def test_the_frame_runs_no_script(letterbox: Path, client: Client) -> None:
    send("Welcome")
    frame = client.get(f"/letterbox/{name_of(letterbox)}/html/")
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "sandbox" in policy
    assert "script" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<base target="_blank">' in frame.content


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["..%2Fdemo.sqlite3", "x", "0" * 20 + "-" + "a" * 8])
def test_nothing_else_is_read(letterbox: Path, client: Client, name: str) -> None:
    assert client.get(f"/letterbox/{name}/").status_code == 404
    assert client.get(f"/letterbox/{name}/html/").status_code == 404

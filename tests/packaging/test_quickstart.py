"""The quickstart, followed to the letter from the built wheels, ends with a payment."""

import base64
import html
import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.newcomer import PASSWORD, PATIENCE, Browser, Newcomer, wheels


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    folder = tmp_path_factory.mktemp("newcomer")
    return Newcomer(folder, wheels(folder / "wheels"))


@pytest.fixture(scope="module")
def site(newcomer: Newcomer) -> Iterator[str]:
    services = newcomer.follow("Take a payment in your own site")
    newcomer.follow("Notify the player")
    with newcomer.running(services) as address:
        yield address


def test_the_page_ends_with_a_payment_and_a_place(site: str, newcomer: Newcomer) -> None:
    """By HTTP, with the customer's part at Stripe by its API."""
    browser = Browser(site)
    link = re.search(r'href="([^"]*checkout[^"]*)"', browser.get("/tournaments/1/"))[1]
    browser.get(html.unescape(link))
    assert "/admin/login/" in browser.address
    browser.log_in()
    browser.get(html.unescape(link))
    body = {"payment_type": "tournament_fee", "metadata": {"tournament_id": "1"}}
    created = json.loads(
        browser.post("/payments/create-intent/", json.dumps(body).encode(), "application/json")
    )
    confirm(newcomer, created["client_secret"].split("_secret_")[0])
    assert "player" in until(browser, "/tournaments/1/", "<li>player</li>")
    assert "You are in" in until(browser, "/notifications/", "You are in")


def test_the_same_by_hand_in_a_browser(newcomer: Newcomer, site: str, page: Any) -> None:
    another = "from shop.models import Tournament as T; T.objects.create(name='Cup', entry_fee=25)"
    newcomer.type(f'python manage.py shell -c "{another}"')
    page.goto(f"{site}/tournaments/2/")
    page.get_by_role("link", name="Pay the entry fee").click()
    page.get_by_label("Username").fill("player")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    card = page.frame_locator('iframe[title="Secure payment input frame"]')
    card.get_by_label("Card number").fill("4242 4242 4242 4242")
    card.get_by_label("Expiration date").fill("12 / 34")
    card.get_by_label("Security code").fill("123")
    page.get_by_role("button", name="Pay $25.00").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    page.goto(f"{site}/tournaments/2/")
    assert page.get_by_role("listitem").all_inner_texts() == ["player"]
    assert page.get_by_text("You are in.").is_visible()
    # Nor can it be paid twice by its address.
    page.goto(f"{site}/payments/checkout/?payment_type=tournament_fee&tournament_id=2")
    assert page.get_by_text("You are in already.").is_visible()


def confirm(newcomer: Newcomer, intent: str) -> None:
    """Pay with a card of the table."""
    address = f"http://127.0.0.1:{newcomer.ports['12111']}/v1/payment_intents/{intent}/confirm"
    fields = {"payment_method": "pm_card_visa", "return_url": "https://example.com"}
    key = base64.b64encode(b"sk_test_sandbox:").decode()
    request = urllib.request.Request(
        address, urllib.parse.urlencode(fields).encode(), {"Authorization": f"Basic {key}"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        assert json.load(answer)["status"] == "succeeded"


def until(browser: Browser, path: str, text: str) -> str:
    """A page, once the webhook has brought this text to it."""
    deadline = time.monotonic() + PATIENCE
    while text not in (shown := browser.get(path)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return shown


def test_the_environment_is_clean(newcomer: Newcomer) -> None:
    """Neither the sources nor the tools of this workspace are in it."""
    (packages,) = newcomer.environment.glob("lib/python3.*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert not {name for name in names if name.endswith(".pth") and "virtualenv" not in name}
    assert {"pytest", "hypothesis"}.isdisjoint(names)
    assert not (Path(packages) / "config").exists()

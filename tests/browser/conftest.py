"""A real browser, the site over HTTP, and the sandbox over HTTP, which delivers to the site.

With SCREENSHOTS set to a folder, the tests leave pictures of the pages there.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import ConsoleMessage, Page

pytest_plugins = ["django_stripe_payments.testing"]

WIDTHS = (1280, 390)

#: Tells of what the Content-Security-Policy refused, in every frame.
REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`);
    });
"""


@dataclass
class Site:
    """The running site, and the sandbox that it pays at."""

    url: str
    sandbox: Any

    def deliveries_done(self) -> None:
        self.sandbox.webhooks.flush()


@pytest.fixture
def site(
    transactional_db: None, live_server: Any, stripe_sandbox_server: Any, settings: Any
) -> Iterator[Site]:
    from config.csp import content_security_policy

    server = stripe_sandbox_server
    server.sandbox.add_webhook(f"{live_server.url}/payments/webhook/")
    settings.SECURE_CSP = content_security_policy(server.url)
    yield Site(live_server.url, server.sandbox)
    # The database is emptied next: nothing may still be on its way to it.
    server.sandbox.webhooks.flush()


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page that must stay free of errors: in the console, in scripts, against the policy."""
    errors: list[str] = []
    page.add_init_script(REPORT_VIOLATIONS)
    page.on("console", lambda message: note(message, errors))
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def note(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type not in {"error", "warning"}:
        return
    # Chromium itself reports every 4xx answer, and 402 is how Stripe declines a card.
    declined = "status of 402" in message.text and "/v1/" in message.location["url"]
    if not declined:
        errors.append(f"{message.text} ({message.location['url']})")


@pytest.fixture
def shoot(page: Page) -> Callable[[str], None]:
    """Take pictures of the page as it is now, at both widths, if anybody wants them."""
    folder = os.environ.get("SCREENSHOTS")

    def take(name: str) -> None:
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        before = page.viewport_size
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        if before:
            page.set_viewport_size(before)

    return take


@pytest.fixture
def player(site: Site) -> Any:
    from tests.example.world import UserFactory

    return UserFactory(username="player", display_name="Nightjar")


@pytest.fixture
def tournament(site: Site) -> Any:
    from tests.example.world import TournamentFactory, UserFactory

    organizer = UserFactory(username="organizer", display_name="Brackenrig")
    return TournamentFactory(
        name="Glyphfall Friday",
        summary="The weekly duel night. Bring one deck, keep it to the end.",
        rules="Single elimination, best of three.",
        capacity=16,
        organizer=organizer,
    )


@pytest.fixture
def world(site: Site, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """The keys of what the seeded site shows, where everything has happened to the player."""
    from tests.browser.seeded import seed_everything

    settings.DEMO = True
    settings.DEMO_CLOCK = tmp_path / "clock.json"
    return seed_everything(site)

"""The pages in German: longer words break no layout, and scripts have their words from the page."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.test_every_page import PLAYER

TELEPHONE = 390


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    viewport = {"width": TELEPHONE, "height": 844}
    return {**browser_context_args, "locale": "de-DE", "viewport": viewport}


def log_in(page: Page, site: Any) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Benutzername").fill("player")
    page.get_by_label("Passwort").fill(steps.PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Turniere")).to_be_visible()


#: What is wider than the button or box that holds it.
CUT_OFF = """
    () => [...document.querySelectorAll("button, a, h1, h2, label, dt, dd, .dsp-badge, .din-tag")]
        .filter((each) => each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1)
        .filter((each) => getComputedStyle(each).display !== "inline")
        .map((each) => `${each.tagName}: ${each.textContent.trim().slice(0, 60)}`)
"""


def test_longer_words_fit_on_a_telephone(
    page: Page,
    site: Any,
    world: dict[str, Any],
    shoot: Any,
) -> None:
    log_in(page, site)
    wrong: list[str] = []
    for name, path in PLAYER.items():
        page.goto(f"{site.url}{path.format(**world)}", wait_until="load")
        expect(page.locator("html")).to_have_attribute("lang", "de")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > TELEPHONE:
            wrong.append(f"{name}: {wide} pixels wide")
        wrong += [f"{name}: {each}" for each in page.evaluate(CUT_OFF)]
        shoot(f"german-{name}")
    assert wrong == [], "\n".join(wrong)


def test_a_payment_is_made_in_german(page: Page, site: Any, player: Any, tournament: Any) -> None:
    log_in(page, site)
    page.get_by_role("link", name=tournament.name).click()
    page.get_by_role("button", name="Teilnehmen").click()
    button = page.get_by_role("button", name="25,00 $ bezahlen")
    expect(button).to_be_enabled()
    steps.fill_card(page, steps.GOOD)
    button.click()
    heading = page.get_by_role("heading", name="Vielen Dank für Ihre Zahlung")
    expect(heading).to_be_visible()


def test_a_visitor_chooses_the_language_at_the_foot(page: Page, site: Any) -> None:
    page.goto(f"{site.url}/tournaments/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Tournaments", exact=True)).to_be_visible()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Turniere", exact=True)).to_be_visible()


def test_a_decline_is_explained_in_german(
    page: Page, site: Any, player: Any, tournament: Any
) -> None:
    log_in(page, site)
    page.get_by_role("link", name=tournament.name).click()
    page.get_by_role("button", name="Teilnehmen").click()
    button = page.get_by_role("button", name="25,00 $ bezahlen")
    expect(button).to_be_enabled()
    steps.fill_card(page, "4000 0000 0000 9995")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Ihre Karte ist nicht ausreichend gedeckt.")

"""Light or dark: as the reader's system is, until the reader chooses."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

DARK, LIGHT = "rgb(11, 15, 14)", "rgb(242, 241, 234)"


@pytest.mark.parametrize(("scheme", "colour"), [("dark", DARK), ("light", LIGHT)])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_page_is_as_the_system_is(
    browser: Browser, site: Any, scheme: Any, colour: str, scripts: bool
) -> None:
    page = browser.new_page(color_scheme=scheme, java_script_enabled=scripts)
    page.goto(site.url)
    expect(page.locator("body")).to_have_css("background-color", colour)
    page.close()


def test_the_choice_of_the_reader_stays(page: Page, site: Any) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(site.url)
    toggle = page.locator("[data-theme-toggle]")
    expect(toggle).to_have_accessible_name("Colors: light")
    toggle.click()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", DARK)
    expect(toggle).to_have_accessible_name("Colors: dark")

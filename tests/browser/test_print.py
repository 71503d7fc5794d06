"""A payment's page on paper."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import steps


def test_a_printed_receipt_has_the_seller_and_nothing_of_the_site_around_it(
    page: Page, site: Any, world: dict[str, Any], shoot: Any
) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/payments/{world['paid']}/")
    page.emulate_media(media="print")
    shoot("receipt-print")
    expect(page.get_by_role("definition").filter(has_text="Halftick")).to_be_visible()
    for part in ("banner", "contentinfo", "navigation"):
        expect(page.get_by_role(part)).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"

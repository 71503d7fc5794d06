"""What a person does on the site, in a browser."""

from typing import Any

from playwright.sync_api import FrameLocator, Page, expect

from tests.example.world import PASSWORD

FIELDS = 'iframe[title="Secure payment input frame"]'
CHALLENGE = 'iframe[title="3-D Secure authentication"]'

GOOD = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
AUTHENTICATE = "4000 0027 6000 3184"


def log_in(page: Page, site: Any, username: str = "player") -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Tournaments")).to_be_visible()


def go_to_checkout(page: Page, tournament: Any) -> None:
    """From the list of tournaments to the ready payment form."""
    page.get_by_role("link", name=tournament.name).click()
    page.get_by_role("button", name="Register").click()
    expect(pay_button(page)).to_be_enabled()


def pay_button(page: Page) -> Any:
    return page.get_by_role("button", name="Pay $25.00")


def fields(page: Page) -> FrameLocator:
    return page.frame_locator(FIELDS)


def challenge(page: Page) -> FrameLocator:
    return page.frame_locator(CHALLENGE)


def fill_card(page: Page, number: str) -> None:
    card = fields(page)
    card.get_by_label("Card number").fill(number)
    card.get_by_label("Expiration date").fill("12 / 34")
    card.get_by_label("Security code").fill("123")


def pay_with(page: Page, number: str) -> None:
    fill_card(page, number)
    pay_button(page).click()


def badge(page: Page) -> Any:
    return page.locator("[data-din-badge]")


def open_bell(page: Page) -> Any:
    """Open the dropdown; return it."""
    page.get_by_role("button", name="otifications").click()
    return page.get_by_role("region", name="Notifications")


def expect_success(page: Page) -> None:
    expect(page.get_by_role("heading", name="Thank you for your payment")).to_be_visible()


def expect_place(page: Page, site: Any, tournament: Any) -> None:
    # The page that thanks does not wait for a receiver in the webhook's request.
    site.deliveries_done()
    page.goto(f"{site.url}{tournament.get_absolute_url()}")
    expect(page.get_by_text("You are registered")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Nightjar")).to_be_visible()

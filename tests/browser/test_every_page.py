"""Every page of the site, as each kind of person sees it: no error, no violation, nothing cut off.

The console and the Content-Security-Policy are watched by the fixture ``page``; axe looks at each
page in the dark and in the light scheme.
"""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import steps
from venues.models import Booking

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

VISITOR = {
    "home": "/",
    "tournaments": "/tournaments/",
    "tournament": "/tournaments/{cup}/",
    "tournament-none": "/tournaments/?game=nonsense",
    "coaching": "/coaching/",
    "venues": "/venues/",
    "venue": "/venues/{venue}/",
    "help": "/help/",
    "clock": "/demo/clock/",
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
}
MEMBER = {
    **{name: path for name, path in VISITOR.items() if name not in {"login", "signup"}},
    "profile": "/accounts/profile/",
    "bookings": "/venues/bookings/",
    "history": "/payments/history/",
    "cards": "/payments/methods/",
    "card-add": "/payments/methods/add/",
    "canceled": "/payments/cancel/",
    "notifications": "/notifications/",
    "preferences": "/notifications/preferences/",
}
PLAYER = {
    **MEMBER,
    "checkout": "/payments/checkout/?payment_id={open}",
    "left": "/payments/cancel/?payment_id={open}",
    "paid": "/payments/success/{paid}/",
    "payment": "/payments/{paid}/",
    "payment-refunded": "/payments/{refunded}/",
    "refund": "/payments/{paid}/refund/",
    "notification": "/notifications/{notice}/?stay=1",
}
BOTH = ("dark", "light")
#: What shows others than players more, or something else.
ROLE = {
    name: MEMBER[name]
    for name in [
        *("home", "tournament", "coaching", "venue", "profile"),
        *("bookings", "history", "notifications", "preferences"),
    ]
}
STAFF = {**ROLE, "payment": "/payments/{paid}/", "clock": "/demo/clock/"}
COACH = {**ROLE, "new-session": "/coaching/new/", "edit-session": "/coaching/{session}/edit/"}
COACH |= {
    "call-off-session": "/coaching/{session}/call-off/",
    "withdraw-session": "/coaching/{free_session}/withdraw/",
}
ORGANIZER = {**ROLE, "new-tournament": "/tournaments/new/", "new-venue": "/venues/new/"}
ORGANIZER |= {
    f"{what}-{kind}": f"/{kind}s/{{{key}}}/{what}/"
    for kind, key, whats in (
        ("tournament", "cup", ("edit", "call-off")),
        ("venue", "venue", ("edit", "close")),
    )
    for what in whats
}


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    return [
        f"{each['id']}: {node['target']} {node.get('failureSummary', '')}"
        for each in found.response["violations"]
        for node in each["nodes"]
    ]


def walk(
    page: Page,
    site: Any,
    pages: dict[str, str],
    world: dict[str, Any],
    shoot: Any,
    schemes: tuple[str, ...] = ("dark",),
) -> None:
    """Open each page, look at it in the schemes and at both widths; collect before failing."""
    wrong: list[str] = []
    for name, path in pages.items():
        response = page.goto(f"{site.url}{path.format(**world)}", wait_until="load")
        assert response
        if response.status != 200:
            wrong.append(f"{name}: {response.status}")
            continue
        for scheme in schemes:
            page.evaluate("scheme => { document.documentElement.dataset.theme = scheme }", scheme)
            page.emulate_media(color_scheme=scheme)
            wrong += [f"{name}, {scheme}: {each}" for each in violations(page)]
        page.set_viewport_size({"width": 390, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 390:
            wrong.append(f"{name}: {wide} pixels wide on a telephone")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.evaluate("delete document.documentElement.dataset.theme")
        shoot(name)
    assert wrong == [], "\n".join(wrong)


def test_a_visitor_sees_every_public_page(
    page: Page, site: Any, world: dict[str, Any], shoot: Any
) -> None:
    walk(page, site, VISITOR, world, lambda name: shoot(f"visitor-{name}"), BOTH)


@pytest.mark.parametrize(
    ("who", "pages"),
    [("player", PLAYER), ("coach", COACH), ("organizer", ORGANIZER), ("admin", STAFF)],
)
def test_every_page_as(
    page: Page, site: Any, world: dict[str, Any], shoot: Any, who: str, pages: dict[str, str]
) -> None:
    steps.log_in(page, site, who)
    schemes = BOTH if who == "player" else ("dark",)
    walk(page, site, pages, world, lambda name: shoot(f"{who}-{name}"), schemes)


def test_the_bell_and_the_menu_have_no_violation_when_open(
    page: Page, site: Any, world: dict[str, Any], shoot: Any
) -> None:
    steps.log_in(page, site)
    steps.open_bell(page)
    shoot("bell-open")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-menu] summary").click()
    shoot("menu-open")
    assert violations(page) == []


def test_a_form_with_errors_has_no_violation(page: Page, site: Any, world: Any) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.get_by_label("Username").fill("player")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []


def test_hours_are_booked_checked_in_and_paid(
    page: Page, site: Any, world: dict[str, Any], shoot: Any
) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/venues/{world['venue']}/")
    page.locator(".chips a").nth(1).click()
    page.locator("label.hour").first.click()
    page.get_by_label("For how long").select_option("2")
    page.get_by_role("button", name="Book and reserve").click()
    steps.fill_card(page, steps.GOOD)
    page.get_by_role("button", name="Reserve $24.00").click()
    expect(page.get_by_role("heading", name="Your payment is authorized")).to_be_visible()
    shoot("venue-authorized")
    site.deliveries_done()
    booking = Booking.objects.latest("pk")
    Booking.objects.filter(pk=booking.pk).update(starts_at=booking.held_at)
    page.goto(f"{site.url}/venues/bookings/")
    expect(page.get_by_text("Booked", exact=True).first).to_be_visible()
    page.context.clear_cookies()
    steps.log_in(page, site, "organizer")
    page.goto(f"{site.url}/venues/bookings/")
    page.get_by_role("button", name="Check in").click()
    expect(page.get_by_text("Nightjar is checked in and paid $24.00.")).to_be_visible()
    shoot("venue-checked-in")


def test_hours_are_called_off_and_released(page: Page, site: Any, world: dict[str, Any]) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/venues/bookings/")
    page.get_by_role("link", name="Call off…").click()
    expect(page.get_by_text("is released, and nothing is charged.")).to_be_visible()
    page.get_by_role("button", name="Call off").click()
    expect(page.get_by_text("The reserved money is released.").first).to_be_visible()
    expect(page.get_by_text("Released", exact=True)).to_be_visible()


def test_without_scripts_the_checkout_offers_no_form_that_does_nothing(
    page: Page, site: Any, world: dict[str, Any]
) -> None:
    steps.log_in(page, site)
    cookies = page.context.cookies()
    assert page.context.browser
    context = page.context.browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    bare = context.new_page()
    bare.goto(f"{site.url}/payments/checkout/?payment_id={world['open']}")
    expect(bare.locator("noscript p")).to_be_visible()
    expect(bare.locator("[data-submit]")).to_be_hidden()
    context.close()

"""Long words and narrow screens: no page of the site scrolls sideways."""

import itertools
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from coaching.models import CoachingSession
from tests.browser import steps
from tests.browser.test_every_page import MEMBER, PLAYER, ROLE, VISITOR
from tournaments.models import Participant, Tournament
from venues.models import Venue

WIDTHS = (1280, 390, 320)
WORD = "Donaudampfschifffahrtselektrizitaetenha"  # 39 letters
LONGER = f"{WORD}{WORD}up"  # 80 letters

#: What the owner of an offer opens, and what everybody may read.
OWN = {
    "help": "/help/",
    "new-tournament": "/tournaments/new/",
    "new-session": "/coaching/new/",
    "new-venue": "/venues/new/",
    "edit-tournament": "/tournaments/{cup}/edit/",
    "call-off-tournament": "/tournaments/{cup}/call-off/",
    "edit-venue": "/venues/{venue}/edit/",
    "close-venue": "/venues/{venue}/close/",
}

#: Measures the page, and names what sticks out of it.
MEASURE = """
() => {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth;
    if (wide <= width) return "";
    const out = [...document.querySelectorAll("body *")].filter(
        (each) => each.getBoundingClientRect().right > width + 1
            && !each.closest(".scroll *, .menu-panel")
    );
    return `${wide} pixels: ` + out.slice(0, 4).map(
        (each) => `${each.tagName}.${each.className}`
    ).join(", ");
}
"""


@pytest.fixture
def long_words(world: dict[str, Any]) -> dict[str, Any]:
    """The seeded site, in which everything that people name has a name without a space."""
    cup, venue = world["cup"], world["venue"]
    Tournament.objects.filter(pk=cup).update(name=LONGER, summary=LONGER, rules=LONGER)
    Venue.objects.filter(pk=venue).update(name=LONGER, summary=LONGER, address=LONGER)
    CoachingSession.objects.update(topic=LONGER, summary=LONGER)
    User.objects.update(display_name=WORD)
    organizer = Tournament.objects.get(pk=cup).organizer
    Participant.objects.create(tournament_id=cup, user=organizer)
    return world


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("who", "pages"),
    [("", VISITOR), ("player", {**MEMBER, **PLAYER}), ("organizer", {**ROLE, **OWN})],
    ids=["visitor", "player", "organizer"],
)
def test_no_page_scrolls_sideways(
    page: Page,
    site: Any,
    long_words: dict[str, Any],
    who: str,
    pages: dict[str, str],
    language: str,
) -> None:
    if who:
        steps.log_in(page, site, who)
    host = site.url.removeprefix("http://").partition(":")[0]
    cookie = {"name": "django_language", "value": language, "domain": host, "path": "/"}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    wrong = []
    for name, path in pages.items():
        page.goto(f"{site.url}{path.format(**long_words)}", wait_until="load")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if found := page.evaluate(MEASURE):
                wrong.append(f"{name} at {width}: {found}")
    assert wrong == [], "\n".join(wrong)


def test_the_own_place_stands_in_line_with_the_others(
    page: Page, site: Any, world: dict[str, Any]
) -> None:
    steps.log_in(page, site)
    page.goto(f"{site.url}/tournaments/{world['cup']}/")
    expect(page.locator(".players .mine")).to_be_visible()
    tops = page.evaluate(
        "[...document.querySelectorAll('.players li')].map("
        "(each) => Math.round(each.getBoundingClientRect().top))"
    )
    rows = sorted(set(tops))
    assert len({below - above for above, below in itertools.pairwise(rows)}) == 1, rows


def test_each_value_of_a_receipt_that_wraps_starts_at_the_edge(
    page: Page, site: Any, world: dict[str, Any]
) -> None:
    steps.log_in(page, site)
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{site.url}/payments/{world['paid']}/")
    alignment = page.evaluate(
        "[...document.querySelectorAll('.dsp-facts dd:not(.dsp-number)')]"
        ".map((each) => getComputedStyle(each).textAlign)"
    )
    assert set(alignment) == {"start"}

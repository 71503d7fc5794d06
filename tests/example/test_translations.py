"""The site in German: chosen at the foot of a page, or asked for by the browser."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Any:
    yield Client()
    translation.deactivate()  # what the middleware left to the thread


def test_the_browsers_language_is_spoken(browser: Client) -> None:
    page = browser.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<html lang="de"' in page
    assert "Turniere ansehen" in page


def test_a_visitor_chooses_a_language_and_stays_on_the_page(browser: Client) -> None:
    page = browser.get("/tournaments/").text
    form = re.search(r'<form class="languages" method="post" action="([^"]+)"', page)
    assert form
    chosen = browser.post(form[1], {"language": "de", "next": "/tournaments/"})
    assert (chosen.status_code, chosen.url) == (302, "/tournaments/")
    assert '<html lang="de"' in browser.get("/tournaments/").text


def test_the_choice_leads_to_no_other_site(browser: Client) -> None:
    chosen = browser.post("/language/setlang/", {"language": "de", "next": "//evil.example/"})
    assert chosen.url == "/"


def test_the_packages_keep_their_own_german_on_this_site() -> None:
    """The site's catalogue comes first: its words must not change the packages' buttons."""
    with translation.override("de"):
        assert translation.gettext("Open") == "Öffnen"
        assert translation.gettext("Save") == "Sichern"
        assert translation.pgettext("state of a tournament", "Open") == "Offen"

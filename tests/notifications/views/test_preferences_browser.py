"""The preferences page in a real browser: by keyboard alone, on a phone, and without scripts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from django_inapp_notifications.models import NotificationPreference, NotificationSettings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_page(browser, live_server, user):
    """Open the preferences as the user, in a browser context with these options."""
    contexts = []

    def opened(**options):
        context = browser.new_context(**options)
        contexts.append(context)
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/notifications/preferences/")
        return page

    yield opened
    for context in contexts:
        context.close()


def tab_to(page, selector):
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"The keyboard never reaches {selector}.")


def save(page):
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_the_keyboard_is_enough(open_page):
    page = open_page()
    tab_to(page, "[name='on:match:email']")
    page.keyboard.press("Space")
    tab_to(page, "button[type=submit]")
    save(page)
    row = NotificationPreference.objects.get()
    assert (row.type, row.channel, row.enabled) == ("match", "email", True)
    assert page.locator("[name='on:match:email']").is_checked()


def test_the_zone_of_the_device_is_offered_and_saved(open_page, user):
    page = open_page(timezone_id="Asia/Kathmandu")
    # Chromium knows this zone by its older name.
    offer = page.get_by_role("button", name="Asia/Kat")
    offer.click()
    page.get_by_label("Use quiet hours").check()
    page.locator("[name=quiet_start]").fill("22:00")
    page.locator("[name=quiet_end]").fill("07:00")
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    own = NotificationSettings.objects.get(user=user)
    assert own.quiet_hours
    assert str(ZoneInfo(own.time_zone).utcoffset(datetime(2026, 1, 1))) == "5:45:00"
    assert offer.count() == 0


def test_it_needs_no_script_and_fits_a_phone(open_page):
    page = open_page(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.get_by_role("checkbox", name="Matches: E-mail").check()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("checkbox", name="Matches: E-mail").is_checked()
    assert page.locator("h1").bounding_box()["width"] <= 390


def test_every_control_has_a_name(open_page):
    """What a screen reader would say is never nothing."""
    page = open_page()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=hidden]), select, button, a")]
          .filter((each) => !each.hidden && !each.ariaLabel && !each.textContent.trim()
            && !(each.labels && each.labels.length))
          .map((each) => each.outerHTML)"""
    )
    assert nameless == []

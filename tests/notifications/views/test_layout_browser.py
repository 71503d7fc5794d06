"""Long words, narrow windows and big zoom: nothing scrolls sideways, and nothing is cut off."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from django_inapp_notifications import inbox, preferences
from django_inapp_notifications.channels.unsubscribe_links import unsubscribe_path
from django_inapp_notifications.types import NotificationType, register

pytestmark = pytest.mark.django_db(transaction=True)

#: The longest word in German dictionaries, and twice that.
WORDS = {39: "Rechtsschutzversicherungsgesellschaften", 80: "Donaudampfschiff" * 5}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: A window of 1280 px at 400 % is one of 320 px (WCAG 1.4.10).
WIDTHS = [1280, 390, 320]

TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const found = wide > 0 ? ["the page: " + wide] : [];
  for (const each of document.querySelectorAll("body *")) {
    if (!each.clientWidth || each.closest(".din-hidden-text, option, [hidden]")) continue;
    const { overflowX } = getComputedStyle(each);
    const hidden = overflowX === "hidden" || overflowX === "clip";
    const box = each.getBoundingClientRect();
    const cut = hidden && each.scrollWidth > each.clientWidth + 1;
    const outside = box.left < -1 || box.right > window.innerWidth + 1;
    if (cut || outside) found.push(each.outerHTML.slice(0, 120));
  }
  return found;
}"""


@pytest.fixture(params=sorted(WORDS))
def paths(request, user, send):
    """The pages of a user whose site uses long words everywhere."""
    word = WORDS[request.param]
    register(NotificationType("long", label=word, group=word, description=word))
    for priority in ("normal", "urgent"):
        send(word, message=word, priority=priority, notification_type="long")
    snoozed = send(word, message=word, notification_type="long")
    inbox.snooze(user, [snoozed.pk], timezone.now() + timedelta(days=1))
    pinned = send(word, message=word, notification_type="long")
    inbox.pin(user, [pinned.pk])
    preferences.set_frequency(user, "email", "weekly", how="test")
    return {
        "list": "/notifications/",
        "undo": f"/notifications/?undo={snoozed.pk}&did=snooze",
        "snoozed": "/notifications/?status=snoozed",
        "detail": f"/notifications/{pinned.pk}/",
        "preferences": "/notifications/preferences/",
        "unsubscribe": unsubscribe_path(user, "long", "email"),
        "dropdown": "/",
    }


@pytest.fixture
def page(browser, live_server, user, settings):
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE[:-2],
        "django.middleware.locale.LocaleMiddleware",
        *settings.MIDDLEWARE[-2:],
    ]
    context = browser.new_context(reduced_motion="reduce", base_url=live_server.url)
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def opened(page, name, path):
    page.goto(path)
    if name == "dropdown":
        page.locator("[data-din-toggle]").click()
        page.locator(".din-panel__item").first.wait_for()
    for more in page.locator("details > summary").all():
        more.click()


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_too_wide(page, paths, language):
    page.set_extra_http_headers({"Accept-Language": language})
    found = {}
    for name, path in paths.items():
        opened(page, name, path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found[name, width, scheme] = page.evaluate(TOO_WIDE)
    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(page, paths, scheme):
    # The matrix, which runs no browser, does not install it.
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 800})
    found = {}
    for name, path in paths.items():
        opened(page, name, path)
        report = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
        found[name] = [
            (each["id"], each["nodes"][0]["html"]) for each in report.response["violations"]
        ]
    assert {name: each for name, each in found.items() if each} == {}


def test_wrong_fields_look_wrong(page, paths):
    page.goto(paths["preferences"])
    page.get_by_label("Use quiet hours").check()
    page.get_by_label("To", exact=True).fill("22:00")
    page.get_by_role("button", name="Save").click()
    field = page.get_by_label("To", exact=True)
    assert field.get_attribute("aria-invalid") == "true"
    error = page.locator(f"#{field.get_attribute('aria-describedby')}")
    assert error.inner_text() == "Quiet hours cannot start and end at the same time."
    other = page.get_by_label("From", exact=True)
    colors = [each.evaluate("it => getComputedStyle(it).borderColor") for each in (field, other)]
    assert colors[0] != colors[1]


def test_the_hour_of_a_digest_follows_the_frequency(page, paths):
    """By the stylesheet alone: scripts are not needed for it."""
    page.goto(paths["preferences"])
    hour, day = page.get_by_label("Digest time"), page.get_by_label("Weekly digest day")
    seen = {}
    for frequency in ("", "hourly", "daily", "weekly"):
        page.get_by_label("How often: E-mail").select_option(frequency)
        seen[frequency] = (hour.is_visible(), day.is_visible())
    assert seen == {
        "": (False, False),
        "hourly": (False, False),
        "daily": (True, False),
        "weekly": (True, True),
    }


def test_one_box_selects_all(page, paths):
    page.goto(paths["list"])
    everything = page.get_by_label("Select all")
    boxes = page.locator("[name=ids]")
    everything.check()
    assert all(box.is_checked() for box in boxes.all())
    boxes.first.uncheck()
    assert not everything.is_checked()
    assert everything.evaluate("it => it.indeterminate")
    boxes.first.check()
    assert everything.is_checked()
    page.get_by_role("button", name="Mark as read").first.click()
    assert page.get_by_role("status").first.inner_text() == "3 notifications marked as read."


def test_the_dropdown_announces_what_it_did(page, paths):
    opened(page, "dropdown", paths["dropdown"])
    page.get_by_role("button", name="Mark all as read").click()
    page.wait_for_function(
        "() => document.querySelector('[data-din-live]').textContent.startsWith('All notif')"
    )

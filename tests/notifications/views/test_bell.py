"""The bell in a real browser, under a policy that allows nothing inline."""

import os
from pathlib import Path

import pytest
from django.test import Client

from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def log_in(live_server, user):
    """Put the user's session into a browser context."""

    def put(context):
        client = Client()
        client.force_login(user)
        context.add_cookies(
            [
                {
                    "name": "sessionid",
                    "value": client.cookies["sessionid"].value,
                    "url": live_server.url,
                }
            ]
        )

    return put


@pytest.fixture
def site(page, context, live_server, log_in):
    """A page with the bell, seen by the user; any complaint of the browser fails the test."""
    complaints = []
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    log_in(context)
    page.goto(live_server.url)
    yield page
    shoot(page)
    assert not complaints


def shoot(page):
    """Pictures of the last state, when somebody wants to look: SCREENSHOTS=folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        name = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0].split("[")[0]
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture
def bell(site):
    return site.get_by_role("button", name="Notifications")


def badge(site):
    return site.locator("[data-din-badge]")


def test_without_anything_unread_the_badge_is_hidden(site, bell):
    assert bell.get_attribute("aria-label") == "Notifications, none unread"
    assert badge(site).is_hidden()


def test_opening_an_item_marks_it_read_and_leads_on(send, site, bell, live_server):
    send("Registered!", message="Spring Cup", action_url="/elsewhere/")
    site.reload()
    assert badge(site).inner_text() == "1"
    bell.click()
    site.get_by_role("link", name="Registered!").click()
    site.wait_for_url(f"{live_server.url}/elsewhere/")
    assert badge(site).is_hidden()
    assert Notification.objects.get().is_read


def test_the_badge_follows_by_polling_and_says_so(send, site, bell, settings):
    settings.NOTIFICATION_POLL_SECONDS = 1
    site.reload()
    send("New")
    site.get_by_text("You have new notifications").wait_for(state="attached")
    assert badge(site).inner_text() == "1"
    assert bell.get_attribute("aria-label") == "Notifications, 1 unread"


def test_an_unchanged_count_is_answered_with_304(send, site, settings):
    settings.NOTIFICATION_POLL_SECONDS = 1
    site.reload()
    with site.expect_response(lambda response: response.status == 304):
        pass


def test_what_arrived_after_it_was_shown_stays_unread(send, site, bell, context, live_server):
    """Two tabs: the first marks all read without having seen the newest."""
    send("Shown")
    bell.click()
    site.get_by_role("link", name="Shown").wait_for()
    send("Later")
    second = context.new_page()
    second.goto(live_server.url)
    assert badge(second).inner_text() == "2"
    site.get_by_role("button", name="Mark all as read").click()
    site.locator(".din-panel__item--unread").filter(has_text="Later").wait_for()
    assert site.locator(".din-panel__item--unread").count() == 1
    assert badge(site).inner_text() == "1"
    second.wait_for_function("document.querySelector('[data-din-badge]').textContent === '1'")


def test_marking_all_read_honors_the_sites_csrf_settings(send, site, bell, settings):
    settings.CSRF_HEADER_NAME = "HTTP_X_XSRF_TOKEN"
    settings.CSRF_COOKIE_HTTPONLY = True
    notification = send()
    site.reload()
    bell.click()
    site.get_by_role("button", name="Mark all as read").click()
    badge(site).wait_for(state="hidden")
    assert Notification.objects.get(pk=notification.pk).is_read


def test_the_keyboard_is_enough(send, site, bell, live_server):
    for title in ["First", "Second"]:
        send(title, action_url="/elsewhere/")
    site.keyboard.press("Tab")
    site.keyboard.press("Space")
    site.get_by_role("link", name="Second").wait_for()
    assert bell.get_attribute("aria-expanded") == "true"
    site.keyboard.press("Escape")
    assert bell.get_attribute("aria-expanded") == "false"
    assert bell.evaluate("element => element === document.activeElement")
    site.keyboard.press("Enter")
    site.get_by_role("link", name="First").wait_for()
    site.keyboard.press("ArrowDown")
    site.keyboard.press("ArrowDown")
    site.keyboard.press("Enter")
    site.wait_for_url(f"{live_server.url}/elsewhere/")
    assert [n.title for n in Notification.objects.order_by("pk") if n.is_read] == ["First"]


def test_markup_in_the_dropdown_is_text(send, site, bell):
    attack = '<img src=x onerror="document.title=1"><script>document.title=1</script>'
    send(attack, message=attack)
    bell.click()
    assert site.locator(".din-panel__item-title").inner_text() == attack
    assert site.title() == "Home"


def test_a_failing_server_is_said_in_the_dropdown(site, bell, context):
    context.route("**/recent/", lambda route: route.fulfill(status=200, body="no json"))
    bell.click()
    site.get_by_text("Notifications could not be loaded.").wait_for()


def test_on_a_phone_the_dropdown_fits(send, site, bell, settings):
    for n in range(12):
        send(f"Round {n} begins", message="Your match is on table 4. " * 5)
    site.set_viewport_size({"width": 390, "height": 844})
    bell.click()
    site.get_by_role("link", name="Round 11 begins").wait_for()
    box = site.locator("[data-din-panel]").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert not site.evaluate("document.documentElement.scrollWidth > 390")


def test_without_javascript_it_is_a_link(browser, live_server, log_in, user):
    notify(user, "tournament", title="Hello")
    context = browser.new_context(java_script_enabled=False)
    log_in(context)
    page = context.new_page()
    page.goto(live_server.url)
    page.get_by_role("link", name="Notifications, 1 unread").click()
    page.get_by_role("button", name="Mark “Hello” as read").click()
    assert page.locator(".din-item--unread").count() == 0
    page.get_by_role("button", name="Delete “Hello”").click()
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_role("link", name="Hello").is_visible()
    context.close()

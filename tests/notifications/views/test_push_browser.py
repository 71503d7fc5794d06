"""The button of web push in a real browser; only the push service itself is made up."""

import pytest
from django.test import Client

from django_inapp_notifications.channels import push_keys as push
from django_inapp_notifications.models import PushSubscription

pytestmark = pytest.mark.django_db(transaction=True)

# What Chromium would ask its maker's service for.
MADE_UP = """
const made = {
  endpoint: "https://fcm.googleapis.com/fcm/send/abc",
  keys: { p256dh: "KEY", auth: "MDEyMzQ1Njc4OWFiY2RlZg" },
  toJSON: () => ({ endpoint: made.endpoint, keys: made.keys }),
  unsubscribe: async () => { keep(null); return true; },
};
// The browser's own memory: it outlives the page, and whoever is logged in.
function keep(subscription) {
  localStorage.setItem("subscribed", subscription ? "yes" : "");
  return (window.current = subscription);
}
window.current = localStorage.getItem("subscribed") ? made : null;
PushManager.prototype.subscribe = async function (options) {
  window.asked = options.applicationServerKey.length;
  return keep(made);
};
PushManager.prototype.getSubscription = async () => window.current;
"""


def log_in(context, live_server, user):
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return client


@pytest.fixture
def open_preferences(browser, live_server, user, settings, monkeypatch):
    settings.NOTIFICATION_CHANNELS = [
        "django_inapp_notifications.channels.in_app.InAppChannel",
        "django_inapp_notifications.channels.push.PushChannel",
    ]
    settings.NOTIFICATION_VAPID_PRIVATE_KEY = push.new_private_key()
    settings.NOTIFICATION_VAPID_SUBJECT = "mailto:web@example.com"
    monkeypatch.setattr(push, "check_address", lambda address: address)  # asks no name server
    context = browser.new_context()
    log_in(context, live_server, user)
    context.grant_permissions(["notifications"], origin=live_server.url)
    context.add_init_script(MADE_UP.replace("KEY", push.public_key()))
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text))
    page.goto(f"{live_server.url}/notifications/preferences/")
    yield page
    context.close()


def test_a_browser_subscribes_and_leaves_by_one_button(open_preferences, user):
    page = open_preferences
    button = page.locator("[data-din-push] button")
    button.click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    assert page.evaluate("window.asked") == 65
    assert PushSubscription.objects.get().user == user
    assert button.text_content() == "Turn off notifications in this browser"
    assert button.get_attribute("aria-pressed") == "true"
    button.click()
    page.get_by_text("Notifications are off in this browser.").wait_for()
    assert not PushSubscription.objects.exists()
    assert not [text for text in page.said if "Content Security Policy" in text]


def test_after_a_log_out_the_page_says_what_the_server_knows(open_preferences, user, live_server):
    page = open_preferences
    button = page.locator("[data-din-push] button")
    button.click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    client = Client()
    for cookie in page.context.cookies():
        client.cookies[cookie["name"]] = cookie["value"]
    client.logout()
    assert not PushSubscription.objects.exists()
    log_in(page.context, live_server, user)
    page.reload()
    page.get_by_role("button", name="Turn on notifications in this browser").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    assert PushSubscription.objects.get().user == user


def test_another_users_subscription_is_not_shown_as_ones_own(
    open_preferences, other_user, live_server
):
    page = open_preferences
    page.locator("[data-din-push] button").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    log_in(page.context, live_server, other_user)
    page.reload()
    button = page.get_by_role("button", name="Turn on notifications in this browser")
    button.wait_for()
    assert not PushSubscription.objects.filter(user=other_user).exists()
    button.click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    assert PushSubscription.objects.get().user == other_user


def test_ones_own_subscription_is_still_on_after_a_reload(open_preferences):
    page = open_preferences
    page.locator("[data-din-push] button").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    page.reload()
    page.get_by_role("button", name="Turn off notifications in this browser").wait_for()


@pytest.mark.parametrize(
    "options",
    [
        {"CSRF_HEADER_NAME": "HTTP_X_XSRF_TOKEN"},
        {"CSRF_COOKIE_HTTPONLY": True, "CSRF_COOKIE_NAME": "xsrf"},
        {"CSRF_USE_SESSIONS": True},
    ],
)
def test_the_sites_csrf_settings_are_honored(open_preferences, settings, options):
    page = open_preferences
    for name, value in options.items():
        setattr(settings, name, value)
    page.reload()
    page.locator("[data-din-push] button").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()


def test_what_the_server_refuses_is_said_and_undone(open_preferences, settings):
    page = open_preferences
    settings.NOTIFICATION_PUSH_HOSTS = []
    page.locator("[data-din-push] button").click()
    page.get_by_text("Something went wrong.").wait_for()
    assert page.evaluate("window.current") is None
    assert not PushSubscription.objects.exists()


def test_the_worker_shows_what_is_pushed_as_text(open_preferences):
    page = open_preferences
    page.locator("[data-din-push] button").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    page.wait_for_function(
        """() => navigator.serviceWorker.getRegistration("/notifications/push/")
          .then((registration) => registration.active?.state === "activated")"""
    )
    session = page.context.new_cdp_session(page)
    found = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.append(event))
    session.send("ServiceWorker.enable")
    page.wait_for_function("() => true")  # lets what was reported arrive
    registrations = [each for event in found for each in event["registrations"]]
    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": page.url.split("/notifications")[0],
            "registrationId": registrations[0]["registrationId"],
            "data": '{"title": "<b>Table 4</b>", "text": "Now", "url": "/", "tag": "k"}',
        },
    )
    notes = page.evaluate(
        """async () => {
          const [registration] = await navigator.serviceWorker.getRegistrations();
          for (let n = 0; n < 100; n++) {
            const notes = await registration.getNotifications();
            if (notes.length) return notes.map((each) => [each.title, each.body, each.tag]);
            await new Promise((done) => setTimeout(done, 50));
          }
          return [];
        }"""
    )
    assert notes == [["<b>Table 4</b>", "Now", "k"]]


@pytest.fixture
def worker(open_preferences):
    """The service worker, once it is active."""
    page = open_preferences
    page.locator("[data-din-push] button").click()
    page.get_by_text("Notifications are on in this browser.").wait_for()
    page.evaluate("() => navigator.serviceWorker.getRegistration('/notifications/push/')")
    (worker,) = page.context.service_workers
    return worker


def test_a_click_opens_another_host_name_of_the_site(worker):
    """The server has checked it; an address of another scheme opens nothing."""
    opened = worker.evaluate(
        """async () => {
          const opened = [];
          self.clients.openWindow = async (address) => opened.push(address);
          const addresses = ["https://shop.example/x", "/notifications/1/", "javascript:alert(1)"];
          for (const url of addresses) {
            await self.registration.showNotification("x", { tag: url, data: { url } });
            const [notification] = await self.registration.getNotifications({ tag: url });
            self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
          }
          return opened;
        }"""
    )
    origin = worker.url.split("/notifications")[0]
    assert opened == ["https://shop.example/x", f"{origin}/notifications/1/"]


def test_a_replaced_address_is_reported_by_the_worker(worker, user):
    """Only the push service is made up, which replaces the address."""
    keys = {"p256dh": push.public_key(), "auth": "MDEyMzQ1Njc4OWFiY2RlZg"}
    worker.evaluate(
        """async (keys) => {
          const at = (name) => ({
            options: {},
            toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/" + name, keys }),
          });
          self.registration.pushManager.subscribe = async () => at("def");
          const event = new ExtendableEvent("pushsubscriptionchange");
          const waited = new Promise((done) => { event.waitUntil = (work) => done(work); });
          const subscriptions = { oldSubscription: at("abc"), newSubscription: null };
          self.dispatchEvent(Object.assign(event, subscriptions));
          await waited;
        }""",
        keys,
    )
    row = PushSubscription.objects.get()
    assert (row.user, row.endpoint) == (user, "https://fcm.googleapis.com/fcm/send/def")

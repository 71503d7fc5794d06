"""Who gets what answer from which address. An address that is missing here fails."""

import pytest
from django.test import Client
from django.urls import reverse

from django_inapp_notifications import urls
from django_inapp_notifications.channels.unsubscribe_links import unsubscribe_path
from django_inapp_notifications.models import Notification

LOGIN = 302  # to the log-in page
# By name of the address: method, then the answers to an anonymous visitor, the owner, another
# user, and another user who is staff.
ANSWERS = {
    "list": ("get", LOGIN, 200, 200, 200),
    "recent": ("get", 401, 200, 200, 200),
    "unread_count": ("get", 401, 200, 200, 200),
    "mark_all_as_read": ("post", LOGIN, 302, 302, 302),
    "bulk": ("post", LOGIN, 302, 302, 302),
    "preferences": ("get", LOGIN, 200, 200, 200),
    "push_status": ("post", 401, 200, 200, 200),
    "push_subscribe": ("post", 401, 400, 400, 400),
    "push_unsubscribe": ("post", 401, 200, 200, 200),
    "push_renew": ("post", 404, 404, 404, 404),
    "push_worker": ("get", 200, 200, 200, 200),
    "previews": ("get", LOGIN, 404, 404, 200),
    "preview": ("get", LOGIN, 404, 404, 200),
    "preview_mail": ("get", LOGIN, 404, 404, 200),
    "unsubscribe": ("get", 200, 200, 200, 200),
    "confirm_unsubscribe": ("post", 200, 200, 200, 200),
    "detail": ("get", LOGIN, 200, 404, 404),
    "mark_as_read": ("post", LOGIN, 302, 404, 404),
    "mark_as_unread": ("post", LOGIN, 302, 404, 404),
    "archive": ("post", LOGIN, 302, 404, 404),
    "snooze": ("post", LOGIN, 302, 404, 404),
    "unsnooze": ("post", LOGIN, 302, 404, 404),
    "pin": ("post", LOGIN, 302, 404, 404),
    "unpin": ("post", LOGIN, 302, 404, 404),
    "delete": ("post", LOGIN, 302, 404, 404),
    "restore": ("post", LOGIN, 302, 404, 404),
}
VISITORS = ["anonymous", "owner", "other", "staff"]
BODIES = {"bulk": {"action": "read", "ids": ["1"]}}
# They know nobody: the address itself is the permission.
OPEN = {"unsubscribe", "confirm_unsubscribe", "push_renew", "push_worker"}


@pytest.fixture
def everything_on(settings):
    settings.NOTIFICATION_CHANNELS = [
        *settings.NOTIFICATION_CHANNELS,
        "django_inapp_notifications.channels.push.PushChannel",
    ]


@pytest.fixture
def visitors(user, make_user):
    """A browser for each kind of visitor."""
    users = {"owner": user, "other": make_user("eve")}
    users["staff"] = make_user("sam", is_staff=True, is_superuser=True)
    clients = {"anonymous": Client()}
    for name, recipient in users.items():
        clients[name] = Client()
        clients[name].force_login(recipient)
    return clients


def address(name, notification):
    if name in ("unsubscribe", "confirm_unsubscribe"):
        token = unsubscribe_path(notification.recipient, "mail", "email").split("/")[-2]
        given = {"token": token}
    else:
        given = {"pk": notification.pk, "slug": "match"}
    (pattern,) = (each for each in urls.urlpatterns if each.name == name)
    kwargs = {key: given[key] for key in pattern.pattern.converters}
    return reverse(f"django_inapp_notifications:{name}", kwargs=kwargs)


def test_every_address_is_in_the_table():
    assert {pattern.name for pattern in urls.urlpatterns} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_each_visitor_gets_the_answer_of_the_table(name, visitors, send, everything_on):
    notification = send()
    method, *expected = ANSWERS[name]
    answers = []
    for visitor in VISITORS:
        call = getattr(visitors[visitor], method)
        answers.append(call(address(name, notification), BODIES.get(name, {})))
    assert [answer.status_code for answer in answers] == expected
    if expected[0] == LOGIN:
        assert answers[0]["Location"].startswith("/admin/login/?next=")


# A GET of the address of a form that was sent shows the form again, and changes nothing.
SHOWN_AGAIN = {"confirm_unsubscribe"}


@pytest.mark.parametrize(
    "name", [name for name, row in ANSWERS.items() if row[0] == "post" and name not in SHOWN_AGAIN]
)
def test_what_changes_something_is_no_get(name, visitors, send, everything_on):
    assert visitors["owner"].get(address(name, send())).status_code == 405


# A service worker has no token. The secret of the address that it replaces is the proof instead.
WITHOUT_TOKEN = {"push_renew"}


@pytest.mark.parametrize(
    "name",
    [name for name, row in ANSWERS.items() if row[0] == "post" and name not in WITHOUT_TOKEN],
)
def test_what_changes_something_needs_a_csrf_token(name, user, send, everything_on):
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(address(name, send())).status_code == 403


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - OPEN))
def test_strangers_change_nothing_of_the_owners(name, visitors, send, everything_on):
    notification = send()
    before = Notification.objects.values().get()
    for visitor in ["anonymous", "other", "staff"]:
        body = {"action": "delete", "ids": [notification.pk], "endpoint": "https://x.example/"}
        getattr(visitors[visitor], ANSWERS[name][0])(address(name, notification), body)
    assert Notification.objects.values().get() == before


@pytest.mark.parametrize("name", sorted(set(ANSWERS) - OPEN))
def test_what_is_personal_is_in_no_shared_cache(name, visitors, send, everything_on):
    visitor = visitors["owner" if ANSWERS[name][2] < 400 else "staff"]
    answer = getattr(visitor, ANSWERS[name][0])(address(name, send()))
    assert "private" in answer["Cache-Control"]

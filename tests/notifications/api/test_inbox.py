"""The inbox by the API: the owner's rows, page by page, and what is done with them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from django_inapp_notifications import clock, types
from django_inapp_notifications.models import Notification
from django_inapp_notifications.services import notify
from django_inapp_notifications.types import NotificationType
from tests.notifications.support.api import ApiClient

Send = Callable[..., Notification]


def titles(page: Any) -> list[str]:
    return [each["title"] for each in page.json()["results"]]


def test_the_newest_come_first(api: ApiClient, send: Send) -> None:
    for title in ["one", "two", "three"]:
        send(title)
    assert titles(api.get("/")) == ["three", "two", "one"]


def test_a_row_says_what_there_is_to_know(api: ApiClient, send: Send) -> None:
    row = send("Final", message="<b>Now</b>", action_url="/cups/7/", priority="high")
    [shown] = api.get("/").json()["results"]
    assert shown == {
        "id": row.pk,
        "type": "tournament",
        "type_label": "Tournaments",
        "title": "Final",
        "message": "<b>Now</b>",
        "priority": "high",
        "is_read": False,
        "is_pinned": False,
        "folder": "inbox",
        "group_count": 1,
        "group_names": "",
        "action_url": "/cups/7/",
        "created_at": row.created_at.isoformat().replace("+00:00", "Z"),
        "read_at": None,
        "snoozed_until": None,
        "expires_at": None,
    }


def test_others_rows_are_not_there(other_api: ApiClient, send: Send) -> None:
    send()
    assert titles(other_api.get("/")) == []


def test_cursors_lead_through_all_rows_and_back(api: ApiClient, send: Send) -> None:
    for number in range(7):
        send(str(number))
    first = api.get("/", {"limit": 3})
    second = api.get("/", {"limit": 3, "cursor": first.json()["next"]})
    third = api.get("/", {"limit": 3, "cursor": second.json()["next"]})
    assert [titles(first), titles(second), titles(third)] == [list("654"), list("321"), ["0"]]
    assert first.json()["previous"] is None
    assert third.json()["next"] is None
    back = api.get("/", {"limit": 3, "cursor": third.json()["previous"]})
    assert titles(back) == list("321")


@pytest.mark.slow
def test_rows_of_one_instant_are_each_met_once(api: ApiClient, user: Any) -> None:
    for number in range(2500):
        notify(user, "tournament", title=str(number))
    Notification.objects.update(created_at=clock.now())
    met, cursor = [], ""
    while cursor is not None:
        page = api.get("/", {"limit": 100, "cursor": cursor})
        met += titles(page)
        cursor = page.json()["next"]
        notify(user, "tournament", title="late")
    assert met == [str(number) for number in reversed(range(2500))]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("all", ["b", "a"]), ("unread", ["b"]), ("read", ["a"]), ("archived", ["c"])],
)
def test_it_is_filtered_by_status(
    api: ApiClient, send: Send, status: str, expected: list[str]
) -> None:
    rows = {title: send(title).pk for title in "abc"}
    api.post(f"/{rows['a']}/read/")
    api.post(f"/{rows['c']}/archive/")
    assert titles(api.get("/", {"status": status})) == expected


def test_it_is_filtered_by_type_priority_and_words(api: ApiClient, send: Send) -> None:
    send("Cup", priority="high")
    send("Lesson", notification_type="coaching")
    assert titles(api.get("/", {"type": "coaching"})) == ["Lesson"]
    assert titles(api.get("/", {"priority": "high"})) == ["Cup"]
    assert titles(api.get("/", {"q": "less"})) == ["Lesson"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "null"},
        {"limit": "²"},
        {"status": "lost"},
        {"type": "no-such-type"},
        {"priority": "9"},
        {"cursor": "bm9uc2Vuc2U"},
        {"cursor": "é\0"},
    ],
)
def test_a_value_that_means_nothing_is_refused(api: ApiClient, query: dict[str, str]) -> None:
    answer = api.get("/", query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] in query


def test_unknown_parameters_are_ignored(api: ApiClient, send: Send) -> None:
    send("one")
    assert titles(api.get("/", {"utm_source": "mail"})) == ["one"]


def test_a_pinned_one_stands_above_the_first_page(api: ApiClient, send: Send) -> None:
    pinned, _other = send("pinned"), send("other")
    assert api.post(f"/{pinned.pk}/pin/").json()["is_pinned"]
    page = api.get("/").json()
    assert [each["title"] for each in page["pinned"]] == ["pinned"]
    assert [each["title"] for each in page["results"]] == ["other"]
    assert not api.post(f"/{pinned.pk}/unpin/").json()["is_pinned"]


def test_it_is_read_and_unread_again(api: ApiClient, send: Send) -> None:
    row = send()
    assert api.post(f"/{row.pk}/read/").json()["is_read"]
    assert api.post(f"/{row.pk}/read/").json()["is_read"]
    assert not api.post(f"/{row.pk}/unread/").json()["is_read"]


def test_looking_at_one_does_not_read_it(api: ApiClient, send: Send) -> None:
    row = send()
    assert not api.get(f"/{row.pk}/").json()["is_read"]
    assert not api.get(f"/{row.pk}/").json()["is_read"]


def test_what_is_deleted_can_be_restored(api: ApiClient, send: Send) -> None:
    row = send("back")
    assert api.delete(f"/{row.pk}/").status_code == 204
    assert titles(api.get("/")) == []
    assert api.post(f"/{row.pk}/restore/").json()["folder"] == "inbox"
    assert titles(api.get("/")) == ["back"]


def test_it_is_snoozed_until_a_moment_or_for_a_length(api: ApiClient, send: Send) -> None:
    row, until = send(), clock.now() + timedelta(hours=5)
    shown = api.post(f"/{row.pk}/snooze/", {"until": until.isoformat()}).json()
    assert shown["snoozed_until"] == until.isoformat().replace("+00:00", "Z")
    shown = api.post(f"/{row.pk}/snooze/", {"length": "week"}).json()
    assert shown["snoozed_until"] > until.isoformat()
    assert api.post(f"/{row.pk}/snooze/").status_code == 200
    assert titles(api.get("/")) == []
    assert api.post(f"/{row.pk}/unsnooze/").json()["snoozed_until"] is None
    assert titles(api.get("/")) == [row.title]


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2001-01-01T00:00:00Z"},
        {"until": "tomorrow"},
        {"length": "year"},
        {"length": "day", "until": "2999-01-01T00:00:00Z"},
        [],
    ],
)
def test_a_snooze_of_nonsense_is_refused(api: ApiClient, send: Send, body: Any) -> None:
    assert api.post(f"/{send().pk}/snooze/", body).status_code == 400


def test_mark_all_reads_what_was_shown_and_no_more(api: ApiClient, send: Send) -> None:
    send("shown")
    marker = api.get("/").json()["marker"]
    send("later")
    assert api.post("/mark-all-read/", {"marker": marker}).json()["count"] == 1
    assert titles(api.get("/", {"status": "unread"})) == ["later"]


@pytest.mark.parametrize("marker", ["", "nonsense", "7", "-", "1-x", "9" * 30 + "-", None])
def test_a_marker_of_no_page_is_refused(api: ApiClient, send: Send, marker: Any) -> None:
    send()
    assert api.post("/mark-all-read/", {"marker": marker}).status_code == 400
    assert api.get("/unread-count/").json()["count"] == 1


def test_the_badge_is_not_sent_twice(api: ApiClient, send: Send) -> None:
    send()
    first = api.get("/unread-count/")
    assert first.json()["count"] == 1
    assert api.get("/unread-count/", **{"If-None-Match": first["ETag"]}).status_code == 304
    send()
    assert api.get("/unread-count/", **{"If-None-Match": first["ETag"]}).json()["count"] == 2


def test_what_access_was_lost_to_is_not_there(api: ApiClient, user: Any) -> None:
    types.register(NotificationType("secret", label="Secret", access=lambda user, rows: []))
    row = Notification.create_notification(user, "Hidden", notification_type="secret")
    assert api.get(f"/{row.pk}/").status_code == 404
    assert titles(api.get("/")) == []


def test_a_page_costs_three_queries_at_most(
    api: ApiClient, send: Send, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        send(str(number))
    api.get("/")
    with django_assert_max_num_queries(3 + 2):  # and session and user
        api.get("/", {"limit": 20})


def test_a_poll_without_news_costs_two_queries_at_most(
    api: ApiClient, send: Send, django_assert_max_num_queries: Any
) -> None:
    send()
    etag = api.get("/unread-count/")["ETag"]
    with django_assert_max_num_queries(2 + 2):  # and session and user
        assert api.get("/unread-count/", **{"If-None-Match": etag}).status_code == 304


@override_settings(NOTIFICATION_API_LIMIT=2)
def test_too_many_requests_are_told_how_long_to_wait(api: ApiClient) -> None:
    # Of five within two minutes, at most two of each are answered.
    answers = [api.get("/unread-count/") for _number in range(5)]
    assert answers[0].status_code == 200
    refused = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused.json()["code"] == "throttled"

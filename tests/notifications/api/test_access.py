"""Who gets what from each route: strangers nothing, others a 404, staff no more than others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_inapp_notifications.models import Notification
from tests.notifications.support.api import DOCUMENT, ROOT, ApiClient, operation

Send = Callable[..., Notification]

ROUTES = [
    (method, path) for path, methods in sorted(DOCUMENT["paths"].items()) for method in methods
]
WITH_ID = [(method, path) for method, path in ROUTES if "{id}" in path]


def call(client: ApiClient, method: str, path: str, pk: Any = 1) -> Any:
    return getattr(client, method)(path.replace("{id}", str(pk)))


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_stranger_gets_nothing(method: str, path: str) -> None:
    answer = call(ApiClient(), method, path)
    assert answer.status_code == 403  # the site's first authentication class is the session's
    assert answer.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(("method", "path"), WITH_ID)
@pytest.mark.parametrize("is_staff", [False, True])
def test_anothers_is_not_found(
    method: str, path: str, is_staff: bool, other_api: ApiClient, other_user: Any, send: Send
) -> None:
    other_user.is_staff = other_user.is_superuser = is_staff
    other_user.save()
    row = send("Secret")
    before = Notification.objects.filter(pk=row.pk).values().get()
    theirs, none = call(other_api, method, path, row.pk), call(other_api, method, path, 10**9)
    assert theirs.status_code == none.status_code == 404
    assert theirs.content == none.content
    assert Notification.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("pk", ["abc", "-1", "1.0", "9" * 30, "٣", "0x1"])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_what_is_no_id_is_not_found(method: str, path: str, pk: str, api: ApiClient) -> None:
    assert call(api, method, path, pk).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path in ROUTES if method != "get"]
)
def test_a_session_without_a_csrf_token_changes_nothing(
    method: str, path: str, user: Any, send: Send
) -> None:
    row, client = send(), Client(enforce_csrf_checks=True)
    client.force_login(user)
    before = Notification.objects.filter(pk=row.pk).values().get()
    assert call(ApiClient(client), method, path, row.pk).status_code == 403
    assert Notification.objects.filter(pk=row.pk).values().get() == before


def test_a_form_is_no_json(own_client: Client) -> None:
    assert operation("post", "/mark-all-read/")["responses"]["415"]
    answer = own_client.post(f"{ROOT}/mark-all-read/", {"marker": "x"})
    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


def test_broken_json_is_a_problem(own_client: Client) -> None:
    answer = own_client.post(f"{ROOT}/mark-all-read/", "{", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_answers_are_of_one_user(api: ApiClient) -> None:
    assert api.get("/")["Cache-Control"] == "private, no-cache"

"""Bodies that are no request: they are refused, and cost little."""

from typing import Any

import pytest
from django.test import Client

URL = "/api/v1/notifications/mark-all-read/"


def post(client: Client, body: bytes, **headers: str) -> Any:
    return client.post(URL, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 100_000])
def test_json_nested_without_end_is_refused(own_client: Client, nested: bytes) -> None:
    answer = post(own_client, nested)
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("checks_csrf", [False, True])
def test_a_large_body_is_refused_unread(
    own_client: Client, settings: Any, checks_csrf: bool
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    own_client.handler.enforce_csrf_checks = checks_csrf
    own_client.cookies["csrftoken"] = token = "x" * 32
    answer = post(own_client, b'"' + b"x" * 1000 + b'"', **{"X-CSRFToken": token})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer["Content-Type"] == "application/problem+json"

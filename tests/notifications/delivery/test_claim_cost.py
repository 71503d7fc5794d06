"""On PostgreSQL, a claim costs the same however much waits, whatever the statistics say."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from django_inapp_notifications.delivery.deliver import deliver_due
from django_inapp_notifications.models import Delivery, Digest, Message, Notification, Status
from django_inapp_notifications.services import notify

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

WAITING, RECIPIENTS, LIMIT = 12_000, 1_200, 50


@pytest.fixture(autouse=True)
def sweep_only(settings: Any) -> None:
    settings.NOTIFICATION_DISPATCHER = "none"


def analyze() -> None:
    with connection.cursor() as cursor:
        for model in (Delivery, Digest, Notification):
            cursor.execute(f"ANALYZE {model._meta.db_table}")


@pytest.fixture(params=["never", "when it was empty", "before the newest"])
def backlog(request: Any, other_user: Any) -> None:
    """Mail that is due for longer than what is written next; statistics are old, or none."""
    if request.param == "when it was empty":
        analyze()
    message = Message.objects.create(type="mail", title="x")
    rows = [
        Notification(recipient=other_user, message=message, type="mail") for _ in range(WAITING)
    ]
    rows = Notification.objects.bulk_create(rows, batch_size=5000)
    waiting = (Delivery(notification=row, recipient=other_user, channel="email") for row in rows)
    Delivery.objects.bulk_create(waiting, batch_size=5000)
    if request.param == "before the newest":
        analyze()


@pytest.fixture
def message(backlog: None) -> Message:
    """A message by mail to many users, just written in bulk."""
    users = [get_user_model()(username=f"u{n}", email="x@example.com") for n in range(RECIPIENTS)]
    get_user_model().objects.bulk_create(users)
    return notify(
        get_user_model().objects.filter(username__startswith="u"), "mail", title="y"
    ).message


@contextmanager
def plans(of: Callable[[str], bool]) -> Iterator[list[Any]]:
    """The plans of these statements, each run once more beforehand and undone."""
    found: list[Any] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if of(sql) and not sql.startswith("EXPLAIN"):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                (answer,) = cursor.fetchone()
                transaction.set_rollback(True)
            found.append((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def claims(sql: str) -> bool:
    """The two statements of a claim: the candidates, and their lease."""
    return Delivery._meta.db_table in sql and ("FOR UPDATE" in sql or 'SET "lease"' in sql)


def nodes(plan: Any) -> Iterator[Any]:
    yield plan
    for each in plan.get("Plans", []):
        yield from nodes(each)


def rows_looked_at(plan: Any) -> float:
    """Of all scans, those too that a filter dropped."""
    removed = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return sum(
        (node["Actual Rows"] + sum(node.get(name, 0) for name in removed)) * node["Actual Loops"]
        for node in nodes(plan)
        if "Scan" in node["Node Type"]
    )


def check(found: list[Any], most: int) -> None:
    assert len(found) >= 2
    for plan in found:
        assert rows_looked_at(plan) <= most, json.dumps(plan, indent=1)


def test_a_claim_for_one_message_looks_at_its_own_rows(message: Message) -> None:
    with plans(claims) as found:
        assert deliver_due(LIMIT, message_id=message.pk) == LIMIT
    check(found, 3 * 1000)  # it names so many notifications in one statement
    sent = Delivery.objects.filter(status=Status.SENT)
    assert set(sent.values_list("notification__message", flat=True)) == {message.pk}


def test_a_sweep_looks_at_what_it_takes(message: Message) -> None:
    with plans(claims) as found:
        assert deliver_due(LIMIT) == LIMIT
    check(found, 5 * LIMIT)
    assert "din_delivery_due" in str(found[0])

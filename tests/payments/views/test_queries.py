"""What a request costs in queries, so that it does not grow unseen. History: test_history.py."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_stripe_payments import signals
from django_stripe_payments.models import Fact, Payment, SigningSecret, WebhookEvent

pytestmark = pytest.mark.django_db


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Return what is asked of tables; savepoints stand for the transactions of a real site."""
    return [
        query["sql"]
        for query in queries.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
        # That a secret is in use is noted once a minute.
        and SigningSecret._meta.db_table not in query["sql"]
    ]


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> dict[str, Any]:
    """The event that says that ``payment`` was paid."""
    stripe_sandbox.confirm(payment.stripe_id)
    event: dict[str, Any] = stripe_sandbox.events("payment_intent.succeeded")[0]
    return event


def test_the_webhook_of_a_known_payment_that_nobody_listens_to(
    payment: Payment, paid: dict[str, Any], deliver: Callable[..., Any]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert deliver(paid).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert len(statements(queries)) <= 6, "\n".join(statements(queries))


@pytest.mark.parametrize(("receivers", "allowed"), [(1, 9), (3, 13)])
def test_the_webhook_of_a_known_payment_by_its_receivers(
    paid: dict[str, Any],
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    receivers: int,
    allowed: int,
) -> None:
    for number in range(receivers):
        connect(signals.payment_succeeded, lambda **named: None, dispatch_uid=f"receiver {number}")
    with CaptureQueriesContext(connection) as queries:
        assert deliver(paid).status_code == 200
    # MariaDB locks a fact before the mark that refers to it.
    allowed += receivers * (not connection.features.can_defer_constraint_checks)
    assert len(statements(queries)) <= allowed, "\n".join(statements(queries))


class Commits:
    """Counts the transactions that write, those of a single statement among them."""

    def __init__(self) -> None:
        self.number = 0
        self._open: object = None

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")) and SigningSecret._meta.db_table not in sql:
            # A block that is open is one object for as long as its transaction lasts.
            block = connection.atomic_blocks[0] if connection.in_atomic_block else None
            self.number += block is None or block is not self._open
            self._open = block
        return execute(sql, params, many, context)


def note_in_the_log(payment: Payment, **named: Any) -> None:
    LogEntry.objects.create(user=payment.user, action_flag=CHANGE, object_repr="told")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("receivers", "commits"), [(0, 2), (1, 3), (3, 5)])
def test_the_event_its_news_and_each_receiver_is_one_commit(
    paid: dict[str, Any],
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    receivers: int,
    commits: int,
) -> None:
    for number in range(receivers):
        connect(signals.payment_succeeded, note_in_the_log, dispatch_uid=f"receiver {number}")
    counted = Commits()
    with connection.execute_wrapper(counted):
        assert deliver(paid).status_code == 200
    assert counted.number == commits
    assert not Fact.objects.filter(kind="payment_succeeded", announced_at=None).exists()
    assert WebhookEvent.objects.get().finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_event_without_news_does_not_pay_for_the_receivers_of_others(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    connect(signals.payment_succeeded, note_in_the_log)
    counted = Commits()
    with connection.execute_wrapper(counted):
        assert deliver(stripe_sandbox.events("payment_intent.created")[0]).status_code == 200
    assert counted.number == 2
    assert WebhookEvent.objects.get().finished_at is not None


def test_its_duplicate(paid: dict[str, Any], deliver: Callable[..., Any]) -> None:
    deliver(paid)
    with CaptureQueriesContext(connection) as queries:
        assert deliver(paid).status_code == 200
    assert len(statements(queries)) <= 2

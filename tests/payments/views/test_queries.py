"""What a request costs in queries, so that it does not grow unseen. History: test_history.py."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_stripe_payments import signals
from django_stripe_payments.models import Payment, SigningSecret

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


@pytest.mark.parametrize(("receivers", "allowed"), [(1, 12), (3, 16)])
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
    assert len(statements(queries)) <= allowed, "\n".join(statements(queries))


def test_its_duplicate(paid: dict[str, Any], deliver: Callable[..., Any]) -> None:
    deliver(paid)
    with CaptureQueriesContext(connection) as queries:
        assert deliver(paid).status_code == 200
    assert len(statements(queries)) <= 2

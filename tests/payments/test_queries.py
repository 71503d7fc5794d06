"""What a request costs in queries, so that it does not grow unseen. History: test_history.py."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from django_stripe_payments.models import Payment

pytestmark = pytest.mark.django_db


def statements(queries: CaptureQueriesContext) -> list[str]:
    """Return what is asked of tables; savepoints stand for the transactions of a real site."""
    return [
        query["sql"]
        for query in queries.captured_queries
        if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))
    ]


def test_the_webhook_of_a_known_payment_that_nobody_listens_to(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    event = stripe_sandbox.events("payment_intent.succeeded")[0]
    with CaptureQueriesContext(connection) as queries:
        assert deliver(event).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert len(statements(queries)) <= 8, "\n".join(statements(queries))


def test_its_duplicate(payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]) -> None:
    stripe_sandbox.confirm(payment.stripe_id)
    event = stripe_sandbox.events("payment_intent.succeeded")[0]
    deliver(event)
    with CaptureQueriesContext(connection) as queries:
        assert deliver(event).status_code == 200
    assert len(statements(queries)) <= 2

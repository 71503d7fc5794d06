"""The database's disk is full: nothing is half written, and nothing is lost once there is room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.admin.models import ADDITION, LogEntry
from django.db import OperationalError, connection

from django_stripe_payments import signals
from django_stripe_payments.models import Fact, Payment, WebhookEvent
from tests.payments.support import site

pytestmark = pytest.mark.django_db(transaction=True)

#: More than a database of the tests ever has.
PLENTY = 2**30


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """Leave room for so many pages, or in a database with a server for so many writes.

    SQLite itself fails then. No other database can be given a small disk without the rights of
    root: there, each further write is answered as PostgreSQL answers it.
    """
    if connection.vendor != "sqlite":
        with connection.execute_wrapper(_Full(room)):
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages + room}")
        try:
            yield
        finally:
            cursor.execute(f"PRAGMA max_page_count = {PLENTY}")


class _Full:
    def __init__(self, room: int) -> None:
        self.room = room

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.room -= sql.startswith(("INSERT", "UPDATE"))
        if self.room < 0:
            raise OperationalError("could not extend file: No space left on device")
        return execute(sql, params, many, context)


def leave_rows(payment: Payment, **named: Any) -> None:
    # As long as what a receiver writes; it needs pages of its own.
    LogEntry.objects.create(
        user=payment.user, action_flag=ADDITION, object_repr="paid", change_message="x" * 60_000
    )


@pytest.mark.parametrize("room", [0, 1, 2, 3, 5])
def test_a_full_disk_delays_and_nothing_else(
    room: int,
    payment: Payment,
    stripe_sandbox: Any,
    connect: Callable[..., None],
) -> None:
    connect(signals.payment_succeeded, leave_rows)
    stripe_sandbox.confirm(payment.stripe_id)
    event = stripe_sandbox.events("payment_intent.succeeded")[0]
    body, headers = stripe_sandbox.signed(event)
    with full_disk(room):
        assert site.post(body, headers) == 500
    # Either all of what a receiver did or nothing.
    facts = Fact.objects.filter(kind="payment_succeeded")
    assert facts.filter(announced_at__isnull=False).count() == LogEntry.objects.count() == 0
    WebhookEvent.objects.update(leased_until=None)
    assert site.post(body, headers) == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert LogEntry.objects.count() == 1
    assert facts.get().announced_at is not None
    assert WebhookEvent.objects.get().finished_at is not None

from __future__ import annotations

from typing import Any

import pytest

from django_stripe_payments import audit
from django_stripe_payments.database.chunks import in_chunks
from django_stripe_payments.models import AuditLogEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(db: None, user: Any) -> Any:
    for _ in range(5):
        audit.record("payment.created", user)
    return AuditLogEntry.objects.order_by("-pk")


def test_each_row_comes_once_in_order_of_the_column(entries: Any) -> None:
    keys = sorted(entries.values_list("pk", flat=True))
    chunks = [[row.pk for row in chunk] for chunk in in_chunks(entries, 2)]
    assert chunks == [keys[:2], keys[2:4], keys[4:]]


def test_it_begins_beyond_a_value(entries: Any) -> None:
    keys = sorted(entries.values_list("pk", flat=True))
    assert [row.pk for row in next(in_chunks(entries, 2, after=keys[2]))] == keys[3:]


def test_a_chunk_is_one_query_and_an_empty_one_ends_it(
    entries: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        list(in_chunks(entries, 2))

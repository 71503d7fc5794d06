"""Empty the content of events and calls, and keep that they happened and how they ended."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from .. import clock
from ..database.chunks import in_chunks
from ..models import ApiOperation, ReceiverDelivery, WebhookEvent

#: Rows emptied in one transaction: locks are short, and an interrupted run loses little.
CHUNK = 500

#: A call in one of these has its final answer, and is not repeated.
ANSWERED = (ApiOperation.Status.SUCCEEDED, ApiOperation.Status.FAILED)


def empty_events(keys: list[int]) -> int:
    """Delete the payloads of events by their keys, and the tracebacks of their receivers."""
    ran = ReceiverDelivery.objects.filter(fact__event_id__in=keys, delivered_at__isnull=False)
    empty_tracebacks(ran)
    return WebhookEvent.objects.filter(pk__in=keys, finished_at__isnull=False).update(
        payload={}, last_error="", pruned_at=clock.now()
    )


def empty_tracebacks(deliveries: QuerySet[ReceiverDelivery]) -> None:
    """Delete the tracebacks of failed receivers, which may quote personal data."""
    deliveries.exclude(last_error="").update(last_error="")


def empty_operations(operations: QuerySet[ApiOperation]) -> int:
    """Delete the parameters of calls that were answered."""
    return operations.filter(status__in=ANSWERED).update(params={}, error="", pruned_at=clock.now())


def keys_in_chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the keys of ``rows`` in their order, CHUNK at a time, each once."""
    for chunk in in_chunks(rows.only("pk"), CHUNK):
        yield [row.pk for row in chunk]

"""Empty what was stored of events and calls, and keep that they were, and how they ended."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from .. import clock
from ..models import ApiOperation, ReceiverDelivery, WebhookEvent

#: Rows that are emptied in one transaction: short locks, and a run that is cut loses little.
CHUNK = 500

#: A call in one of these was answered for good, and is not repeated.
ANSWERED = (ApiOperation.Status.SUCCEEDED, ApiOperation.Status.FAILED)


def empty_events(keys: list[int]) -> int:
    """Drop the payloads of events by their keys, and the tracebacks of what they set off."""
    ran = ReceiverDelivery.objects.filter(fact__event_id__in=keys, delivered_at__isnull=False)
    empty_tracebacks(ran)
    return WebhookEvent.objects.filter(pk__in=keys, finished_at__isnull=False).update(
        payload={}, last_error="", pruned_at=clock.now()
    )


def empty_tracebacks(deliveries: QuerySet[ReceiverDelivery]) -> None:
    """Drop what receivers said when they failed; it may quote what they were told."""
    deliveries.exclude(last_error="").update(last_error="")


def empty_operations(operations: QuerySet[ApiOperation]) -> int:
    """Drop the parameters of calls that were answered."""
    return operations.filter(status__in=ANSWERED).update(params={}, error="", pruned_at=clock.now())


def in_chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield the keys of ``rows`` in their order, CHUNK at a time, each once."""
    last = 0
    keys = rows.order_by("pk").values_list("pk", flat=True)
    while chunk := list(keys.filter(pk__gt=last)[:CHUNK]):
        yield chunk
        last = chunk[-1]

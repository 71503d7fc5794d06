"""Numbers per type, channel and day (of UTC), counted from the rows that are there anyway.

Nothing is written to keep them. "Seen", "read" and "clicked" are about the inbox, where a person
did it. Whether a mail was opened is not counted: machines open mail, and nobody can tell.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models.functions import TruncDate
from django.utils import timezone

from .models import Delivery, Notification, Place, Status
from .models.inbox import watermark

__all__ = ["deliveries_by_day", "inbox_by_day", "totals"]


def inbox_by_day(since: date | None = None) -> list[dict[str, Any]]:
    """Created, seen, read, clicked and dismissed notifications per day and type."""
    marks = {
        "seen": models.Q(pk__lte=watermark(models.OuterRef("recipient_id"), "seen_up_to"))
        | models.Q(read_at__isnull=False),
        "read": models.Q(kept_unread=False)
        & (
            models.Q(read_at__isnull=False)
            | models.Q(pk__lte=watermark(models.OuterRef("recipient_id")))
        ),
        "clicked": models.Q(clicked_at__isnull=False),
        "dismissed": models.Q(place__in=[Place.ARCHIVE, Place.DELETED]),
    }
    rows = Notification.objects.filter(created_at__gte=_start(since)).exclude(place=Place.NOWHERE)
    counted = {name: models.Count("pk", filter=condition) for name, condition in marks.items()}
    found = rows.annotate(day=TruncDate("created_at", tzinfo=UTC)).values("day", "type")
    numbers = found.annotate(created=models.Count("pk"), **counted).order_by("day", "type")
    return [dict(row) for row in numbers]


def deliveries_by_day(since: date | None = None) -> list[dict[str, Any]]:
    """Deliveries per day, type, channel and status."""
    rows = Delivery.objects.filter(created_at__gte=_start(since))
    named = rows.annotate(
        day=TruncDate("created_at", tzinfo=UTC), type=models.F("notification__type")
    )
    found = named.values("day", "type", "channel", "status").annotate(count=models.Count("pk"))
    return [dict(row) for row in found.order_by("day", "type", "channel", "status")]


def totals() -> dict[str, Any]:
    """What a health check wants to know: what is due, since when, and what was given up."""
    now = timezone.now()
    due = Delivery.objects.filter(status=Status.PENDING, not_before__lte=now)
    by_status: dict[str, int] = defaultdict(int)
    for status, count in Delivery.objects.values_list("status").annotate(models.Count("pk")):
        by_status[status] = count
    oldest = due.aggregate(oldest=models.Min("not_before"))["oldest"]
    return {
        "due": due.count(),
        "oldest_due_seconds": int((now - oldest).total_seconds()) if oldest else 0,
        "failed": by_status[Status.FAILED],
        "waiting": by_status[Status.PENDING] + by_status[Status.HELD],
    }


def _start(since: date | None) -> datetime:
    day = since or (timezone.now() - timedelta(days=30)).date()
    return datetime.combine(day, datetime.min.time(), UTC)

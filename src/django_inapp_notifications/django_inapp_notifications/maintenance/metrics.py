"""Numbers per type, channel and day (of UTC), counted from the rows that are there.

What the retention job removes is counted first, so that the numbers stay. "Seen", "read",
"clicked" and "dismissed" are about the inbox, where a person did it. Whether a mail was opened is
not counted, because mail programs and scanners open messages automatically.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connections, models
from django.db.models.functions import TruncDate

from .. import clock
from ..models import DailyNumber, Delivery, Folder, Notification, Status
from ..models.inbox import watermark

INBOX_NUMBERS = ("created", "seen", "read", "clicked", "dismissed")

# Day, type, channel ("" for the inbox) and what was counted.
Key = tuple[date, str, str, str]


def inbox_by_day(since: date | None = None) -> list[dict[str, Any]]:
    """Created, seen, read, clicked and dismissed notifications per day and type."""
    found = _inbox(Notification.objects.filter(created_at__gte=_start(since)))
    found += _kept(since, channel="")
    lines: dict[tuple[date, str], dict[str, Any]] = {}
    for (day, kind, _, metric), count in found.items():
        empty = {"day": day, "type": kind, **dict.fromkeys(INBOX_NUMBERS, 0)}
        lines.setdefault((day, kind), empty)[metric] = count
    return [lines[key] for key in sorted(lines)]


def deliveries_by_day(since: date | None = None) -> list[dict[str, Any]]:
    """Deliveries per day, type, channel and status."""
    found = _deliveries(Delivery.objects.filter(created_at__gte=_start(since)))
    found += _kept(since)
    return [
        {"day": day, "type": kind, "channel": channel, "status": status, "count": count}
        for (day, kind, channel, status), count in sorted(found.items())
    ]


def keep_numbers(
    rows: models.QuerySet[Notification], deliveries: models.QuerySet[Delivery] | None
) -> None:
    """Count notifications and their deliveries, in the transaction that removes them."""
    using, found = rows.db, _inbox(rows)
    if deliveries is not None:
        found += _deliveries(deliveries)
    if not found:
        return
    numbers = DailyNumber.objects.using(using)
    numbers.bulk_create([_number(key) for key in sorted(found)], ignore_conflicts=True)
    kept = numbers.filter(day__in={key[0] for key in found}).order_by("pk")
    if connections[using].features.has_select_for_update:
        kept = kept.select_for_update()
    changed = [each for each in kept if found[_key(each)]]
    for each in changed:
        each.count += found[_key(each)]
    numbers.bulk_update(changed, ["count"], batch_size=200)


def totals() -> dict[str, Any]:
    """The numbers of a health check: what is due, for how long, and what failed for good."""
    pending = Delivery.objects.filter(status=Status.PENDING)
    due = pending.filter(not_before__lte=clock.database_now(pending.db))
    # Sent deliveries are nearly all rows, and this number is not needed here.
    asked = Delivery.objects.filter(status__in=[Status.PENDING, Status.HELD, Status.FAILED])
    by_status: dict[str, int] = defaultdict(int)
    by_status.update(asked.values_list("status").annotate(models.Count("pk")))
    oldest = due.aggregate(oldest=models.Min("not_before"))["oldest"]
    return {
        "due": due.count(),
        "oldest_due_seconds": seconds_since(oldest),
        "failed": by_status[Status.FAILED],
        "waiting": by_status[Status.PENDING] + by_status[Status.HELD],
    }


def seconds_since(moment: datetime | None) -> int:
    """Whole seconds since then; 0 for None and for a moment in the future of this clock."""
    return max(0, int((clock.now() - moment).total_seconds())) if moment else 0


def _inbox(rows: models.QuerySet[Notification]) -> Counter[Key]:
    marks = {
        # The row's own columns come first, so that most rows need no look at the watermark.
        "seen": models.Q(read_at__isnull=False)
        | models.Q(pk__lte=watermark(models.OuterRef("recipient_id"), "seen_up_to")),
        "read": models.Q(kept_unread=False)
        & (
            models.Q(read_at__isnull=False)
            | models.Q(pk__lte=watermark(models.OuterRef("recipient_id")))
        ),
        "clicked": models.Q(clicked_at__isnull=False),
        "dismissed": models.Q(folder__in=[Folder.ARCHIVE, Folder.DELETED]) & ~_superseded(),
    }
    counted = {name: models.Count("pk", filter=condition) for name, condition in marks.items()}
    by_day = rows.exclude(folder=Folder.OUTSIDE).annotate(day=TruncDate("created_at", tzinfo=UTC))
    counted = {"created": models.Count("pk"), **counted}
    lines = by_day.order_by().values("day", "type").annotate(**counted)
    found: Counter[Key] = Counter()
    for day, kind, *numbers in lines.values_list("day", "type", *counted):
        found.update(
            {(day, kind, "", metric): n for metric, n in zip(counted, numbers, strict=True)}
        )
    return +found


def _superseded() -> models.Q:
    """A newer one of its group replaced it, so the user did not dismiss it."""
    newer = models.Q(group__head__gt=models.F("pk"))
    return models.Q(folder=Folder.DELETED, group__isnull=False, archived_at=None) & newer


def _deliveries(rows: models.QuerySet[Delivery]) -> Counter[Key]:
    named = rows.order_by().annotate(
        day=TruncDate("created_at", tzinfo=UTC), type=models.F("notification__type")
    )
    lines = named.values_list("day", "type", "channel", "status").annotate(models.Count("pk"))
    return Counter({(day, kind, channel, status): n for day, kind, channel, status, n in lines})


def _kept(since: date | None, channel: str | None = None) -> Counter[Key]:
    """The numbers of removed rows: of the inbox, or by default of all channels."""
    rows: Iterable[DailyNumber] = DailyNumber.objects.filter(day__gte=_start(since).date())
    wanted = [each for each in rows if (each.channel == "") == (channel == "")]
    return Counter({_key(each): each.count for each in wanted})


def _number(key: Key) -> DailyNumber:
    day, kind, channel, metric = key
    return DailyNumber(day=day, type=kind, channel=channel, metric=metric)


def _key(number: DailyNumber) -> Key:
    return number.day, number.type, number.channel, number.metric


def _start(since: date | None) -> datetime:
    day = since or (clock.now() - timedelta(days=30)).date()
    return clock.as_stored(datetime.combine(day, datetime.min.time(), UTC))

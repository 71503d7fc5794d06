"""How far a list at Stripe was read: the creation time of the newest object that was seen.

One hour is read twice, to cover objects of the same second and those that appear in the list a
little late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .. import clock
from ..models import SyncCursor, SyncRun
from ..stripe_api.timestamps import from_timestamp

OVERLAP = timedelta(hours=1)

#: Where a list is read from at first. Stripe lists the events of 30 days.
KEPT = timedelta(days=30)

#: Stored with the counts of a run, for a run that is resumed; it is not a count, and not reported.
NEWEST = "_cursor"


def start(name: str) -> datetime:
    """Return the time since which a list is to be read."""
    cursor = SyncCursor.objects.filter(name=name).first()
    return cursor.created - OVERLAP if cursor else clock.now() - KEPT


def remember(run: SyncRun, name: str, page: list[dict[str, Any]]) -> None:
    """Note the newest object of a page; it is stored with the counts of the page."""
    newest = max((item["created"] for item in page), default=0)
    noted = run.counts.setdefault(NEWEST, {})
    if newest > noted.get(name, 0):
        noted[name] = newest


def move(run: SyncRun, name: str) -> None:
    """Move the cursor to the newest object that the run has seen."""
    newest = run.counts.get(NEWEST, {}).get(name)
    if not newest:
        return
    created = from_timestamp(newest)
    if not SyncCursor.objects.filter(name=name, created__gte=created).exists():
        SyncCursor.objects.update_or_create(name=name, defaults={"created": created})

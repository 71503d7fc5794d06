"""Whether a recipient may still see what a notification is about.

Each type may name a function (NotificationType.access) that is given the recipient and some of
their notifications, and returns those that they may see. It is asked at every sink: list, detail,
dropdown, mail and digest. Counts cannot ask it for each row: a badge may be higher than the list.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from ..models import Notification


def visible(user: Any, notifications: Iterable[Notification]) -> list[Notification]:
    """Those of the notifications that their recipient may still see, in the same order."""
    rows = list(notifications)
    allowed: set[int] = set()
    for kind, group in groupby(sorted(rows, key=lambda row: row.type), key=lambda row: row.kind):
        asked = list(group)
        allowed.update(row.pk for row in (kind.access(user, asked) if kind.access else asked))
    return [row for row in rows if row.pk in allowed]

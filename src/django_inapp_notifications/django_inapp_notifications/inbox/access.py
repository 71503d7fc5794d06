"""Whether a recipient may still see what a notification is about.

Each type may name a function (NotificationType.access) that is given the recipient and some of
their notifications, and returns those that they may still see. It is asked at every sink: list,
detail, dropdown, badge, mail and digest.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from .. import types
from ..models import Notification

#: Reads on the way to a full page. What is hidden may lie in front of what is not.
MAX_READS = 20


def visible(user: Any, notifications: Iterable[Notification]) -> list[Notification]:
    """Those of the notifications that their recipient may still see, in the same order."""
    rows = list(notifications)
    allowed: set[int] = set()
    for kind, group in groupby(sorted(rows, key=lambda row: row.type), key=lambda row: row.kind):
        asked = list(group)
        allowed.update(row.pk for row in (kind.access(user, asked) if kind.access else asked))
    return [row for row in rows if row.pk in allowed]


def restricted_types() -> tuple[str, ...]:
    """The types whose notifications not every recipient may still see."""
    return tuple(sorted(slug for slug, kind in types.type_registry.items() if kind.access))


def fill(
    user: Any, count: int, read: Callable[[int | None], list[Notification]], border: int | None
) -> tuple[list[Notification], int | None]:
    """The next `count` that the user may see, and the id to continue from; None at the end.

    `read` gives the rows beyond an id, or from the start: more than `count` if there are more.
    """
    seen: list[Notification] = []
    for _ in range(MAX_READS):
        rows = read(border)
        if len(rows) <= count:
            seen += visible(user, rows)
            return (seen, None) if len(seen) <= count else (seen[:count], seen[count - 1].pk)
        seen += visible(user, rows[:count])
        if len(seen) > count:
            return seen[:count], seen[count - 1].pk
        border = rows[count - 1].pk
        if len(seen) == count:
            break
    return seen, border

"""What a page showed: the marker that "mark all as read" takes.

Ids are given out when rows are written, but rows are seen when they are committed. A page that
shows id 2 may not have seen id 1, whose transaction was still open. So the watermark of a user
only moves up to an id that is old enough for everything below it to be committed; what is newer,
and what is unread although it is below the watermark, is named one by one.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any

from django.db import models, router
from django.db.models.functions import Cast

from .. import clock
from ..conf import settings
from ..database.statements import Slot, Statement, now_slot, user_slot
from ..models import Notification
from .access import restricted_types
from .badge import Badge, quiet_bell, read_badge

#: No transaction that notifies is open for longer. Rows of one that was are corrected by
#: sending.fanout when it commits.
SETTLED_AFTER = timedelta(hours=1)
#: Rows that a marker names of each kind. With more new ones than this, the older of them count as
#: settled: no transaction stays open while so many are committed for one user.
MAX_NAMED = 100

#: Id, whether it was marked unread, whether it is recent.
Row = tuple[int, bool, bool]


@dataclass(frozen=True)
class Marker:
    """What a page showed to its user, counted rows included; str() is its form in a page."""

    #: Everything up to this id.
    settled: int
    #: And these ids.
    named: tuple[int, ...] = ()

    def __str__(self) -> str:
        steps = [new - old for old, new in zip((0, *self.named), self.named, strict=False)]
        return "-".join(map(str, [self.settled, *steps])) if steps else f"{self.settled}-"

    @classmethod
    def parse(cls, text: str) -> "Marker":
        """Raises ValueError for a text that str() of a marker does not produce."""
        settled, dash, rest = text.partition("-")
        steps = rest.split("-") if rest else []
        well_formed = all(map(is_id, [settled, *steps])) and len(steps) <= 2 * MAX_NAMED
        named = tuple(accumulate(map(int, steps))) if well_formed else ()
        if not (dash and well_formed and all(is_id(str(pk)) for pk in named[-1:])):
            raise ValueError("The marker is not one that a page returned.")
        return cls(int(settled), named)


def is_id(text: str) -> bool:
    """Whether the text can be a notification's id. Eighteen digits fit every database's bigint."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def marker_of(user: Any, using: str = "") -> Marker:
    """The marker of all that the user has unread now. Take it before the rows that a page shows.

    What is committed between the two is shown, and stays unread.
    """
    rows = _read(user, using or router.db_for_read(Notification))
    return _marker([row for row in rows if row[0]])


def badge_and_marker(user: Any) -> tuple[Badge, Marker]:
    """What a page with the button "mark all as read" needs, by one query.

    Where types have access functions, by a few, because the badge has to ask those.
    """
    rows = _read(user, router.db_for_read(Notification))
    unread, limit = [row for row in rows if row[0]], settings.NOTIFICATION_BADGE_CAP + 1
    badge = Badge(min(limit, len(unread)), quiet_bell=len(unread) < len(rows))
    return read_badge(user) if restricted_types() else badge, _marker(unread)


def _marker(unread: list[Row]) -> Marker:
    new = sorted(((pk, is_recent) for pk, kept, is_recent in unread if not kept), reverse=True)
    settled = next((pk for pk, is_recent in new if not is_recent), 0)
    if len(new) > MAX_NAMED:
        settled = max(settled, new[MAX_NAMED][0])
    kept = sorted((pk for pk, kept, _ in unread if kept), reverse=True)[:MAX_NAMED]
    return Marker(settled, tuple(sorted({*kept, *(pk for pk, _ in new if pk > settled)})))


def _read(user: Any, using: str) -> list[Row]:
    limit, now = max(MAX_NAMED, settings.NOTIFICATION_BADGE_CAP) + 1, clock.now()
    values = {"user": getattr(user, "pk", user), "now": now, "horizon": now - SETTLED_AFTER}
    return _statement(using, limit).fetch(using, **values)


@lru_cache(maxsize=8)
def _statement(using: str, limit: int) -> Statement:
    """Id, whether it was marked unread, and whether it is recent, of the newest of both kinds.

    And a row with the id 0 if the user asks for a bell that is still in quiet hours. Joined by
    hand, because SQLite takes no limits in the parts of a QuerySet.union().
    """
    user, boolean = user_slot(), models.BooleanField()
    recent = models.Q(created_at__gt=Slot("horizon", models.DateTimeField()))
    current: Any = Notification.objects.using(using).current(now_slot())
    current = current.annotate(is_recent=models.ExpressionWrapper(recent, boolean))
    zero = Cast(models.Value(0), models.BigIntegerField())
    quiet = quiet_bell(user, using).annotate(zero=zero)
    parts: list[models.QuerySet[Any, Any]] = [
        current.unread_above_watermark(user).values_list("pk", "kept_unread", "is_recent")[:limit],
        current.marked_unread(user).values_list("pk", "kept_unread", "is_recent")[:limit],
        quiet.values_list("zero", "quiet_bell", "quiet_hours"),
    ]
    selects, params = [], []
    for part in parts:
        sql, values = part.query.get_compiler(using).as_sql()
        selects.append(f"SELECT * FROM ({sql}) part")  # noqa: S608, the ORM's own SQL
        params.extend(values)
    return Statement(" UNION ALL ".join(selects), params)

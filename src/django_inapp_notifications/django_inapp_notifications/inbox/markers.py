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

from .. import clock
from ..database.statements import Slot, Statement, now_slot, user_slot
from ..models import Notification

#: No transaction that notifies is open for longer. Rows of one that was are corrected by
#: sending.fanout when it commits.
SETTLED_AFTER = timedelta(hours=1)
#: Rows that a marker names of each kind. With more new ones than this, the older of them count as
#: settled: no transaction stays open while so many are committed for one user.
MAX_NAMED = 100


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
        if not dash or not well_formed:
            raise ValueError("This is no marker of a page.")
        return cls(int(settled), tuple(accumulate(map(int, steps))))


def is_id(text: str) -> bool:
    """Whether the text can be a notification's id. Eighteen digits fit every database's bigint."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def marker_of(user: Any, using: str = "") -> Marker:
    """The marker of all that the user has unread now. Take it before the rows that a page shows.

    What is committed between the two is shown, and stays unread.
    """
    using, now = using or router.db_for_read(Notification), clock.now()
    user_id = getattr(user, "pk", user)
    values = {"user": user_id, "now": now, "horizon": now - SETTLED_AFTER}
    rows = _statement(using).fetch(using, **values)
    new = sorted(((pk, recent) for pk, kept, recent in rows if not kept), reverse=True)
    settled = next((pk for pk, recent in new if not recent), 0)
    if len(new) > MAX_NAMED:
        settled = max(settled, new[MAX_NAMED][0])
    named = {pk for pk, kept, _ in rows if kept or pk > settled}
    return Marker(settled, tuple(sorted(named)))


@lru_cache(maxsize=8)
def _statement(using: str) -> Statement:
    """Id, whether it was marked unread, and whether it is recent, of the newest of both kinds.

    Joined by hand, because SQLite takes no limits in the parts of a QuerySet.union().
    """
    user, recent = user_slot(), models.Q(created_at__gt=Slot("horizon", models.DateTimeField()))
    current = Notification.objects.using(using).current(now_slot())
    above, marked = current.unread_above_watermark(user), current.marked_unread(user)
    selects, params = [], []
    for part in (above[: MAX_NAMED + 1], marked[:MAX_NAMED]):
        columns = part.annotate(
            is_recent=models.ExpressionWrapper(recent, output_field=models.BooleanField())
        ).values_list("pk", "kept_unread", "is_recent")
        sql, values = columns.query.get_compiler(using).as_sql()
        selects.append(f"SELECT * FROM ({sql}) part")  # noqa: S608, the ORM's own SQL
        params.extend(values)
    return Statement(" UNION ALL ".join(selects), params)

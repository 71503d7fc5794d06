"""Pages of a list, found by the row at which they begin: page 10,000 costs what page 1 costs.

Rows are ordered by ``created_at`` and, where that is equal, by their key; both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from .. import clock

M = TypeVar("M", bound=Model)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


# No slots: on Python 3.11, Page[...](...) of a frozen class with slots raises a TypeError.
@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows, newest first, and the cursors of the pages beside them ("" where there is none)."""

    rows: list[M]
    newer: str
    older: str


def page(rows: QuerySet[M], size: int, *, before: str = "", after: str = "") -> Page[M]:
    """Return the newest page, or the one before (older) or after (newer) a cursor.

    One query. A cursor that can't be read counts as none: the link was changed by hand.
    """
    if place := _parse(before, rows.model):
        found = _older(rows, place)[: size + 1]
        return _page(list(found), size, has_newer=True)
    if place := _parse(after, rows.model):
        found = _newer(rows, place)[: size + 1]
        return _page_upwards(list(found), size)
    return _page(list(_newest_first(rows)[: size + 1]), size, has_newer=False)


def is_cursor(text: str, model: type[Model]) -> bool:
    """Whether the text is a cursor of ``page`` for rows of the model."""
    return _parse(text, model) is not None


def walk(rows: QuerySet[M], size: int) -> Iterator[M]:
    """Yield every row, newest first, one query per ``size`` rows and no cursor left open."""
    found = list(_newest_first(rows)[:size])
    while found:
        yield from found
        place = _parse(_cursor(found[-1]), rows.model)
        found = list(_older(rows, place)[:size]) if place and len(found) == size else []


def _page(found: list[M], size: int, *, has_newer: bool) -> Page[M]:
    rows = found[:size]
    return Page(
        rows,
        newer=_cursor(rows[0]) if has_newer and rows else "",
        older=_cursor(rows[-1]) if len(found) > size else "",
    )


def _page_upwards(found: list[M], size: int) -> Page[M]:
    rows = found[:size][::-1]
    return Page(
        rows,
        newer=_cursor(rows[0]) if len(found) > size else "",
        # The cursor's own row is older than all of these.
        older=_cursor(rows[-1]) if rows else "",
    )


def _newest_first(rows: QuerySet[M]) -> QuerySet[M]:
    return rows.order_by("-created_at", "-pk")


def _older(rows: QuerySet[M], place: tuple[datetime, Any]) -> QuerySet[M]:
    time, key = place
    # The first condition is what an index can begin at.
    return _newest_first(rows).filter(
        Q(created_at__lte=time), Q(created_at__lt=time) | Q(pk__lt=key)
    )


def _newer(rows: QuerySet[M], place: tuple[datetime, Any]) -> QuerySet[M]:
    time, key = place
    return rows.order_by("created_at", "pk").filter(
        Q(created_at__gte=time), Q(created_at__gt=time) | Q(pk__gt=key)
    )


def _cursor(row: Any) -> str:
    created: datetime = row.created_at
    if timezone.is_naive(created):
        created = created.replace(tzinfo=UTC)
    return f"{(created - EPOCH) // MICROSECOND}.{row.pk}"


def _parse(cursor: str, model: type[Model]) -> tuple[datetime, Any] | None:
    microseconds, _dot, key = cursor.partition(".")
    try:
        time = EPOCH + int(microseconds) * MICROSECOND
        place = time, model._meta.pk.to_python(key)
    except (ValueError, OverflowError, ValidationError):
        return None
    if timezone.is_naive(clock.now()):
        place = time.replace(tzinfo=None), place[1]
    return place

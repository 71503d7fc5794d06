"""Walk along many rows a chunk at a time: a backlog of a million must not fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


def in_chunks(
    rows: QuerySet[M], size: int, *, by: str = "pk", after: Any = None
) -> Iterator[list[M]]:
    """Yield the rows in the order of a unique column, at most ``size`` at a time, each once.

    One query a chunk, so rows may be changed or deleted between two of them, and a row that is
    left as it is doesn't come again.

    Args:
        rows: what to walk along; its own order does not matter.
        by: the column: one that only grows, if rows that are added meanwhile should come too.
        after: a value of that column; only the rows beyond it are yielded. None for all of them.
    """
    rows = rows.order_by(by)
    while chunk := list((rows if after is None else rows.filter(**{f"{by}__gt": after}))[:size]):
        after = getattr(chunk[-1], by)
        yield chunk

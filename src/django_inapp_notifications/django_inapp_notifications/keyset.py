"""Rows of one user in order of their ids, from an index that begins with the user.

PostgreSQL sees "of this user, newest first, ten of them" and likes to walk the primary key
backwards, filtering: fast on average, and a walk through the whole table for a user who was not
active lately. Compared and ordered as rows, (user, place, id) < (5, inbox, 900), only the index
that is meant can serve.
"""

from typing import Any, TypeVar

from django.db import connections, models
from django.db.models.expressions import Combinable

__all__ = ["in_order"]

HIGHEST = 2**63 - 1

Rows = TypeVar("Rows", bound="models.QuerySet[Any, Any]")


class RowComparison(models.Func):
    """(a, b) < (1, 2), as SQL compares rows: by the first that differs."""

    output_field = models.BooleanField()

    def __init__(self, operator: str, names: list[str], values: list[Any]) -> None:
        left = [models.F(name) for name in names]
        right = [value if hasattr(value, "as_sql") else models.Value(value) for value in values]
        super().__init__(*left, *right)
        self.operator = operator

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **_: Any
    ) -> tuple[str, tuple[Any, ...]]:
        parts: list[str] = []
        params: list[Any] = []
        for expression in self.source_expressions:
            sql, values = compiler.compile(expression)
            parts.append(sql)
            params.extend(values)
        half = len(parts) // 2
        left, right = ", ".join(parts[:half]), ", ".join(parts[half:])
        return f"({left}) {self.operator} ({right})", tuple(params)


def in_order(
    rows: Rows,
    head: dict[str, Any],
    *,
    above: int | Combinable = 0,
    below: int | Combinable = HIGHEST,
    newest_first: bool = True,
) -> Rows:
    """The rows whose `head` columns have these values, with ids between the two, in order of ids.

    There should be an index on the columns of `head`, in their order, and the id.
    """
    sign = "-" if newest_first else ""
    if connections[rows.db].vendor != "postgresql":
        narrowed = rows.filter(**head, pk__gt=above)
        narrowed = narrowed if below is HIGHEST else narrowed.filter(pk__lt=below)
        return narrowed.order_by(f"{sign}pk")
    names, values = [*head, "pk"], list(head.values())
    return rows.filter(
        RowComparison(">", names, [*values, above]),
        RowComparison("<", names, [*values, below]),
    ).order_by(*(f"{sign}{name}" for name in names))

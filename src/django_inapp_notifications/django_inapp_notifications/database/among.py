"""Rows whose ids are in a long list."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connections, models

__all__ = ["among"]

Rows = TypeVar("Rows", bound="models.QuerySet[Any, Any]")


class IsAny(models.Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


def among(rows: Rows, name: str, ids: Sequence[int]) -> Rows:
    """Those of the rows whose column is one of the ids.

    To PostgreSQL they go as one array: thousands of parameters take the driver longer to write
    down than the database to find the rows.
    """
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(IsAny(models.F(name), models.Value(list(ids))))
    return rows.filter(**{f"{name}__in": ids})

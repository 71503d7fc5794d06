"""Queries that are put together once, with slots for the user and the time.

What every page of a site asks takes the ORM longer to put together than the database to answer.
"""

import copy
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models
from django.utils import timezone

__all__ = ["BELOW", "NOW", "USER", "Prepared", "filled", "slot"]

#: What takes its value later.
USER, NOW, BELOW = object(), object(), object()


class Slot(models.Expression):
    """A parameter whose value comes later."""

    def __init__(self, name: object, field: Any) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self.name,)


def slot(name: object) -> Any:
    """The expression that stands for USER, NOW or BELOW while a query is put together."""
    if name is USER:
        return Slot(name, get_user_model()._meta.pk)
    return Slot(name, models.DateTimeField() if name is NOW else models.BigIntegerField())


def filled(params: Any, using: str, user_id: Any, below: int | None = None) -> list[Any]:
    """The parameters of a statement, with the user, this moment and the id in their slots."""
    connection = connections[using]
    given = {
        USER: get_user_model()._meta.pk.get_db_prep_value(user_id, connection),
        NOW: connection.ops.adapt_datetimefield_value(timezone.now()),
        BELOW: below,
    }
    return [given.get(param, param) for param in params]


class Prepared:
    """A QuerySet with slots, compiled; one may serve all threads."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self.rows = rows
        self.compiler: Any = rows.query.get_compiler(rows.db)
        self.sql, self.params = self.compiler.as_sql()

    def fetch(self, user_id: Any, below: int | None = None) -> list[Any]:
        """The instances, as list(rows) would give them."""
        using = self.rows.db
        params = filled(self.params, using, user_id, below)
        compiler, query = copy.copy(self.compiler), copy.copy(self.rows.query)
        compiler.connection = connections[using]
        compiler.as_sql = lambda: (self.sql, params)
        query.get_compiler = lambda **_: compiler  # type: ignore[method-assign]
        return list(type(self.rows)(self.rows.model, query, using))

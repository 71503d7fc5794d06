"""Statements that are put together once, with slots for what differs from one call to the next.

What every page of a site asks, and every notification writes, takes the ORM longer to put together
than the database to answer.
"""

import copy
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models


class Slot(models.Expression):
    """A parameter whose value comes later, by its name."""

    def __init__(self, name: str, field: Any) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


def user_slot() -> Any:
    return Slot("user", get_user_model()._meta.pk)


def now_slot() -> Any:
    return Slot("now", models.DateTimeField())


def id_slot(name: str) -> Any:
    return Slot(name, models.BigIntegerField())


class Statement:
    """Compiled SQL whose slots are filled in at each call."""

    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        # By name, as one value may stand in many places.
        names = [each.name if isinstance(each, Slot) else f"p{n}" for n, each in enumerate(params)]
        named = dict(zip(names, params, strict=True))
        self.slots = {name: each for name, each in named.items() if isinstance(each, Slot)}
        self.fixed = {name: each for name, each in named.items() if name not in self.slots}
        self.sql = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)

    def params(self, using: str, values: dict[str, Any]) -> dict[str, Any]:
        """All parameters, with the values in their slots; those without a slot are left out."""
        connection = connections[using]
        return self.fixed | {
            name: each.output_field.get_db_prep_value(values[name], connection)
            for name, each in self.slots.items()
        }

    def fetch(self, using: str, **values: Any) -> list[Any]:
        """The rows that it finds."""
        with connections[using].cursor() as cursor:
            cursor.execute(self.sql, self.params(using, values))
            return list(cursor.fetchall())

    def write(self, using: str, **values: Any) -> int:
        """The number of rows that it writes."""
        with connections[using].cursor() as cursor:
            cursor.execute(self.sql, self.params(using, values))
            return int(cursor.rowcount)


class Prepared:
    """A QuerySet with slots, compiled; one may serve all threads.

    It replaces methods of a compiler and of a query, which are not a public interface of Django:
    raw() has no select_related(). Reading the newest with a plain QuerySet takes 1.8 times as
    long for the dropdown and 1.4 times for a page. Together with a badge by the ORM, both miss
    their mark of 1.5 times the minimum, at 1.9 and 1.6 (PostgreSQL with fsync on).
    """

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self.rows = rows
        self.compiler: Any = rows.query.get_compiler(rows.db)
        self.statement = Statement(*self.compiler.as_sql())

    def fetch(self, **values: Any) -> list[Any]:
        """The instances, as list(rows) would give them."""
        using = self.rows.db
        params = self.statement.params(using, values)
        compiler, query = copy.copy(self.compiler), copy.copy(self.rows.query)
        compiler.connection = connections[using]
        compiler.as_sql = lambda: (self.statement.sql, params)
        query.get_compiler = lambda **_: compiler  # type: ignore[method-assign]
        return list(type(self.rows)(self.rows.model, query, using))

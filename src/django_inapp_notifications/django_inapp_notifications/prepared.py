"""Queries that are put together once, with slots for the user and the time.

What every page of a site asks takes the ORM longer to put together than the database to answer.
"""

import copy
from collections.abc import Sequence
from enum import Enum
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models
from django.utils import timezone

__all__ = ["Given", "Prepared", "Statement", "slot"]


class Given(Enum):
    """What takes its value later."""

    USER = "user"
    NOW = "now"
    BELOW = "below"


class Slot(models.Expression):
    """A parameter whose value comes later."""

    def __init__(self, given: Given, field: Any) -> None:
        super().__init__(output_field=field)
        self.given = given

    def as_sql(self, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self.given,)


def slot(given: Given) -> Any:
    """The expression that stands for it while a query is put together."""
    if given is Given.USER:
        return Slot(given, get_user_model()._meta.pk)
    return Slot(given, models.DateTimeField() if given is Given.NOW else models.BigIntegerField())


class Statement:
    """Compiled SQL whose slots are filled in at each call."""

    def __init__(self, sql: str, params: Sequence[Any]) -> None:
        # By name, so that the driver writes down once what stands in many places.
        names = [
            each.value if isinstance(each, Given) else f"p{n}" for n, each in enumerate(params)
        ]
        self.fixed = dict(zip(names, params, strict=True))
        self.sql = sql.replace("%%", "%%%%") % tuple(f"%({name})s" for name in names)

    def params(self, using: str, user_id: Any, below: int | None = None) -> dict[str, Any]:
        """The parameters, with the user, this moment and the id in their slots."""
        connection = connections[using]
        return self.fixed | {
            "user": get_user_model()._meta.pk.get_db_prep_value(user_id, connection),
            "now": connection.ops.adapt_datetimefield_value(timezone.now()),
            "below": below,
        }


class Prepared:
    """A QuerySet with slots, compiled; one may serve all threads."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        self.rows = rows
        self.compiler: Any = rows.query.get_compiler(rows.db)
        self.statement = Statement(*self.compiler.as_sql())

    def fetch(self, user_id: Any, below: int | None = None) -> list[Any]:
        """The instances, as list(rows) would give them."""
        using = self.rows.db
        params = self.statement.params(using, user_id, below)
        compiler, query = copy.copy(self.compiler), copy.copy(self.rows.query)
        compiler.connection = connections[using]
        compiler.as_sql = lambda: (self.statement.sql, params)
        query.get_compiler = lambda **_: compiler  # type: ignore[method-assign]
        return list(type(self.rows)(self.rows.model, query, using))

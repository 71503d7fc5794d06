"""Rows by a unique column, by statements that the ORM puts together once.

To put the SELECT of a wide row together takes several times as long as to run it, and every
webhook asks for two of them.
"""

from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models, router

Row = TypeVar("Row", bound=models.Model)


def find(model: type[Row], column: str, value: str) -> Row | None:
    """Return the row whose unique text column has this value, if there is one."""
    using = router.db_for_read(model)
    sql, query, columns = _statement(model, column, using)
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    # Of the connection of this thread, whichever thread was the first to ask.
    compiler = query.get_compiler(connection=connection)
    if converters := compiler.get_converters(columns):
        row = next(iter(compiler.apply_converters([row], converters)))
    return model.from_db(using, [column.target.attname for column in columns], row)


@lru_cache(maxsize=32)
def _statement(model: type[models.Model], column: str, using: str) -> tuple[str, Any, list[Any]]:
    """Return the SQL with a place for the value, its query, and the columns that it selects."""
    query = model._base_manager.using(using).filter(**{column: "value"}).order_by().query
    compiler = query.get_compiler(connection=connections[using])
    sql, _params = compiler.as_sql()
    return sql, query, [selected[0] for selected in compiler.select]

"""Many rows by one statement: INSERT … SELECT, and rows whose ids are in a long list.

The ORM has no words for INSERT … SELECT, by which the database copies rows itself.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, models, router
from django.db.models.constants import OnConflict
from django.db.models.functions import Cast

from .statements import Slot, Statement

Rows = TypeVar("Rows", bound="models.QuerySet[Any, Any]")


class IsAny(models.Func):
    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


def filter_in(rows: Rows, name: str, ids: Sequence[int]) -> Rows:
    """Those of the rows whose column is one of the ids.

    PostgreSQL gets them as one array: writing thousands of parameters takes the driver longer
    than finding the rows takes the database.
    """
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(IsAny(models.F(name), models.Value(list(ids))))
    return rows.filter(**{f"{name}__in": ids})


def constant(model: type[models.Model], name: str, value: Any) -> models.expressions.Combinable:
    """A value with the type of a model's column, because a bare parameter in a SELECT has none."""
    return _typed(model, name, lambda column: models.Value(value, output_field=column))


def parameter(model: type[models.Model], name: str) -> models.expressions.Combinable:
    """The same for a value that comes later, by the name of the column."""
    return _typed(model, name, lambda column: Slot(name, column))


def _typed(
    model: type[models.Model], name: str, made: Callable[[Any], Any]
) -> models.expressions.Combinable:
    column: Any = model._meta.get_field(name)
    while isinstance(column, models.ForeignKey):
        column = column.target_field
    if isinstance(column, models.BigAutoField):
        column = models.BigIntegerField()
    typed: models.Expression = made(column)
    # Elsewhere it needs none, and a cast would change it: SQLite's would cut a time's microseconds.
    needs_type = connections[router.db_for_write(model)].vendor == "postgresql"
    return Cast(typed, output_field=column) if needs_type else typed


def insert_select(
    model: type[models.Model],
    source: models.QuerySet[Any],
    columns: Mapping[str, models.expressions.Combinable],
    *,
    ignore_conflicts: bool = False,
) -> int:
    """Insert a row for each row of `source`, and return their number.

    `columns` maps fields of `model` to expressions over `source`; other fields are left NULL.
    With `ignore_conflicts`, rows whose unique key exists already are skipped.
    """
    try:
        sql, params = _compiled(model, source, columns, ignore_conflicts)
    except EmptyResultSet:  # such as of none(): there is no SQL for it
        return 0
    with connections[source.db].cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def insertion(
    model: type[models.Model],
    source: models.QuerySet[Any],
    columns: Mapping[str, models.expressions.Combinable],
) -> Statement:
    """The same with `ignore_conflicts`, to be executed again and again with other parameters."""
    return Statement(*_compiled(model, source, columns, ignore_conflicts=True))


def _compiled(
    model: type[models.Model],
    source: models.QuerySet[Any],
    columns: Mapping[str, models.expressions.Combinable],
    ignore_conflicts: bool,
) -> tuple[str, tuple[Any, ...]]:
    connection = connections[source.db]
    # Prefixed, because an annotation may not be called like a field of the source.
    aliases = {f"column_{name}": expression for name, expression in columns.items()}
    rows = source.order_by().annotate(**aliases).values_list(*aliases)
    select, params = rows.query.get_compiler(connection=connection).as_sql()
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in columns]
    names = ", ".join(quote(field.column) for field in fields)
    table = quote(model._meta.db_table)
    insert, suffix = _conflict_clauses(connection, model, ignore_conflicts)
    return f"{insert} {table} ({names}) {select} {suffix}", params


def _conflict_clauses(
    connection: Any, model: type[models.Model], ignore_conflicts: bool
) -> tuple[str, str]:
    """How the statement begins and ends."""
    conflict = OnConflict.IGNORE if ignore_conflicts else None
    if conflict and connection.vendor == "mysql":
        # INSERT IGNORE hides other errors too, and takes a shared lock on the row that is there:
        # two who then want to change that row wait for each other.
        key = connection.ops.quote_name(model._meta.pk.column)
        table = connection.ops.quote_name(model._meta.db_table)
        return "INSERT INTO", f"ON DUPLICATE KEY UPDATE {key} = {table}.{key}"
    insert = connection.ops.insert_statement(on_conflict=conflict)
    return insert, connection.ops.on_conflict_suffix_sql([], conflict, [], [])

"""Statements that are put together once: to read, insert and update the rows of a webhook.

To put the SELECT of a wide row together takes the ORM several times as long as the database takes
to run it, and to insert or to update one about as long.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models, router, transaction
from django.db.models.constants import OnConflict

Row = TypeVar("Row", bound=models.Model)


def find(model: type[Row], column: str, value: str) -> Row | None:
    """Return the row whose unique text column has this value, if there is one."""
    using = router.db_for_read(model)
    sql, query, names, converted = _select(model, column, using)
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(sql, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    # Of the connection of this thread, whichever thread was the first to ask.
    compiler = query.get_compiler(connection=connection)
    if converters := compiler.get_converters(converted):
        row = next(iter(compiler.apply_converters([row], converters)))
    return model.from_db(using, names, row)


def insert(*rows: models.Model) -> bool:
    """Insert rows except those whose unique values are taken; return whether all are new.

    If so, they have their keys where the database gives them out: MySQL does not. No signals are
    sent.
    """
    number, keys = _write(rows, OnConflict.IGNORE)
    if number == len(keys) == len(rows):
        for row, key in zip(rows, keys, strict=True):
            row.pk = key
    return number == len(rows)


def append(row: models.Model) -> None:
    """Insert a row that is no duplicate, and send no signals. MySQL does not report its key."""
    _number, keys = _write([row], None)
    row.pk = keys[0] if keys else None


def _write(rows: Sequence[models.Model], on_conflict: OnConflict | None) -> tuple[int, list[Any]]:
    """Insert rows; return how many are new, and their keys where the database gives them out."""
    model = type(rows[0])
    using = router.db_for_write(model)
    connection, fields = connections[using], _inserted(model)
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection=connection)
        for row in rows
        for field in fields
    ]
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_insert(model, len(rows), on_conflict, using), values)
        returns = connection.features.can_return_rows_from_bulk_insert
        keys = [key for (key,) in cursor.fetchall()] if returns else []
        number = len(keys) if returns else cursor.rowcount
    for row in rows:
        row._state.adding, row._state.db = False, using
    return number, keys


def update(model: type[models.Model], changes: Mapping[str, Any], **where: Any) -> int:
    """Write plain values to the rows with the values in ``where``; return how many these are.

    No signals are sent. None in ``where`` finds nothing.
    """
    using = router.db_for_write(model)
    connection, get_field = connections[using], model._meta.get_field
    values = [
        get_field(name).get_db_prep_save(value, connection=connection)  # type: ignore[union-attr]
        for name, value in [*changes.items(), *where.items()]
    ]
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_update(model, tuple(changes), tuple(where), using), values)
        return int(cursor.rowcount)


@lru_cache(maxsize=32)
def _select(
    model: type[models.Model], column: str, using: str
) -> tuple[str, Any, list[str], list[Any]]:
    """Return the SQL with a place for the value, its query, and the names of what it selects.

    And the columns once more, with None in the place of each that comes as it is.
    """
    query = model._base_manager.using(using).filter(**{column: "value"}).order_by().query
    compiler = query.get_compiler(connection=connections[using])
    sql, _params = compiler.as_sql()
    columns = [selected[0] for selected in compiler.select]
    places = compiler.get_converters(columns)
    converted = [each if place in places else None for place, each in enumerate(columns)]
    return sql, query, [each.target.attname for each in columns], converted


@lru_cache(maxsize=32)
def _insert(
    model: type[models.Model], rows: int, on_conflict: OnConflict | None, using: str
) -> str:
    connection, fields = connections[using], _inserted(model)
    meta: Any = model._meta
    quote, ops = connection.ops.quote_name, connection.ops
    places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * rows)
    parts = [
        ops.insert_statement(on_conflict=on_conflict),
        f"{quote(meta.db_table)} ({', '.join(quote(field.column) for field in fields)})",
        f"VALUES {places}",
        ops.on_conflict_suffix_sql(fields, on_conflict, (), ()),
    ]
    if connection.features.can_return_rows_from_bulk_insert:
        parts.append(f"RETURNING {quote(meta.pk.column)}")
    return " ".join(parts)


@lru_cache(maxsize=128)
def _update(
    model: type[models.Model], changes: tuple[str, ...], where: tuple[str, ...], using: str
) -> str:
    meta: Any = model._meta
    quote = connections[using].ops.quote_name
    places = {name: f"{quote(meta.get_field(name).column)} = %s" for name in (*changes, *where)}
    sets, wheres = [places[name] for name in changes], [places[name] for name in where]
    return f"UPDATE {quote(meta.db_table)} SET {', '.join(sets)} WHERE {' AND '.join(wheres)}"  # noqa: S608


@lru_cache(maxsize=32)
def _inserted(model: type[models.Model]) -> list[Any]:
    """Return the columns that an insert fills: all but the key."""
    return [field for field in model._meta.concrete_fields if not field.primary_key]

"""Statements that are put together once: to find, insert and update the rows of a webhook.

Everything else goes through the ORM. What stands here costs a webhook more than a tenth of its
time otherwise; each function says how much.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections, models, router, transaction
from django.db.models.constants import OnConflict
from django.db.models.signals import post_save, pre_save

Row = TypeVar("Row", bound=models.Model)


def find(model: type[Row], column: str, value: str) -> Row | None:
    """Return the row whose unique text column has this value, if there is one.

    ``filter(…).first()`` has the ORM put the SELECT of a wide row together each time. With it, a
    new event takes 1.06 to 1.18 times as long, and a duplicate 1.3 to 1.5 times (PostgreSQL with
    fsync on). ``raw()`` works out the columns each time: 1.04 to 1.08 times.
    """
    using = router.db_for_write(model)
    connection, fields = connections[using], model._meta.concrete_fields
    with connection.cursor() as cursor:
        cursor.execute(_select(model, column, using), [value])
        row = cursor.fetchone()
    if row is None:
        return None
    values = list(row)
    for place in _converted(model, using):
        values[place] = _as_python(fields[place], values[place], connection)
    return model.from_db(using, [field.attname for field in fields], values)


def insert(*rows: models.Model, expressions: Mapping[str, Any] | None = None) -> bool:
    """Insert rows except those whose unique values are taken; return whether all are new.

    If so, they have their keys where the database gives them out: MySQL does not. No signals are
    sent.

    Args:
        rows: new rows of one model.
        expressions: field → a value, or what the database computes, in place of the rows' own.

    ``bulk_create(ignore_conflicts=True)`` reports neither what is new nor the keys. The ORM's way
    is a savepoint and ``save(force_insert=True)`` for each row. With it, a new event takes 1.05 to
    1.11 times as long, and a duplicate 1.4 to 1.7 times (PostgreSQL with fsync on).
    """
    number, keys = _write(rows, OnConflict.IGNORE, expressions or {})
    if number == len(keys) == len(rows):
        for row, key in zip(rows, keys, strict=True):
            row.pk = key
    return number == len(rows)


def append(row: models.Model) -> None:
    """Insert a new row as ``save(force_insert=True)`` does, signals included.

    With ``save()`` itself, an event that changes a payment takes 1.03 times as long.
    """
    model = type(row)
    features = connections[router.db_for_write(model)].features
    is_heard = pre_save.has_listeners(model) or post_save.has_listeners(model)
    if is_heard or not features.can_return_rows_from_bulk_insert:
        row.save(force_insert=True)
    else:
        _number, (row.pk,) = _write([row], None, {})


def update(
    model: type[models.Model],
    changes: Mapping[str, Any],
    where: Mapping[str, Any],
    condition: str = "",
    values: Sequence[Any] = (),
) -> int:
    """Write plain values to the rows that have the values in ``where``; return how many these are.

    No signals are sent.

    Args:
        model: the class of the rows.
        changes: field → new value; for a foreign key the other row's key.
        where: field → value, or None for NULL.
        condition: more SQL that the rows must meet, with a place for each of ``values``.
        values: what the database compares with; text, numbers and keys.

    With ``filter(…).update(…)`` for the three rows that an event changes, it takes 1.12 to 1.17
    times as long (PostgreSQL with fsync on).
    """
    using = router.db_for_write(model)
    connection, fields = connections[using], _fields(model)
    given = {name: value for name, value in where.items() if value is not None}
    prepared = [
        fields[name].get_db_prep_save(value, connection=connection)
        for name, value in [*changes.items(), *given.items()]
    ]
    shape = (tuple(changes), tuple(given), tuple(name for name in where if name not in given))
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_update(model, *shape, condition, using), [*prepared, *values])
        return int(cursor.rowcount)


def _write(
    rows: Sequence[models.Model], on_conflict: OnConflict | None, expressions: Mapping[str, Any]
) -> tuple[int, list[Any]]:
    """Insert rows; return how many are new, and their keys where the database gives them out."""
    model = type(rows[0])
    using = router.db_for_write(model)
    connection, fields = connections[using], _inserted(model)
    computed = {
        name: _compiled(model, value, using)
        for name, value in expressions.items()
        if isinstance(value, models.Expression)
    }
    values: list[Any] = []
    for row in rows:
        for field in fields:
            if field.name in computed:
                values += computed[field.name][1]
            else:
                value = expressions.get(field.name) or field.pre_save(row, add=True)
                values.append(field.get_db_prep_save(value, connection=connection))
    places = tuple((name, sql) for name, (sql, _params) in computed.items())
    with transaction.mark_for_rollback_on_error(using=using), connection.cursor() as cursor:
        cursor.execute(_insert(model, len(rows), on_conflict, places, using), values)
        returns = connection.features.can_return_rows_from_bulk_insert
        keys = [key for (key,) in cursor.fetchall()] if returns else []
        number = len(keys) if returns else cursor.rowcount
    for row in rows:
        row._state.adding, row._state.db = False, using
    return number, keys


def _compiled(
    model: type[models.Model], expression: Any, using: str
) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL of an expression that names no column, and its values."""
    query = models.sql.Query(model)
    compiler = query.get_compiler(using)
    sql, params = compiler.compile(expression.resolve_expression(query, allow_joins=False))
    return sql, tuple(params)


@lru_cache(maxsize=32)
def _select(model: type[models.Model], column: str, using: str) -> str:
    meta: Any = model._meta
    quote = connections[using].ops.quote_name
    columns = ", ".join(quote(field.column) for field in meta.concrete_fields)
    place = f"{quote(meta.get_field(column).column)} = %s"
    return f"SELECT {columns} FROM {quote(meta.db_table)} WHERE {place}"  # noqa: S608


@lru_cache(maxsize=32)
def _converted(model: type[models.Model], using: str) -> list[int]:
    """Return the places of the columns that the database's driver does not read as they are."""
    fields: Any = model._meta.concrete_fields
    return [place for place, field in enumerate(fields) if _converters(field, connections[using])]


def _converters(field: Any, connection: Any) -> list[Any]:
    backends = connection.ops.get_db_converters(field.cached_col)
    return [*backends, *field.get_db_converters(connection)]


def _as_python(field: Any, value: Any, connection: Any) -> Any:
    for convert in _converters(field, connection):
        value = convert(value, field.cached_col, connection)
    return value


@lru_cache(maxsize=32)
def _insert(
    model: type[models.Model],
    rows: int,
    on_conflict: OnConflict | None,
    computed: tuple[tuple[str, str], ...],
    using: str,
) -> str:
    connection, fields = connections[using], _inserted(model)
    meta: Any = model._meta
    quote, ops = connection.ops.quote_name, connection.ops
    expressions = dict(computed)
    row = ", ".join(expressions.get(field.name, "%s") for field in fields)
    places = ", ".join([f"({row})"] * rows)
    parts = [
        ops.insert_statement(on_conflict=on_conflict),
        f"{quote(meta.db_table)} ({', '.join(quote(field.column) for field in fields)})",
        f"VALUES {places}",
        ops.on_conflict_suffix_sql(fields, on_conflict, (), ()),
    ]
    if connection.features.can_return_rows_from_bulk_insert:
        parts.append(f"RETURNING {quote(meta.pk.column)}")
    return " ".join(parts)


@lru_cache(maxsize=32)
def _inserted(model: type[models.Model]) -> list[Any]:
    """Return the columns that an insert fills: all but the key."""
    return [field for field in model._meta.concrete_fields if not field.primary_key]


@lru_cache(maxsize=128)
def _update(
    model: type[models.Model],
    changes: tuple[str, ...],
    given: tuple[str, ...],
    null: tuple[str, ...],
    condition: str,
    using: str,
) -> str:
    quote, meta = connections[using].ops.quote_name, model._meta
    columns = {name: quote(field.column) for name, field in _fields(model).items()}
    wheres = [f"{columns[name]} = %s" for name in given]
    wheres += [f"{columns[name]} IS NULL" for name in null]
    wheres += [condition] if condition else []
    sets = ", ".join(f"{columns[name]} = %s" for name in changes)
    return f"UPDATE {quote(meta.db_table)} SET {sets} WHERE {' AND '.join(wheres)}"  # noqa: S608


@lru_cache(maxsize=32)
def _fields(model: type[models.Model]) -> dict[str, Any]:
    """Return the columns by name and by attribute (``payment``, ``payment_id``, ``pk``)."""
    fields: Any = model._meta.concrete_fields
    by_name = {field.name: field for field in fields}
    return {**by_name, **{field.attname: field for field in fields}, "pk": model._meta.pk}

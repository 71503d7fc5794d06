"""Rows by the million: the database copies one that the app itself has written."""

from typing import Any

from .base import SERIES, run_sql


def copy_row(row: Any, count: int, **columns: str) -> None:
    """Insert ``count`` copies of a row; ``columns`` are SQL over the number ``n`` of the copy.

    So a benchmark stays right when a model gets another column.
    """
    fields = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    names = [*fields, *(name for name in columns if name not in fields)]
    # A remainder is no placeholder.
    values = [columns.get(name, f"example.{name}").replace("%", "%%") for name in names]
    table, key = row._meta.db_table, row._meta.pk.column
    run_sql(
        f"""INSERT INTO {table} ({", ".join(names)}) {SERIES}
            SELECT {", ".join(values)} FROM series, {table} example WHERE example.{key} = %s""",
        count,
        row.pk,
    )

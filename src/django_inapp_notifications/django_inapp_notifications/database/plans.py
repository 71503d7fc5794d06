"""Plans that hold whatever the statistics say, which cannot know of rows written in bulk."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def read_in_index_order(using: str) -> Iterator[None]:
    """Inside a transaction, let PostgreSQL read the first rows from an index that is in order.

    It would rather read the table, or collect and sort all that is due, if it believes that this
    is little.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        for name in ("enable_sort", "enable_seqscan"):
            cursor.execute(f"SET LOCAL {name} = off")
        yield
        for name in ("enable_sort", "enable_seqscan"):
            cursor.execute(f"SET LOCAL {name} TO DEFAULT")

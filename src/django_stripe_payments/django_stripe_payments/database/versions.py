"""Rows that several processes write: news read earlier does not overwrite what came later."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from . import statements
from .moments import Stamped

#: Enough for dozens of processes that bring the same news at once; each loser reads again.
MAX_TRIES = 50


class Versioned(Stamped):
    """Base of the rows that are written by ``compare_and_set``."""

    # Counts the writes, so that news read before another's write is not applied over it.
    version = models.PositiveBigIntegerField(_("version"), default=0, editable=False)

    class Meta:
        abstract = True


def compare_and_set(row: Versioned, changes: dict[str, Any]) -> bool:
    """Write ``changes`` unless the row has changed since it was read; return whether it wrote.

    The comparison and the write are one UPDATE, which locks the row until the transaction
    ends, on every database. SQLite then begins as a writer, which waits for its turn, and not
    as a reader that can't become one. No ``post_save`` is sent.
    """
    changes = {**changes, "version": row.version + 1, "updated_at": clock.now()}
    if not statements.update(type(row), changes, {"pk": row.pk, "version": row.version}):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True

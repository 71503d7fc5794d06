"""Rows that several processes write: who read an older version does not overwrite a newer one."""

from typing import Any

from django.utils import timezone

from ..models import Dispute, Payment, Payout, Refund
from . import statements

#: Enough for dozens of processes that bring the same news at once; each loser reads again.
MAX_TRIES = 50


def compare_and_set(row: Payment | Refund | Dispute | Payout, changes: dict[str, Any]) -> bool:
    """Write ``changes`` if nobody wrote since ``row`` was read; return whether it was so.

    The comparison and the write are one UPDATE, which locks the row until the transaction
    ends, on every database. SQLite then begins as a writer, which waits for its turn, and not
    as a reader that can't become one. No ``post_save`` is sent.
    """
    changes = {**changes, "version": row.version + 1, "updated_at": timezone.now()}
    if not statements.update(type(row), changes, id=row.pk, version=row.version):
        return False
    for name, value in changes.items():
        setattr(row, name, value)
    return True

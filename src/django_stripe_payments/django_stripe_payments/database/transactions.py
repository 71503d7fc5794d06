"""Where a transaction may be open, and where it may not."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from ..exceptions import TransactionInProgress


@contextmanager
def own_transaction() -> Iterator[None]:
    """Open a transaction that really commits at the end; refuse to be part of another one.

    Raises:
        TransactionInProgress: a transaction is open. What we must not lose would be lost with
            its rollback, and it would hold its locks while Stripe thinks.
    """
    require_no_transaction()
    with transaction.atomic(durable=True):
        yield


def in_transaction() -> bool:
    """Whether a transaction is open (a TestCase's own does not count)."""
    blocks = transaction.get_connection().atomic_blocks
    return bool(blocks) and not blocks[-1]._from_testcase


def require_no_transaction() -> None:
    """Raise TransactionInProgress if a transaction is open (a TestCase's own does not count)."""
    if in_transaction():
        msg = (
            "This talks to Stripe, so it can't run inside a transaction: call it before or after "
            "the atomic() block, and decorate the view with "
            "@transaction.non_atomic_requests if ATOMIC_REQUESTS is on."
        )
        raise TransactionInProgress(msg)

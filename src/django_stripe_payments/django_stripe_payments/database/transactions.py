"""Where a transaction may be open, where it may not, and what waits for its commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import transaction

from ..exceptions import TransactionInProgress

Callback = Callable[[], object]

#: What waits for the commit of the own_transaction() that is open, if one is.
_waiting: ContextVar[list[Callback] | None] = ContextVar("stripe_payments_waiting", default=None)


@contextmanager
def own_transaction() -> Iterator[None]:
    """Open a transaction that really commits at the end; refuse to be part of another one.

    Raises:
        TransactionInProgress: a transaction is open. What we must not lose would be lost with
            its rollback, and it would hold its locks while Stripe thinks.
    """
    require_no_transaction()
    callbacks: list[Callback] = []
    token = _waiting.set(callbacks)
    try:
        with transaction.atomic(durable=True):
            yield
    finally:
        _waiting.reset(token)
    for callback in callbacks:
        callback()


def after_commit(callback: Callback) -> None:
    """Call ``callback`` once what was written is committed, and never after a rollback.

    Without an open transaction that is now. (A TestCase's own transaction does not count: it
    never commits.)
    """
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append(callback)
    elif in_transaction():
        transaction.on_commit(callback)
    else:
        callback()


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

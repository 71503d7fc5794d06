"""Where a transaction may be open, where it may not, and what waits for its commit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from django.db import transaction

from ..exceptions import TransactionInProgress

Callback = Callable[[], object]


@dataclass(slots=True)
class _Ends:
    """What is called after the commit of an own_transaction(), and after its rollback."""

    committed: list[Callback] = field(default_factory=list)
    rolled_back: list[Callback] = field(default_factory=list)


#: Whether code runs that must not talk to Stripe, in a transaction or before one.
_without_stripe: ContextVar[bool] = ContextVar("stripe_payments_without_stripe", default=False)

#: The ends of the own_transaction() that is open, if one is.
_open: ContextVar[_Ends | None] = ContextVar("stripe_payments_open", default=None)


@contextmanager
def own_transaction() -> Iterator[None]:
    """Open a transaction that really commits at the end; refuse to be part of another one.

    Raises:
        TransactionInProgress: a transaction is open. What we must not lose would be lost with
            its rollback, and it would hold its locks while Stripe thinks.
    """
    require_no_transaction()
    ends = _Ends()
    token = _open.set(ends)
    try:
        with transaction.atomic(durable=True):
            yield
    except BaseException:
        for callback in ends.rolled_back:
            callback()
        raise
    finally:
        _open.reset(token)
    for callback in ends.committed:
        callback()


def in_own_transaction() -> bool:
    """Whether an ``own_transaction()`` is open."""
    return _open.get() is not None


def after_rollback(callback: Callback) -> None:
    """Call ``callback`` if the ``own_transaction()`` that is open is rolled back."""
    ends = _open.get()
    if ends is not None:
        ends.rolled_back.append(callback)


def after_commit(callback: Callback) -> None:
    """Call ``callback`` once what was written is committed, and never after a rollback.

    Without an open transaction that is now. (A TestCase's own transaction does not count: it
    never commits.)
    """
    ends = _open.get()
    if ends is not None:
        ends.committed.append(callback)
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
    require_outside_participant()
    if in_transaction():
        msg = (
            "This talks to Stripe, so it can't run inside a transaction: call it before or after "
            "the atomic() block, and decorate the view with "
            "@transaction.non_atomic_requests if ATOMIC_REQUESTS is on."
        )
        raise TransactionInProgress(msg)


@contextmanager
def without_stripe() -> Iterator[None]:
    """Refuse every call to Stripe inside the block: see ``participants``."""
    token = _without_stripe.set(True)
    try:
        yield
    finally:
        _without_stripe.reset(token)


def require_outside_participant() -> None:
    """Raise TransactionInProgress inside ``without_stripe()``."""
    if _without_stripe.get():
        msg = (
            "A participant can't call Stripe: do it after the commit, in a receiver of a signal "
            "or by transaction.on_commit()."
        )
        raise TransactionInProgress(msg)

"""Statements that a database may choose as the victim of a deadlock, or refuse as busy."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections

Result = TypeVar("Result")

#: The victim is rolled back at once, so that the other goes on: the next try rarely meets it again.
TRIES = 10
#: ER_LOCK_DEADLOCK, and ER_AUTOINC_READ_FAILED for one that an AUTO_INCREMENT was part of.
MYSQL_DEADLOCKS = {1213, 1467}
POSTGRESQL_DEADLOCK = "40P01"  # deadlock_detected
#: SQLITE_BUSY and SQLITE_LOCKED: the low byte of what SQLite returns.
SQLITE_BUSY = {5, 6}
LONGEST_PAUSE = 1.0  # seconds


def retry_on_deadlock(using: str, work: Callable[[], Result]) -> Result:
    """Do a piece of work that is a transaction of its own, again if it was a deadlock's victim.

    SQLite's "database is locked" is the same: another process writes, or wrote after this
    transaction had read. Each try waits for as long as the connection's timeout says.

    Inside a transaction of the caller's it is done once: a deadlock has undone that as well.
    """
    for number in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            is_busy = _is_busy(error)
            if connections[using].in_atomic_block or not (is_busy or _is_deadlock(error)):
                raise
            if is_busy:  # for as long as it takes the other, which does not wait for this one
                time.sleep(min(LONGEST_PAUSE, 0.01 * 2**number))
    return work()


def _is_deadlock(error: OperationalError) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return bool(MYSQL_DEADLOCKS.intersection(error.args[:1])) or sqlstate == POSTGRESQL_DEADLOCK


def _is_busy(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return code & 0xFF in SQLITE_BUSY

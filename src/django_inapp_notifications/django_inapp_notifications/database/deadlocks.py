"""Statements that a database may choose as the victim of a deadlock."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connections

Result = TypeVar("Result")

#: The victim is rolled back at once, so that the other goes on: the next try rarely meets it again.
TRIES = 10
#: ER_LOCK_DEADLOCK, and ER_AUTOINC_READ_FAILED for one that an AUTO_INCREMENT was part of.
MYSQL_DEADLOCKS = {1213, 1467}
POSTGRESQL_DEADLOCK = "40P01"  # deadlock_detected


def retry_on_deadlock(using: str, work: Callable[[], Result]) -> Result:
    """Do a piece of work that is a transaction of its own, again if it was a deadlock's victim.

    Inside a transaction of the caller's it is done once: a deadlock has undone that as well.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if connections[using].in_atomic_block or not _is_deadlock(error):
                raise
    return work()


def _is_deadlock(error: OperationalError) -> bool:
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return bool(MYSQL_DEADLOCKS.intersection(error.args[:1])) or sqlstate == POSTGRESQL_DEADLOCK

"""Reports read from the replica, everything else from the primary database.

    with reporting():
        Payment.objects.filter(…).aggregate(…)

A replica is some moments behind. Whoever has just paid must see it, so that nothing is read from
there by itself: only what says that it is a report.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.conf import settings

REPLICA = "replica"

_is_report: ContextVar[bool] = ContextVar("is_report", default=False)


@contextmanager
def reporting() -> Iterator[None]:
    """Read from the replica inside this block, if the site has one."""
    token = _is_report.set(REPLICA in settings.DATABASES)
    try:
        yield
    finally:
        _is_report.reset(token)


class ReportingRouter:
    """Named in DATABASE_ROUTERS."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return REPLICA if _is_report.get() else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return "default"

    def allow_relation(self, obj1: Any, obj2: Any, **hints: Any) -> bool:
        return True  # the same rows, wherever they were read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return False if db == REPLICA else None

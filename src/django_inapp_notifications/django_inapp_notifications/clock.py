"""The app's one clock: every moment that is stored, or compared with a stored one, comes from here.

What several machines must agree on goes by the clock of their database: which rows are due, and
when a lease ends. Two machines whose clocks differ would otherwise both send what one has claimed.

A demo and tests may shift both clocks, to see what a week does without waiting for it. What the
outside world compares stays on the real clock: signatures, signed links and cache timeouts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.db import connections, models
from django.utils import timezone

from .conf import settings

_offset = timedelta(0)
_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """Return the current moment, shifted by the offset: aware, or naive where USE_TZ is off."""
    return _frozen.get() or timezone.now() + _offset


def as_stored(moment: datetime) -> datetime:
    """Return an aware moment as the columns hold it: naive and local where USE_TZ is off."""
    if settings.USE_TZ:
        return moment
    return timezone.make_naive(moment, timezone.get_default_timezone())


def as_aware(moment: datetime) -> datetime:
    """Return a moment from a column as an aware one."""
    if timezone.is_aware(moment):
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


def database_now(using: str, after: timedelta = timedelta(0)) -> Any:
    """Return the current moment of a database plus `after`, shifted by the same offset.

    It is an expression for a filter, an update or an insert, or a moment where the two clocks are
    one: in a frozen block, and for SQLite, which lives in this process.
    """
    if not has_own_clock(using):
        return now() + after
    return shifted_database_now(models.Value(after + _offset, models.DurationField()))


def shifted_database_now(by: models.Expression) -> models.Expression:
    """Return the expression of database_now(), shifted by an expression of a duration."""
    return models.ExpressionWrapper(DatabaseNow() + by, models.DateTimeField())


def has_own_clock(using: str) -> bool:
    """Whether database_now() is an expression."""
    vendor = connections[using].vendor
    if vendor == "mysql" and not settings.USE_TZ:
        return False  # it would be UTC, and the columns are not
    return vendor in ("postgresql", "mysql") and _frozen.get() is None


def offset() -> timedelta:
    """Return by how much this process's clock is shifted; zero on every real site."""
    return _offset


def set_offset(value: timedelta) -> None:
    """Shift the clock of this process, for a demo or a test."""
    global _offset
    _offset = value


@contextmanager
def shifted(value: timedelta) -> Iterator[None]:
    """Shift the clock by `value` inside the block."""
    before = _offset
    set_offset(before + value)
    try:
        yield
    finally:
        set_offset(before)


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Freeze now() at `moment` inside the block, in the current thread only."""
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)


class DatabaseNow(models.Func):
    """The moment at which the statement runs, by the clock of the database."""

    template = "STATEMENT_TIMESTAMP()"
    output_field = models.DateTimeField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Django's Now() is CURRENT_TIMESTAMP, in the session's time zone; the columns are in UTC.
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **context)

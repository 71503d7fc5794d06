"""The app's one clock: every moment that is stored, or compared with a stored one, comes from here.

What several machines must agree on goes by the clock of their database: when the lease of an event
ends. Machines whose clocks differ would otherwise take over what another one works on.

A demo and tests may shift both clocks, to see what a week does to a payment without waiting for
it. What the outside world compares stays on the real clock: signatures, signed links and cache
timeouts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models
from django.utils import timezone

from .conf import settings

_offset = timedelta(0)


def now() -> datetime:
    """Return the current moment, shifted by the offset: aware, or naive where USE_TZ is off."""
    return timezone.now() + _offset


def database_now(using: str, after: timedelta = timedelta(0)) -> Any:
    """Return the current moment of a database plus ``after``, shifted by the same offset.

    It is an expression for a filter or an update, or a moment where the two clocks are one: SQLite
    lives in this process.
    """
    if not has_own_clock(using):
        return now() + after
    shift = models.Value(after + _offset, models.DurationField())
    return models.ExpressionWrapper(DatabaseNow() + shift, models.DateTimeField())


def has_own_clock(using: str) -> bool:
    """Return whether ``database_now()`` is an expression."""
    vendor = connections[using].vendor
    # Without USE_TZ, the columns of MySQL and MariaDB are not in UTC, and its clock is.
    return vendor == "postgresql" or (vendor == "mysql" and settings.USE_TZ)


class DatabaseNow(models.Func):
    """The moment at which the statement runs, by the clock of the database."""

    template = "STATEMENT_TIMESTAMP()"
    output_field = models.DateTimeField()

    def as_mysql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Django's Now() is CURRENT_TIMESTAMP, in the session's time zone; the columns are in UTC.
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)", **context)


def offset() -> timedelta:
    """Return by how much this process's clock is shifted; zero on every real site."""
    return _offset


def set_offset(value: timedelta) -> None:
    """Shift the clock of this process, for a demo or a test.

    Raises:
        ImproperlyConfigured: STRIPE_SECRET_KEY is a live key. Real money keeps real time.
    """
    global _offset
    if value and "_live_" in str(settings.STRIPE_SECRET_KEY):
        msg = "The clock can't be shifted with a live STRIPE_SECRET_KEY: use test keys."
        raise ImproperlyConfigured(msg)
    _offset = value


@contextmanager
def shifted(value: timedelta) -> Iterator[None]:
    """Shift the clock by ``value`` inside the block. Raises what ``set_offset`` raises."""
    before = _offset
    set_offset(before + value)
    try:
        yield
    finally:
        set_offset(before)

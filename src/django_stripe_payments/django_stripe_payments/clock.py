"""The app's one clock: every moment that is stored, or compared with a stored one, comes from here.

A demo and tests may shift it, to see what a week does to a payment without waiting for it. What
the outside world compares stays on the real clock: signatures, signed links and cache timeouts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from .conf import settings

_offset = timedelta(0)


def now() -> datetime:
    """Return the current moment, shifted by the offset: aware, or naive where USE_TZ is off."""
    return timezone.now() + _offset


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

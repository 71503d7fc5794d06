"""Hours that pass within a second: the clocks of all processes move together.

So a run waits for none of the package's leases and delays, which are all as they are shipped. The
sandbox's clock moves too. What differs between machines is not this but their own clock: see
``skew``.
"""

import importlib
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.utils import timezone

VARIABLE = "CHAOS_CLOCK"
APPS = ("django_stripe_payments", "django_inapp_notifications")

#: Seconds between two looks at the clock of the run.
TICK = 0.1


def to(seconds: float) -> None:
    """Set every clock of the site so many seconds ahead; this process's at once."""
    path = Path(os.environ[VARIABLE])
    new = path.with_suffix(".new")
    new.write_text(str(seconds))
    new.replace(path)
    look()


def passed() -> float:
    """Return how many seconds every clock is ahead."""
    path = Path(os.environ.get(VARIABLE, ""))
    return float(path.read_text()) if path.is_file() else 0.0


def look() -> None:
    """Set the clock of this process as the run has it."""
    offset = timedelta(seconds=passed())
    for name in filter(apps.is_installed, APPS):
        importlib.import_module(f"{name}.clock").set_offset(offset)


def follow() -> None:
    """Look again and again, for as long as this process lives."""

    def watch() -> None:
        while not threading.Event().wait(TICK):
            look()

    look()
    threading.Thread(target=watch, daemon=True).start()


def skew(seconds: float, work: Callable[..., None], *given: object) -> None:
    """Work on a machine whose own clock is ahead of the database's and of every other one."""
    real = timezone.now
    timezone.now = lambda: real() + timedelta(seconds=seconds)  # type: ignore[method-assign]
    work(*given)

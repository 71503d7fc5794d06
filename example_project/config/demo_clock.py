"""The demo's clock: the site, its sweeps and the sandbox move on together.

The offset from real time is kept in the file that DEMO_CLOCK names. Every process of the demo
follows that file; on any other site there is no such setting, and all clocks stay real. Logs,
sessions and signatures stay on real time.
"""

import json
import os
import threading
import urllib.request
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError

from django.conf import settings

from django_inapp_notifications import clock as notifications_clock
from django_stripe_payments import clock as payments_clock

#: The demo's bookings, cards and calendars reach no further.
FURTHEST = timedelta(days=730)

#: A sweep may go by the former time for so many seconds after a move.
FOLLOW_SECONDS = 0.5

SANDBOX_TIMEOUT = 30


class ClockStuck(Exception):
    """The clock could not be moved; the sandbox and the site still agree."""


def kept_offset() -> timedelta:
    """Return the offset that the file holds; none without a file."""
    try:
        return timedelta(seconds=json.loads(Path(settings.DEMO_CLOCK).read_text())["offset"])
    except FileNotFoundError:
        return timedelta(0)


def move(by: timedelta) -> None:
    """Move every clock of the demo on. Raises ClockStuck, after which none has moved."""
    before = kept_offset()
    if by < timedelta(0) or before + by > FURTHEST:
        raise ClockStuck
    # The site first: it must not hear of events of the future.
    _keep(before + by)
    try:
        move_sandbox(before + by)
    except (URLError, OSError) as error:
        _keep(before)
        raise ClockStuck from error


def move_sandbox(offset: timedelta) -> None:
    """Set the sandbox's clock; what is due there by then happens. Raises URLError."""
    request = urllib.request.Request(  # noqa: S310  (the address is a setting)
        f"{settings.STRIPE_API_BASE}/_sandbox/clock",
        json.dumps({"offset": offset.total_seconds()}).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=SANDBOX_TIMEOUT).close()  # noqa: S310


def follow() -> None:
    """Set the clocks of this process to what the file says."""
    offset = kept_offset()
    if offset != payments_clock.offset() or offset != notifications_clock.offset():
        payments_clock.set_offset(offset)
        notifications_clock.set_offset(offset)


def keep_following() -> None:
    """Follow the file for as long as this process runs."""
    follow()

    def watch() -> None:
        while not threading.Event().wait(FOLLOW_SECONDS):
            follow()

    threading.Thread(target=watch, name="demo-clock", daemon=True).start()


def _keep(offset: timedelta) -> None:
    path = Path(settings.DEMO_CLOCK)
    # Replaced as a whole: a process that reads meanwhile finds the old one or the new one.
    unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    unfinished.write_text(json.dumps({"offset": offset.total_seconds()}))
    unfinished.replace(path)
    follow()

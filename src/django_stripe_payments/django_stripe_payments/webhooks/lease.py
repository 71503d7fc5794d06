"""Which process works on an event: copies that arrive together leave it to the first.

Stripe delivers an event to each endpoint, and again when an answer comes late; a broker may bring
a task twice. Without a lease each copy would do the work, and ask Stripe. The lease only saves
work: nothing that is written twice counts twice. So it may be short, and a process that dies
with it holds nothing up for longer. When it ends is by the clock of the database, so that machines
whose clocks differ agree on it. A new row gets it in its INSERT, without another statement.

A lease that ran out is the trace of a process that died at the event: every other end gives it
back. The next process first notes a failed attempt, and when another one is due, in case it dies
too. So an event that kills its process is put off, and does not keep the sweep from the others.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db import router
from django.db.models import F, Q

from .. import clock
from ..facts.turns import retry_delay
from ..models import WebhookEvent

#: How long the work on an event may take before another process takes it up.
LEASE = timedelta(seconds=30)

#: Seconds for which a copy waits for the process that has the lease. Then Stripe is told to
#: deliver it again, so that a slow receiver does not bind every process of the site.
PATIENCE = 5.0

#: Kept as the error of an event whose process died.
DIED = "The process that worked on the event ended or was killed before it had finished."

#: Seconds between two looks at the row: at first, and at most.
FIRST_PAUSE, LAST_PAUSE = 0.005, 0.1


def until() -> Any:
    """Return the end of a lease that begins now, as ``clock.database_now()`` does."""
    return clock.database_now(router.db_for_write(WebhookEvent), LEASE)


def free() -> Q:
    """Return the condition that no process has the lease of an event."""
    now = clock.database_now(router.db_for_write(WebhookEvent))
    return Q(leased_until=None) | Q(leased_until__lte=now)


def take(event: WebhookEvent, *, patience: float = 0.0) -> bool:
    """Take the lease of an unfinished event; return False if another process has it.

    Args:
        event: it is read again as long as another process works on it.
        patience: for how many seconds to wait for that process.
    """
    deadline, pause = time.monotonic() + patience, FIRST_PAUSE
    while event.finished_at is None:
        if _may_be_free(event) and _take_once(event):
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, LAST_PAUSE)
        event.refresh_from_db()
    return False


def _may_be_free(event: WebhookEvent) -> bool:
    """Return whether a try is worth the locks that an update takes; MariaDB could deadlock."""
    if event.leased_until is None:
        return True
    if clock.has_own_clock(router.db_for_write(WebhookEvent)):
        return WebhookEvent.objects.filter(free(), pk=event.pk).exists()
    return event.leased_until <= clock.now()


def _take_once(event: WebhookEvent) -> bool:
    unfinished = WebhookEvent.objects.filter(free(), pk=event.pk, finished_at=None)
    changes: dict[str, Any] = {"leased_until": until()}
    if event.leased_until is not None:
        due = clock.now() + retry_delay(event.attempts + 1)
        changes |= {"attempts": F("attempts") + 1, "next_attempt_at": due, "last_error": DIED}
    # Unless another process was faster.
    if not unfinished.filter(leased_until=event.leased_until).update(**changes):
        return False
    if event.leased_until is not None:
        event.attempts += 1
    event.leased_until = clock.now() + LEASE
    return True

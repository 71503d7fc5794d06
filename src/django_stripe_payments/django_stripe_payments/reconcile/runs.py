"""One run at a time, and none that is lost: the row says how far it came and who works on it."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils import timezone

from ..database.transactions import own_transaction
from ..exceptions import SyncInProgress
from ..logs.redaction import redact_text
from ..models import SyncFinding, SyncRun

#: A run that gave no sign of life for so long belongs to a process that is gone. Longer than the
#: longest wait for Stripe.
LEASE = timedelta(minutes=10)

#: What was compared so long ago says nothing any more: such a run is not gone on with.
STALE = timedelta(hours=24)

#: Seconds between two signs of life within a page.
BEAT = timedelta(seconds=30)

#: Runs that this very process works on.
_mine: set[UUID] = set()


def begin(since: datetime, options: dict[str, Any]) -> tuple[SyncRun, bool]:
    """Return the run to work on, and whether it was begun before and cut short.

    Raises SyncInProgress if another process works on one.
    """
    left = SyncRun.objects.filter(running=True).first()
    if left is not None:
        if _is_alive(left):
            msg = f"A reconciliation runs since {left.started_at:%Y-%m-%d %H:%M}: {left.owner}."
            raise SyncInProgress(msg)
        if left.options == options and left.started_at > timezone.now() - STALE:
            return _take_over(left), True
        _give_up(left)
    run = SyncRun(running=True, since=since, options=options, beat_at=timezone.now())
    token = run.take(_process())
    try:
        with own_transaction():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise SyncInProgress("Another process began a reconciliation just now.") from error
    _mine.add(token)
    return run, False


def save(run: SyncRun, **changes: Any) -> None:
    """Write ``changes`` to the row, as a sign of life. Raises SyncInProgress if it was taken."""
    changes = {**changes, "beat_at": timezone.now()}
    if not SyncRun.objects.filter(pk=run.pk, token=run.token).update(**changes):
        msg = f"Sync run {run.pk} was taken over by another process."
        raise SyncInProgress(msg)
    for name, value in changes.items():
        setattr(run, name, value)


def beat(run: SyncRun) -> None:
    """Give a sign of life, if the last one is a while ago."""
    if run.beat_at is None or run.beat_at < timezone.now() - BEAT:
        save(run)


def finish(run: SyncRun) -> None:
    """Note that the run is over."""
    with own_transaction():
        # First, as it may be another's by now.
        save(run, running=None, finished_at=timezone.now(), last_error="")
        # Cut short between a repair and its note, and found in order when it was looked at again.
        run.findings.filter(outcome=SyncFinding.Outcome.STARTED).update(
            outcome=SyncFinding.Outcome.REPAIRED
        )
    release(run)


def release(run: SyncRun, error: BaseException | None = None) -> None:
    """Let go of the run, so that the next call may go on with it at once."""
    token = run.token
    if token is None:
        return
    _mine.discard(token)
    text = redact_text(f"{type(error).__name__}: {error}") if error is not None else ""
    SyncRun.objects.filter(pk=run.pk, token=token).update(token=None, last_error=text)


def _take_over(left: SyncRun) -> SyncRun:
    before = left.token
    token = left.take(_process())
    mine = SyncRun.objects.filter(pk=left.pk, token=before, running=True)
    if not mine.update(token=token, owner=left.owner, beat_at=timezone.now()):
        raise SyncInProgress("Another process took over the reconciliation just now.")
    _mine.add(token)
    left.refresh_from_db()
    return left


def _give_up(left: SyncRun) -> None:
    SyncRun.objects.filter(pk=left.pk, token=left.token).update(
        running=None, token=None, last_error="Given up: a run with other options came after it."
    )


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _is_alive(run: SyncRun) -> bool:
    if run.token is None or run.beat_at is None or run.beat_at < timezone.now() - LEASE:
        return False
    if run.owner == _process():
        # A container that was restarted has the name and the process id of the one before.
        return run.token in _mine
    host, _, process = run.owner.rpartition(":")
    return host != socket.gethostname() or _process_exists(int(process))


def _process_exists(process: int) -> bool:
    if os.name != "posix":
        # There, the same call would end the process.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

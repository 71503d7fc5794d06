"""One run at a time, and none is lost: the row says how far it came and which process owns it."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from .. import clock
from ..database.transactions import own_transaction
from ..exceptions import SyncInProgress
from ..logs.redaction import redact_text
from ..models import SyncFinding, SyncRun

#: A run without a heartbeat for so long belongs to a process that is gone. Longer than the
#: longest wait for Stripe.
LEASE = timedelta(minutes=10)

#: What was compared so long ago is out of date: such a run is not resumed.
STALE = timedelta(hours=24)

#: Time between two heartbeats within a page.
HEARTBEAT = timedelta(seconds=30)

#: The tokens of the runs that this process works on.
_own_tokens: set[UUID] = set()


def begin(since: datetime, options: dict[str, Any]) -> tuple[SyncRun, bool]:
    """Return the run to work on, and whether it was started before and cut short.

    Raises SyncInProgress if another process works on one.
    """
    unfinished = SyncRun.objects.filter(running=True).first()
    if unfinished is not None:
        if is_alive(unfinished):
            started = f"{unfinished.started_at:%Y-%m-%d %H:%M}"
            msg = f"A reconciliation has been running since {started}: {unfinished.owner}."
            raise SyncInProgress(msg)
        if unfinished.options == options and unfinished.started_at > clock.now() - STALE:
            return _take_over(unfinished), True
        _abandon(unfinished)
    run = SyncRun(running=True, since=since, options=options, heartbeat_at=clock.now())
    token = run.assign_to(_process())
    try:
        with own_transaction():
            run.save(force_insert=True)
    except IntegrityError as error:
        raise SyncInProgress("Another process started a reconciliation just now.") from error
    _own_tokens.add(token)
    return run, False


def save(run: SyncRun, **changes: Any) -> None:
    """Write ``changes`` and a heartbeat to the row. Raises SyncInProgress if it was taken over."""
    changes = {**changes, "heartbeat_at": clock.now()}
    if not SyncRun.objects.filter(pk=run.pk, token=run.token).update(**changes):
        msg = f"Sync run {run.pk} was taken over by another process."
        raise SyncInProgress(msg)
    for name, value in changes.items():
        setattr(run, name, value)


def renew_heartbeat(run: SyncRun) -> None:
    """Show that this process is alive, if the last heartbeat is a while ago."""
    if run.heartbeat_at is None or run.heartbeat_at < clock.now() - HEARTBEAT:
        save(run)


def finish(run: SyncRun) -> None:
    """Mark the run as finished."""
    with own_transaction():
        # First, because another process may own the run by now.
        save(run, running=None, finished_at=clock.now(), last_error="")
        # Cut short between a repair and its record, and found correct when compared again.
        run.findings.filter(outcome=SyncFinding.Outcome.STARTED).update(
            outcome=SyncFinding.Outcome.REPAIRED
        )
    release(run)


def release(run: SyncRun, error: BaseException | None = None) -> None:
    """Release the run, so that the next call can resume it at once."""
    token = run.token
    if token is None:
        return
    _own_tokens.discard(token)
    text = redact_text(f"{type(error).__name__}: {error}") if error is not None else ""
    SyncRun.objects.filter(pk=run.pk, token=token).update(token=None, last_error=text)


def _take_over(run: SyncRun) -> SyncRun:
    before = run.token
    token = run.assign_to(_process())
    unchanged = SyncRun.objects.filter(pk=run.pk, token=before, running=True)
    if not unchanged.update(token=token, owner=run.owner, heartbeat_at=clock.now()):
        raise SyncInProgress("Another process took over the reconciliation just now.")
    _own_tokens.add(token)
    run.refresh_from_db()
    return run


def _abandon(run: SyncRun) -> None:
    SyncRun.objects.filter(pk=run.pk, token=run.token).update(
        running=None, token=None, last_error="Abandoned: a run with other options came after it."
    )


def _process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def is_alive(run: SyncRun) -> bool:
    if run.token is None or run.heartbeat_at is None or run.heartbeat_at < clock.now() - LEASE:
        return False
    if run.owner == _process():
        # A restarted container has the same host name and process id as before.
        return run.token in _own_tokens
    host, _, process = run.owner.rpartition(":")
    return host != socket.gethostname() or _process_exists(int(process))


def _process_exists(process: int) -> bool:
    if os.name != "posix":
        # On Windows, the same call would end the process.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True

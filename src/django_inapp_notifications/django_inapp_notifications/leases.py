"""Leases: how a dispatcher claims rows that are due, keeps them, and writes what became of them."""

import random
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from django.db import connections, models, router, transaction

from . import clock
from .conf import settings
from .database.deadlocks import retry_on_deadlock
from .database.plans import read_in_index_order
from .database.primary import on_primary
from .models.outbox import Leased

LONGEST_RETRY = timedelta(hours=6)  # so that a delivery of today is tried again today

Row = TypeVar("Row", bound=models.Model)
Work = TypeVar("Work", bound=Leased)


def claim(due: "models.QuerySet[Work]", limit: int) -> tuple[uuid.UUID, list[Work]]:
    """Take up to `limit` rows that are due, for the time of a lease.

    The oldest first, unless `due` has an order of its own; either needs an index in that order.

    A lease is nothing but a later `not_before` with a token: if its holder dies, the rows are due
    again. Any number of dispatchers may claim at the same time, on machines whose clocks differ:
    the database's own decides what is due. A claim is not an attempt: LeasedRows.start() notes one.
    Each row still shows the lease that it had before, if any: that of a holder that died.
    """
    model, using = due.model, router.db_for_write(due.model)
    token = uuid.uuid4()
    free: Any = due.using(using).filter(not_before__lte=clock.database_now(using))
    missed: list[int] = []
    while before := retry_on_deadlock(using, partial(_lease, free, token, limit, missed)):
        # By their keys, as there is no index of leases.
        taken = model._default_manager.using(using).filter(pk__in=list(before), lease=token)
        claimed = list(taken.order_by("pk"))
        for row in claimed:
            row.lease = before.get(row.pk)
        if claimed:
            return token, claimed
        missed += before
    return token, []


def _lease(
    free: Any, token: uuid.UUID, limit: int, missed: list[int]
) -> dict[int, uuid.UUID | None]:
    """Try to take the first that were not missed, whether or not they become ours.

    Return their ids, with the leases that they had before.
    """
    with transaction.atomic(using=free.db):
        candidates = free.exclude(pk__in=missed)
        if not free.ordered:
            candidates = candidates.order_by("not_before", "pk")
        # MySQL and MariaDB lock what they read on the way: a search for the deliveries of one
        # message would find none while another searches for those of another message.
        if connections[free.db].vendor != "mysql":
            candidates = skip_taken(candidates, free.db)
        # What is locked is named by its keys alone, or PostgreSQL might look through all that is
        # due. Elsewhere, with the conditions again: another may have been faster.
        is_locked = connections[free.db].vendor == "postgresql"
        rows = free.model._default_manager.using(free.db) if is_locked else free.order_by()
        with read_in_index_order(free.db):
            before = dict(candidates.values_list("pk", "lease")[:limit])
            rows.filter(pk__in=list(before)).update(lease=token, not_before=lease_end(free.db))
    return before


def skip_taken(rows: "models.QuerySet[Row]", using: str) -> "models.QuerySet[Row]":
    """Lock the rows, except those that another has locked, where the database can."""
    features = connections[using].features
    if not features.has_select_for_update_skip_locked:
        return rows
    # Not what they are joined with.
    own = ("self",) if features.has_select_for_update_of else ()
    return rows.select_for_update(skip_locked=True, of=own)


class LeasedRows:
    """Claimed rows that are worked on one after the other, however long all of them take.

    Call start() right before each: it notes the attempt, so that a process that dies of one row
    has charged that row and no other. The lease is renewed when half of it is over, and a row that
    another could claim in the meantime is theirs. So only a single step that lasts longer than a
    lease can be done twice.
    """

    def __init__(self, lease: uuid.UUID, rows: Iterable[Leased]) -> None:
        self.lease = lease
        self.rest = {row.pk: row for row in rows}
        self.started: set[int] = set()
        self.stopwatch = _Stopwatch()

    def start(self, row: Leased) -> bool:
        """Return whether the row is still ours; it counts as worked on from now.

        Its attempt is committed before this returns. A second call for the same row changes
        nothing.
        """
        if row.pk in self.started:
            return True
        if self.stopwatch.seconds() >= settings.NOTIFICATION_LEASE_SECONDS / 2:
            self._renew()
        if self.rest.pop(row.pk, None) is None or not self._note_attempt(row):
            return False
        self.started.add(row.pk)
        row.attempts += 1
        return True

    def _note_attempt(self, row: Leased) -> bool:
        using = router.db_for_write(type(row))
        ours = type(row)._default_manager.using(using).filter(pk=row.pk, lease=self.lease)
        # If this process dies of it, it waits as after any other failure, behind the others.
        pause = retry_delay(row.attempts) if row.attempts else timedelta()
        row.first_tried_at = row.first_tried_at or clock.now()
        values = {"attempts": row.attempts + 1, "first_tried_at": row.first_tried_at}
        values["not_before"] = lease_end(using, pause)
        return bool(retry_on_deadlock(using, lambda: ours.update(**values)))

    def without_attempt(self, row: Leased) -> dict[str, Any]:
        """What finish() is given when nothing was tried after all: waiting is not an attempt."""
        return {"attempts": models.F("attempts") - 1} if row.pk in self.started else {}

    def is_spent(self, row: Leased) -> bool:
        """Whether its attempts were used up before this one: each process that tried it died."""
        before: int = row.attempts - (row.pk in self.started)
        return bool(before >= settings.NOTIFICATION_MAX_ATTEMPTS)

    def _renew(self) -> None:
        if not self.rest:
            return
        model = type(next(iter(self.rest.values())))
        rows = on_primary(model)
        ours = rows.filter(pk__in=list(self.rest), lease=self.lease)
        self.stopwatch = _Stopwatch()
        retry_on_deadlock(ours.db, lambda: ours.update(not_before=lease_end(ours.db)))
        kept = set(ours.values_list("pk", flat=True))
        self.rest = {pk: row for pk, row in self.rest.items() if pk in kept}


class _Stopwatch:
    """Seconds since it was made, by the clock that says more.

    The monotonic clock stands still while a machine is suspended; the wall clock may be set back.
    """

    def __init__(self) -> None:
        self.started = time.monotonic(), clock.now()

    def seconds(self) -> float:
        monotonic, wall = self.started
        return max(time.monotonic() - monotonic, (clock.now() - wall).total_seconds())


def lease_end(using: str, pause: timedelta = timedelta()) -> Any:
    """When a lease that is taken or renewed now, and a pause, are over by the database's clock."""
    lease = timedelta(seconds=settings.NOTIFICATION_LEASE_SECONDS)
    return clock.database_now(using, lease + pause)


def finish(
    row: Leased,
    lease: uuid.UUID,
    *,
    keep: bool = False,
    after: timedelta | None = None,
    **values: Any,
) -> bool:
    """Write what became of claimed work; return False if the lease was lost in the meantime.

    With `after`, the row is due again that long from now. The lease ends with it; with `keep`, its
    token stays as a sign that the work has started.
    """
    using = router.db_for_write(type(row))
    if after is not None:
        values["not_before"] = clock.database_now(using, after)
    if not keep:
        values["lease"] = None
    rows = type(row)._default_manager.filter(pk=row.pk, lease=lease)
    return bool(retry_on_deadlock(using, lambda: rows.update(**values)))


def retry_delay(attempts: int) -> timedelta:
    """The wait after this many tries. It grows each time and has jitter."""
    seconds = settings.NOTIFICATION_RETRY_SECONDS * 2 ** min(attempts - 1, 20)
    pause = min(timedelta(seconds=seconds), LONGEST_RETRY)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311, not a secret

"""A run of the reconciliation: the core's own steps, and those that apps have registered."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from .. import audit, clock
from ..conf import settings
from ..database.transactions import require_no_transaction
from . import (
    abandoned,
    balance_transactions,
    charges,
    customers,
    disputes,
    events,
    intents,
    leftovers,
    payouts,
    refunds,
    report,
    runs,
    unknown_calls,
)
from .steps import LAST, Step, register, registered
from .sync import Sync

#: Our own calls first: what they created is then compared like everything else. Payments before
#: their refunds, and payments that will not be paid any more last.
CORE: dict[str, Callable[[Sync], None]] = {
    "unknown_calls": unknown_calls.resolve_all,
    "events": events.undelivered,
    "payments": intents.listed,
    "open_payments": intents.older,
    "charges": charges.listed,
    "refunds": refunds.listed,
    "open_refunds": refunds.older,
    "disputes": disputes.listed,
    "open_disputes": disputes.older,
    "payment_methods": customers.of_each_customer,
    "balance_transactions": balance_transactions.listed,
    "payouts": payouts.listed,
    "open_payouts": payouts.older,
    "orphans": abandoned.abandoned,
}
for _name, _run in CORE.items():
    register(Step(name=_name, run=_run))
register(Step(name=LAST, run=leftovers.finish, before=None))


def run(
    *,
    all_events: bool = False,
    since: datetime | None = None,
    steps: Collection[str] | None = None,
) -> report.Report:
    """Reconcile with Stripe, and return what was found and done.

    The next call resumes a run that was cut short (a crash, no network). A second run right after
    one that fixed everything changes nothing but its own row.

    Args:
        all_events: read every event since the last time, not only those that Stripe could not
            deliver: for a site that acknowledged events and lost them, as with a restored backup.
        since: compare what was created at Stripe since then; STRIPE_SYNC_WINDOW_DAYS by default.
        steps: names of registered steps (see ``steps``), to take no others.

    Raises:
        SyncInProgress: another process is reconciling.
        StripeUnavailable: Stripe does not answer; calling again resumes from there.
        TransactionInProgress: a transaction is open.
        ValueError: there is no such step.
    """
    require_no_transaction()
    chosen = _chosen(steps)
    options: dict[str, Any] = {
        "all_events": all_events,
        "steps": list(chosen),
        "since": since.isoformat() if since else "",
    }
    window = timedelta(days=settings.STRIPE_SYNC_WINDOW_DAYS)
    sync_run, resumed = runs.begin(since or clock.now() - window, options)
    sync = Sync(sync_run)
    try:
        with audit.acting(audit.Actor(source="reconciler")):
            for name in _remaining(list(chosen), sync_run.step):
                if name != sync_run.step:
                    runs.save(sync_run, step=name, position="", counts=sync_run.counts)
                with sync.guarded("step", name):
                    chosen[name].run(sync)
        runs.save(sync_run, counts=sync_run.counts)
        runs.finish(sync_run)
    except BaseException as error:
        runs.release(sync_run, error)
        raise
    return report.of_run(sync_run, resumed=resumed)


def _chosen(names: Collection[str] | None) -> dict[str, Step]:
    known = registered()
    unknown = set(names or ()) - known.keys()
    if unknown:
        msg = f"No such step: {', '.join(sorted(unknown))}. There are {', '.join(known)}."
        raise ValueError(msg)
    return {name: step for name, step in known.items() if names is None or name in names}


def _remaining(chosen: list[str], current: str) -> list[str]:
    return chosen[chosen.index(current) :] if current in chosen else chosen

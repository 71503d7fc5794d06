"""One run: chaos, silence, one reconciliation, and the comparison of both sides."""

import contextlib
import json
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos.stripe_side import StripeSide
from tests.chaos.world import (
    SITES,
    SWEEP,
    WORKERS,
    World,
    command,
    eventually,
    running,
    start_site,
)

#: Customers at the same time.
CROWD = 8
#: So many payments share one customer of the site.
PER_USER = 3
#: Seconds for what ends by itself: retries of deliveries, banks that settle, sweeps.
SETTLES = 300

#: Seconds between two tries of what failed.
RETRY = 2

#: Seconds for the deliveries that were late when the last customer left.
DELIVERS = 3600

#: How events reach the site: five of each, up to 1.5 s late and so in any order; one in ten never.
DELIVERY = {"copies": 5, "shuffle": True, "delay": 1.5, "drop": 0.1}


class Drift(Exception):
    """Something is not as it was promised; the message says what."""


@dataclass
class Result:
    """What a run came to."""

    payments: int
    seed: int
    seconds: float = 0.0
    counts: dict[str, Any] = field(default_factory=dict)
    laps: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def lap(self, name: str) -> None:
        """Note how long what was done since the last lap took."""
        self.seconds = time.monotonic() - self.started
        self.laps[name] = self.seconds - sum(self.laps.values())

    def lines(self) -> list[str]:
        laps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.laps.items())
        told = [f"{self.payments} payments, seed {self.seed}, {self.seconds:.0f} s: {laps}"]
        return told + [f"  {name}: {_in_words(value)}" for name, value in self.counts.items()]


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items()) or "none"
    return str(value)


def run(payments: int, seed: int, folder: Path) -> Result:
    """Do it all in a folder that holds the logs afterwards. Raises Drift."""
    result = Result(payments, seed)
    with running(folder) as world:
        _prepare()
        start_site(world)
        world.stripe.command("chaos", seed=seed, **DELIVERY)
        try:
            result.lap("start")
            _chaos(world, result)
            _silence(world)
            result.lap("late deliveries, silence")
            _reconcile(world, result)
            result.lap("reconciliation, comparison")
        finally:
            result.counts["killed"] = dict(world.supervisor.killed)
    return result


def _prepare() -> None:
    """Make the database, in this process and for the others."""
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    name = settings.DATABASES["default"]["NAME"]
    connection = connections["default"]
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    call_command("migrate", run_syncdb=True, verbosity=0)


def _chaos(world: World, result: Result) -> None:
    """Let every customer live, while a monkey kills."""
    from tests.chaos.monkey import Monkey

    done: list[str] = []
    closed = threading.Event()
    crowd = _customers(world, result, closed)
    monkey = Monkey(world, result.seed, lambda: len(done) / len(crowd))
    monkey.start()
    try:
        pool = ThreadPoolExecutor(CROWD)
        futures = [pool.submit(customer.live) for customer in crowd]
        for future in futures:
            future.add_done_callback(lambda ended: done.append(""))
        stories = Counter(future.result() for future in as_completed(futures))
        result.lap("customers")
        # Banks settle, and events arrive, for a while after the last customer left.
        _quiet(world.stripe)
    finally:
        closed.set()
        pool.shutdown(wait=False, cancel_futures=True)
        monkey.stop()
        world.stripe.command("faults", release=True)
    result.counts["stories"] = dict(stories.most_common())
    result.counts["customers"] = dict(sum((customer.counts for customer in crowd), Counter()))
    result.counts["crashed"] = " and ".join(monkey.crashed)


def _customers(world: World, result: Result, closed: threading.Event) -> list[Any]:
    from django.contrib.auth import get_user_model

    from tests.chaos.customers import Customer

    users = [
        get_user_model()(username=f"player{number}", email=f"player{number}@example.com")
        for number in range(1 + result.payments // PER_USER)
    ]
    get_user_model().objects.bulk_create(users)
    sessions = [_session(user) for user in users]
    return [
        Customer(
            site=world.site,
            stripe=world.stripe,
            seat=seat,
            session=sessions[seat % len(sessions)],
            closed=closed,
            random=Random(f"{result.seed} {seat}"),  # noqa: S311
        )
        for seat in range(result.payments)
    ]


def _session(user: Any) -> str:
    """Return the cookie of a log-in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _silence(world: World) -> None:
    """Wait until nothing comes any more, and the sweep has done what it can without Stripe."""
    from django.db import connection

    connection.close()  # it was cut when the database crashed
    _quiet(world.stripe)
    _finished()
    world.supervisor.let_go(*WORKERS, SWEEP)


def _quiet(stripe: StripeSide) -> None:
    """Wait until Stripe has nothing more to say."""
    eventually(lambda: _is_settled(stripe), SETTLES, "Stripe never settled everything")
    eventually(lambda: _is_delivered(stripe), DELIVERS, "deliveries never ended")


def _is_settled(stripe: StripeSide) -> bool:
    waiting = {"processing"} & {intent["status"] for intent in stripe.every("payment_intents")}
    return not waiting and all(item["status"] != "pending" for item in stripe.every("refunds"))


def _is_delivered(stripe: StripeSide) -> bool:
    queue = stripe.ask("queue")
    if any(queue.values()):
        # In fast motion, and yet not so fast that all tries meet the same dead process.
        time.sleep(RETRY)
        stripe.command("retry")
    return not any(queue.values())


def _finished() -> None:
    """Wait until the sweep has finished every stored row, and each call of ours is old enough."""
    from django.utils import timezone

    from django_stripe_payments.models import ApiOperation
    from tests.chaos import truth
    from tests.chaos.apps import LEFT_BEHIND

    def open_calls() -> Any:
        begun = ApiOperation.objects.filter(status="pending")
        return begun.filter(updated_at__gt=timezone.now() - LEFT_BEHIND)

    eventually(lambda: not open_calls().exists(), SETTLES, "calls are still on their way")
    # What is left then is the reconciliation's, or a mistake.
    with contextlib.suppress(TimeoutError):
        eventually(lambda: not any(truth.unfinished_rows()), 30, "")


def _reconcile(world: World, result: Result) -> None:
    from tests.chaos import snapshot, truth

    found = truth.Truth.of(world.stripe)
    result.counts["at Stripe"] = {
        **truth.count(found.intents, "status"),
        **{
            f"refunds {name}": number
            for name, number in truth.count(found.refunds, "status").items()
        },
        "customers": len(found.customers),
        "events": len(found.events),
    }
    result.counts["deliveries"] = truth.count(world.stripe.ask("deliveries")["data"], "state")
    drift = truth.differences(found, result.payments)
    result.counts["differences before"] = len(drift)
    _write(world, "differences-before", drift)

    before = snapshot.take()
    report = _sync(world, "first")
    after = snapshot.take()
    named = truth.count(report["findings"], "problem")
    result.counts["first report"] = named or "nothing differed"
    result.counts["to look at"] = sum(item["outcome"] == "look" for item in report["findings"])

    # Receivers are the workers', as ever.
    world.supervisor.again(*WORKERS, SWEEP)
    _wait_for_receivers()
    world.supervisor.let_go(*WORKERS, SWEEP, *SITES)
    found = truth.Truth.of(world.stripe)
    _refuse("differences after the reconciliation", truth.differences(found, result.payments))
    _refuse("repairs that the report does not name", list(unnamed(before, after, report)))

    settled = snapshot.take()
    second = _sync(world, "second")
    written = [
        f"{model} {pk}: {', '.join(columns)}"
        for model, pk, _, columns in snapshot.changed(settled, snapshot.take())
    ]
    _refuse("what the second reconciliation wrote", written)
    _refuse("what the second reconciliation found", [str(item) for item in second["findings"]])
    result.counts["second report"] = "nothing differed, nothing was written"


def _wait_for_receivers() -> None:
    from tests.chaos import truth

    eventually(lambda: not any(truth.unfinished()), SETTLES, truth.told(list(truth.unfinished())))


def _sync(world: World, name: str) -> dict[str, Any]:
    done = subprocess.run(
        command("stripe_sync", "--json"), capture_output=True, text=True, check=False
    )
    (world.folder / f"sync-{name}.json").write_text(done.stdout)
    (world.folder / f"sync-{name}.log").write_text(done.stderr)
    if done.returncode:
        raise Drift(f"the {name} reconciliation failed:\n{done.stderr[-2000:]}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


#: What only follows from other rows, or tells of them.
CONSEQUENCES = {"Fact", "ReceiverDelivery", "Effect", "AuditLogEntry", "AuditSeal", "SyncCursor"}


def unnamed(before: Any, after: Any, report: dict[str, Any]) -> list[str]:
    """Return the rows that the reconciliation changed and its report does not name."""
    from tests.chaos import snapshot

    findings = report["findings"]
    told = " ".join(f"{item['object_id']} {item['detail']}" for item in findings)
    events = after["WebhookEvent"].values()
    # A finding that names an event names what the event is about.
    by_event = [
        event["payload"]["data"]["object"] for event in events if event["stripe_id"] in told
    ]
    told += json.dumps(by_event)
    return [
        f"{model} {pk} {row.get('stripe_id')}: {', '.join(columns)}"
        for model, pk, row, columns in snapshot.changed(before, after)
        if model not in CONSEQUENCES
        and not any(str(name) in told for name in _names(model, pk, row))
    ]


def _names(model: str, pk: Any, row: dict[str, Any]) -> list[Any]:
    names = [row.get("stripe_id"), pk if len(str(pk)) > 20 else None, row.get("charge_id")]
    if model == "ApiOperation":
        names.append(row["target"])
    return [name for name in names if name]


def _refuse(what: str, lines: list[str]) -> None:
    from tests.chaos import truth

    if lines:
        raise Drift(f"{len(lines)} {what}:\n{truth.told(lines)}")


def _write(world: World, name: str, lines: list[str]) -> None:
    (world.folder / f"{name}.txt").write_text("\n".join(lines))

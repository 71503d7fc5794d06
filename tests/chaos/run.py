"""One run: chaos, silence, one reconciliation, and the comparison of both sides."""

import contextlib
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from random import Random
from typing import Any

from tests.chaos import poison, travel
from tests.chaos.reconciliation import reconcile
from tests.chaos.result import Result
from tests.chaos.stripe_side import StripeSide
from tests.chaos.world import (
    World,
    create_database,
    eventually,
    running,
    start_site,
)

#: Customers at the same time.
CROWD = 8
#: So many payments share one customer of the site.
PER_USER = 3
#: Seconds for what ends by itself: retries of deliveries, banks that settle.
SETTLES = 300

#: Seconds between two tries of what failed.
RETRY = 2

#: Seconds for the deliveries that were late when the last customer left.
DELIVERS = 3600

#: How events reach the site: five of each, up to 1.5 s late and so in any order; one in ten never.
DELIVERY = {"copies": 5, "shuffle": True, "delay": 1.5, "drop": 0.1}


#: Hours that pass at the end, in steps of so many seconds: more than all retries take.
STEP, STEPS = 600, 60


def run(payments: int, seed: int, folder: Path, dispatcher: str) -> Result:
    """Do it all in a folder that holds the logs afterwards. Raises Drift."""
    result = Result(f"{payments} payments, {dispatcher}", seed)
    with running(folder, dispatcher, {"seed": seed, **DELIVERY}) as world:
        create_database()
        start_site(world)
        world.start_delivery()
        try:
            result.lap("start")
            _chaos(world, result, payments)
            _silence(world)
            result.lap("late deliveries, silence")
            reconcile(world, result, payments)
            result.lap("reconciliation, comparison")
        finally:
            result.counts["killed"] = dict(world.supervisor.killed)
            result.counts["stopped"] = dict(world.supervisor.stopped)
            result.counts["killed by poison"] = poison.deaths(folder)
    return result


def _chaos(world: World, result: Result, payments: int) -> None:
    """Let every customer live, while a monkey kills."""
    from django_stripe_payments.management.commands.stripe_sandbox import webhook_secret
    from tests.chaos.monkey import Monkey

    done: list[str] = []
    closed = threading.Event()
    crowd = _customers(world, result.seed, payments, closed)
    monkey = Monkey(world, result.seed, lambda: len(done) / len(crowd))
    monkey.start()
    try:
        result.counts["odd events"] = poison.post_odd_events(world.site, webhook_secret())
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


def _customers(world: World, seed: int, payments: int, closed: threading.Event) -> list[Any]:
    from django.contrib.auth import get_user_model

    from tests.chaos.customers import Customer

    users = [
        get_user_model()(username=f"player{number}", email=f"player{number}@example.com")
        for number in range(1 + payments // PER_USER)
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
            random=Random(f"{seed} {seat}"),  # noqa: S311
        )
        for seat in range(payments)
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
    _let_time_pass(world)
    world.supervisor.let_go(*world.background)


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


def _let_time_pass(world: World) -> None:
    """Move every clock, until the sweep has finished every stored row, with each of its retries.

    What is left then is the reconciliation's, or a mistake.
    """
    from tests.chaos import truth

    for step in range(1, 1 + STEPS):
        # The sweep is due each second.
        with contextlib.suppress(TimeoutError):
            eventually(lambda: not any(truth.unfinished_rows()), 2, "")
        if step > 1 and not any(truth.unfinished_rows()):
            return
        travel.to(step * STEP)
        world.stripe.command("clock", offset=step * STEP)

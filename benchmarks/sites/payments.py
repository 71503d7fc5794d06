"""A site with the payments app, and the hand-written endpoint beside it."""

import os
import random
from collections.abc import Callable
from typing import Any

from .base import SERIES, Browser, case, configure, run_sql, settle, timed, value_of
from .crowd import post_all
from .events import SECRET, delivery, event_about, intent_id

OURS, MINIMUM = "/payments/webhook/", "/minimum/"

#: What was used up, per endpoint: the number of the next payment that nobody has paid yet.
_next = {OURS: 1, MINIMUM: 1}
_browser: list[Browser] = []


def start(database: str, celery: bool = False) -> None:
    if celery:
        _start_celery()
    configure(
        database,
        "benchmarks.sites.payments_urls",
        ["django_stripe_payments"],
        STRIPE_PUBLIC_KEY="pk_test_benchmarks",
        STRIPE_SECRET_KEY="sk_test_benchmarks",
        STRIPE_WEBHOOK_SECRET=SECRET,
        # Counted as on any site, but no benchmark may run into it.
        STRIPE_RATE_LIMITS={"webhook": {"address": "100000000/m"}},
        STRIPE_DISPATCHER="celery" if celery else "inline",
    )
    from . import webhook_minimum

    webhook_minimum.create_tables()
    if celery:
        webhook_minimum.kick = _minimum_task().delay
    _browser.append(Browser())


def _start_celery() -> None:
    from celery import Celery

    app = Celery("benchmarks", broker=os.environ["REDIS_URL"].replace("unix://", "redis+socket://"))
    app.set_default()


def _minimum_task() -> Any:
    from celery import shared_task

    @shared_task(name="minimum", ignore_result=True)
    def process(stripe_id: str) -> None:
        """Never runs here: no worker is started."""

    return process


def add_payments(count: int) -> None:
    """Make payments 1 to ``count``, which wait for their events, for both endpoints."""
    from django_stripe_payments.models import Payment

    about = {"payment_type": "ticket", "amount": 2500, "currency": "usd", "description": "A ticket"}
    Payment.objects.bulk_create(
        [Payment(stripe_id=intent_id(number), **about) for number in range(1, count + 1)],
        batch_size=1000,
    )
    run_sql(
        f"""INSERT INTO minimum_payment {SERIES}
            SELECT n, 'pi_benchmark' || n, 'requires_payment_method' FROM series""",
        count,
    )
    settle(Payment._meta.db_table, "minimum_payment")


def add_stored_events(count: int) -> None:
    """Store so many finished events, their facts included, as a site has after years."""
    from django.db import connection

    from django_stripe_payments.models import Fact, Payment, WebhookEvent

    payload = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
    example = event_about(0)
    events = WebhookEvent._meta.db_table
    run_sql(
        f"""INSERT INTO {events} (stripe_id, origin, type, snapshot_id, api_version, account,
                object_id, livemode, payload, created, received_at, applied_at, finished_at,
                attempts, last_error)
            {SERIES} SELECT 'evt_old' || n, 'endpoint', 'payment_intent.succeeded', '', '', '',
                'pi_old' || n, false, {payload}, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP,
                CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 0, '' FROM series""",
        *_params_in_order(count, example),
    )
    settle(events, Fact._meta.db_table, Payment._meta.db_table)


def _params_in_order(count: int, example: dict[str, Any]) -> list[Any]:
    import json

    return [count, json.dumps(example)]


def listen(receivers: int) -> None:
    """Connect so many receivers at both endpoints: each writes one row."""
    from django_stripe_payments.signals import payment_succeeded

    from . import webhook_minimum

    for number in range(webhook_minimum.receivers, receivers):
        payment_succeeded.connect(_receiver(number), weak=False, dispatch_uid=f"receiver {number}")
    for number in range(receivers, webhook_minimum.receivers):
        payment_succeeded.disconnect(dispatch_uid=f"receiver {number}")
    webhook_minimum.receivers = receivers


def _receiver(number: int) -> Callable[..., None]:
    from .webhook_minimum import EFFECT

    def receive(payment: Any, **named: Any) -> None:
        run_sql(EFFECT, payment.stripe_id, number)

    return receive


def _new(endpoint: str) -> int:
    number = _next[endpoint]
    _next[endpoint] += 1
    return number


def _post(endpoint: str, number: int) -> float:
    body, headers = delivery(event_about(number))
    status: list[int] = []
    seconds = timed(lambda: status.append(_browser[0].send("POST", endpoint, body, headers)[0]))
    if status != [200]:
        raise RuntimeError(f"{endpoint} answered {status}")
    return seconds


@case
def ours_new() -> float:
    """A new event of a payment that is known."""
    return _post(OURS, _new(OURS))


@case
def minimum_new() -> float:
    return _post(MINIMUM, _new(MINIMUM))


@case
def ours_duplicate() -> float:
    """The latest event once more."""
    return _post(OURS, _next[OURS] - 1)


@case
def minimum_duplicate() -> float:
    return _post(MINIMUM, _next[MINIMUM] - 1)


def _crowd(endpoint: str, events: int) -> float:
    deliveries = [delivery(event_about(_new(endpoint))) for _ in range(events)]
    return post_all(endpoint, deliveries, threads=8) / events


@case
def ours_crowd(events: int) -> float:
    """New events from eight threads: the seconds for each."""
    return _crowd(OURS, events)


@case
def minimum_crowd(events: int) -> float:
    return _crowd(MINIMUM, events)


def _storm(endpoint: str, events: int, copies: int) -> float:
    numbers = [_new(endpoint) for _ in range(events)] * copies
    random.Random(numbers[0]).shuffle(numbers)
    deliveries = [delivery(event_about(number)) for number in numbers]
    run_sql("DELETE FROM effect")
    seconds = post_all(endpoint, deliveries, threads=8)
    effects = value_of("SELECT count(*) FROM effect")
    if effects != events:
        raise RuntimeError(f"{events} events had {effects} effects at {endpoint}")
    return seconds


@case
def ours_storm(events: int, copies: int) -> float:
    """Each event many times, shuffled, from eight threads, with one receiver: until all is done."""
    return _storm(OURS, events, copies)


@case
def minimum_storm(events: int, copies: int) -> float:
    return _storm(MINIMUM, events, copies)

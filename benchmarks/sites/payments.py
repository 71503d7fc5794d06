"""A site with the payments app, and the hand-written endpoint beside it."""

import os
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from . import stripe_stub
from .base import Browser, case, configure, run_sql, settle, timed, value_of
from .copies import copy_row
from .crowd import post_all
from .events import SECRET, delivery, event_about, intent_id

OURS, MINIMUM, SQL = "/payments/webhook/", "/minimum/", "/sql/"

#: The types of a mix of events. "processing" is believed only from Stripe: it takes a call, which
#: finds that the payment succeeded meanwhile.
MIXED = ("succeeded", "processing", "canceled")

#: The number of the next payment that nobody has paid yet.
_next = count(1)
#: The latest event of each endpoint.
_latest: dict[str, int] = {}
_browser: list[Browser] = []


def start(database: str, celery: bool = False) -> None:
    if celery:
        _start_celery()
    configure(
        database,
        "benchmarks.sites.payments_urls",
        ["django_stripe_payments", "benchmarks.sites.minimum"],
        STRIPE_PUBLIC_KEY="pk_test_benchmarks",
        STRIPE_SECRET_KEY="sk_test_benchmarks",
        STRIPE_WEBHOOK_SECRET=SECRET,
        STRIPE_API_BASE=stripe_stub.start(),
        # Counted as on any site, but no benchmark may run into it.
        STRIPE_RATE_LIMITS={"webhook": {"address": "100000000/m"}},
        STRIPE_DISPATCHER="celery" if celery else "inline",
    )
    if celery:
        from .minimum import webhook

        webhook.kick = _minimum_task().delay
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


def add_payments(number: int) -> None:
    """Make so many payments that wait for their events, known to every endpoint."""
    from django_stripe_payments.models import Payment

    from .minimum.models import MinimumPayment

    about = {"payment_type": "ticket", "amount": 2500, "currency": "usd", "description": "A ticket"}
    Payment.objects.bulk_create(
        [Payment(stripe_id=intent_id(number), **about) for number in range(1, number + 1)],
        batch_size=1000,
    )
    waiting = MinimumPayment(stripe_id="", status="requires_payment_method")
    waiting.save()
    copy_row(waiting, number, stripe_id="'pi_benchmark' || n")
    for model in (Payment, MinimumPayment):
        settle(model._meta.db_table)


def add_stored_events(count: int) -> None:
    """Store so many finished events and their facts, as a site has after years."""
    from django_stripe_payments.models import AuditLogEntry, Fact, WebhookEvent

    ours_new()
    event = WebhookEvent.objects.latest("pk")
    copy_row(event, count, stripe_id="'evt_old' || n", object_id="'pi_old' || n")
    copy_row(Fact.objects.latest("pk"), count, key="'payment_succeeded:old' || n")
    for model in (WebhookEvent, Fact, AuditLogEntry):
        settle(model._meta.db_table)


def listen(receivers: int) -> None:
    """Connect so many receivers at both endpoints: each writes one row."""
    from django_stripe_payments.signals import payment_canceled, payment_succeeded

    from .minimum import webhook

    for signal in (payment_succeeded, payment_canceled):
        for number in range(webhook.receivers, receivers):
            signal.connect(_receiver(number), weak=False, dispatch_uid=f"receiver {number}")
        for number in range(receivers, webhook.receivers):
            signal.disconnect(dispatch_uid=f"receiver {number}")
    webhook.receivers = receivers


def _receiver(number: int) -> Callable[..., None]:
    from .minimum.models import Effect

    def receive(payment: Any, **named: Any) -> None:
        Effect.objects.create(payment=payment.stripe_id, receiver=number)

    return receive


def _post(endpoint: str, number: int, event: dict[str, Any] | None = None) -> float:
    body, headers = delivery(event or event_about(number))
    status: list[int] = []
    seconds = timed(lambda: status.append(_browser[0].send("POST", endpoint, body, headers)[0]))
    if status != [200]:
        raise RuntimeError(f"{endpoint} answered {status}")
    _latest[endpoint] = number
    return seconds


@case
def ours_new() -> float:
    """A new event of a payment that is known."""
    return _post(OURS, next(_next))


@case
def minimum_new() -> float:
    return _post(MINIMUM, next(_next))


@case
def sql_new() -> float:
    return _post(SQL, next(_next))


def _mixed(endpoint: str) -> float:
    seconds = 0.0
    for status in MIXED:
        event = event_about(number := next(_next))
        event["type"] = f"payment_intent.{status}"
        event["data"]["object"] |= {"status": status, "canceled_at": event["created"]}
        seconds += _post(endpoint, number, event)
    return seconds / len(MIXED)


@case
def ours_mixed() -> float:
    """A new event of each type in MIXED: the seconds for each."""
    return _mixed(OURS)


@case
def minimum_mixed() -> float:
    return _mixed(MINIMUM)


@case
def sql_mixed() -> float:
    return _mixed(SQL)


@case
def ours_duplicate() -> float:
    """The latest event once more."""
    return _post(OURS, _latest[OURS])


@case
def minimum_duplicate() -> float:
    return _post(MINIMUM, _latest[MINIMUM])


@case
def sql_duplicate() -> float:
    return _post(SQL, _latest[SQL])


def _crowd(endpoint: str, events: int) -> float:
    deliveries = [delivery(event_about(next(_next))) for _ in range(events)]
    return post_all(endpoint, deliveries, threads=8) / events


@case
def ours_crowd(events: int) -> float:
    """New events from eight threads: the seconds for each."""
    return _crowd(OURS, events)


@case
def minimum_crowd(events: int) -> float:
    return _crowd(MINIMUM, events)


def _storm(endpoint: str, events: int, copies: int) -> float:
    numbers = [next(_next) for _ in range(events)] * copies
    random.Random(numbers[0]).shuffle(numbers)
    deliveries = [delivery(event_about(number)) for number in numbers]
    run_sql("DELETE FROM minimum_effect")
    seconds = post_all(endpoint, deliveries, threads=8)
    effects = value_of("SELECT count(*) FROM minimum_effect")
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

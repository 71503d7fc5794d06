"""Copies of one event leave the work, and the call to Stripe, to the first of them."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import Fact, Payment, ReceiverDelivery, WebhookEvent
from django_stripe_payments.webhooks import lease, process_event, record_event, store_event

pytestmark = pytest.mark.django_db

COPIES = 8


@pytest.fixture
def declined(payment: Payment, stripe_sandbox: Any) -> dict[str, Any]:
    """An event that is not believed as it is: Stripe has to be asked."""
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000002")
    event: dict[str, Any] = stripe_sandbox.events("payment_intent.payment_failed")[0]
    return event


@pytest.fixture
def asked(stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the intents that Stripe was asked for."""
    paths: list[str] = []
    handle = stripe_sandbox.app.handle

    def note(method: str, target: str, headers: Any, body: bytes) -> Any:
        if method == "GET":
            paths.append(target)
        return handle(method, target, headers, body)

    monkeypatch.setattr(stripe_sandbox.app, "handle", note)
    return paths


def leased_by_another(event: dict[str, Any], **end: float) -> WebhookEvent:
    row = record_event(event)
    row.leased_until = timezone.now() + timedelta(**end)
    row.save(update_fields=["leased_until"])
    return row


@pytest.mark.django_db(transaction=True)
def test_copies_that_arrive_together_ask_stripe_once(
    declined: dict[str, Any],
    asked: list[str],
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    heard: list[Any] = []
    connect(signals.payment_failed, lambda fact, **named: heard.append(fact))
    start, answers = threading.Barrier(COPIES), []

    def copy() -> None:
        start.wait(60)
        answers.append(deliver(declined).status_code)
        connection.close()

    threads = [threading.Thread(target=copy) for _ in range(COPIES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * COPIES
    assert len(asked) == 1
    assert len(heard) == 1


def test_an_event_that_another_process_works_on_is_left_to_it(
    declined: dict[str, Any], asked: list[str]
) -> None:
    row = leased_by_another(declined, seconds=30)
    assert process_event(row) is False
    assert sweep().events == 0
    assert asked == []


def test_a_process_that_died_holds_up_nothing_for_longer_than_its_lease(
    declined: dict[str, Any],
) -> None:
    row = leased_by_another(declined, seconds=-1)
    assert sweep().events == 1
    row.refresh_from_db()
    assert row.finished_at is not None


def test_a_copy_is_not_acknowledged_before_the_work_is_done(
    declined: dict[str, Any], deliver: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django_stripe_payments.workers.inline.PATIENCE", 0.02)
    leased_by_another(declined, seconds=30)
    assert deliver(declined).status_code == 500
    WebhookEvent.objects.update(finished_at=timezone.now())
    assert deliver(declined).status_code == 200


def test_a_copy_takes_over_as_soon_as_the_first_has_failed(
    declined: dict[str, Any],
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    settings: Any,
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    path = "/v1/payment_intents"
    stripe_sandbox.faults.add("error", method="GET", path=path, status=500, times=1)
    runs: list[Any] = []
    connect(signals.payment_failed, lambda fact, **named: runs.append(fact) or 1 / len(runs[1:]))
    # Stripe is silent; then the receiver fails; then all is well. None of them has to wait.
    assert [deliver(declined).status_code for _ in range(3)] == [500, 500, 200]
    assert WebhookEvent.objects.get().leased_until is not None


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the clock of this machine some minutes ahead, and leave the database's."""
    real = timezone.now

    def ahead(minutes: int) -> None:
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=minutes))

    return ahead


@pytest.mark.postgresql
@pytest.mark.mariadb
@pytest.mark.parametrize(("holder", "other"), [(0, 10), (-10, 0)])
def test_machines_whose_clocks_differ_agree_on_the_lease(
    declined: dict[str, Any],
    asked: list[str],
    set_clock: Callable[[int], None],
    holder: int,
    other: int,
) -> None:
    set_clock(holder)
    new = store_event(declined, is_leased=True)
    set_clock(other)
    assert not process_event(WebhookEvent.objects.get(pk=new.pk))
    assert sweep().events == 0
    assert asked == []
    # And who takes it over gives it the same time.
    WebhookEvent.objects.update(leased_until=timezone.now() - timedelta(days=1))
    row = WebhookEvent.objects.get()
    set_clock(holder)
    assert lease.take(row)
    set_clock(other)
    assert not lease.take(WebhookEvent.objects.get())


def test_the_facts_of_an_event_that_is_worked_on_are_left_to_that_process(
    declined: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    runs: list[Any] = []
    connect(signals.payment_failed, lambda fact, **named: runs.append(fact) or 1 / len(runs[1:]))
    assert deliver(declined).status_code == 500
    ReceiverDelivery.objects.update(next_attempt_at=None)
    WebhookEvent.objects.update(leased_until=lease.until())
    assert sweep().facts == 0
    WebhookEvent.objects.update(leased_until=timezone.now())
    sweep()
    assert len(runs) == 2
    assert Fact.objects.get(kind="payment_failed").announced_at is not None

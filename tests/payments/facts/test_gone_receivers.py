"""A receiver that failed and was then taken out of the code is not waited for for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.facts.announce import replay
from django_stripe_payments.maintenance import health
from django_stripe_payments.maintenance.sweep import SweepResult, sweep
from django_stripe_payments.models import Fact, Payment, ReceiverDelivery

pytestmark = pytest.mark.django_db

#: What a sweep says of a fact that it had to leave.
ONE_LEFT = SweepResult(events=0, facts=0, refunds=0, left=1)


class Receiver:
    """Fails for as long as it is told to."""

    def __init__(self) -> None:
        self.fails, self.runs = True, 0

    def __call__(self, **named: Any) -> None:
        self.runs += 1
        if self.fails:
            raise RuntimeError


@pytest.fixture
def gone(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> Receiver:
    """A receiver that failed once and is not connected any more."""
    receiver = Receiver()
    connect(signals.payment_succeeded, receiver, dispatch_uid="gone")
    stripe_sandbox.confirm(payment.stripe_id)
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    signals.payment_succeeded.disconnect(dispatch_uid="gone")
    sweep(only_due=False)
    return receiver


def gone_for(**age: float) -> None:
    ReceiverDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(**age))


def test_the_sweep_says_that_it_left_the_fact(gone: Receiver) -> None:
    gone_for(days=29)
    assert sweep() == ONE_LEFT
    assert Fact.objects.get(kind="payment_succeeded").announced_at is None


def test_after_a_time_the_sweep_leaves_it_for_good(gone: Receiver) -> None:
    gone_for(days=31)
    assert sweep().facts == 1
    assert sweep() == SweepResult(events=0, facts=0, refunds=0, left=0)
    assert health.status().failed_deliveries == 0
    delivery = ReceiverDelivery.objects.get()
    assert (delivery.delivered_at, delivery.attempts) == (None, 1)


def test_one_that_never_ran_counts_from_when_it_was_to_run(gone: Receiver) -> None:
    ReceiverDelivery.objects.update(next_attempt_at=None)
    assert sweep() == ONE_LEFT
    ReceiverDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert sweep().facts == 1


def test_one_that_is_connected_and_fails_is_never_given_up(
    gone: Receiver, connect: Callable[..., None]
) -> None:
    connect(signals.payment_succeeded, gone, dispatch_uid="gone")
    gone_for(days=400)
    assert sweep() == ONE_LEFT
    assert gone.runs == 2
    assert Fact.objects.get(kind="payment_succeeded").announced_at is None


def test_should_it_come_back_staff_can_run_it(gone: Receiver, connect: Callable[..., None]) -> None:
    gone_for(days=31)
    sweep()
    connect(signals.payment_succeeded, gone, dispatch_uid="gone")
    sweep()
    assert gone.runs == 1
    gone.fails = False
    replay(ReceiverDelivery.objects.get())
    assert gone.runs == 2
    assert Fact.objects.get(kind="payment_succeeded").announced_at is not None


@pytest.mark.parametrize(("days", "is_left"), [(60, True), (None, True), (5, False)])
def test_how_long_is_a_setting(
    gone: Receiver, settings: Any, days: int | None, is_left: bool
) -> None:
    settings.STRIPE_GONE_RECEIVER_DAYS = days
    gone_for(days=31)
    assert bool(sweep().left) is is_left


@pytest.mark.parametrize(("days", "is_wrong"), [(0, True), ("30", True), (1, False), (None, False)])
def test_a_setting_that_makes_no_sense_is_told_at_start_up(
    settings: Any, days: Any, is_wrong: bool
) -> None:
    settings.STRIPE_GONE_RECEIVER_DAYS = days
    assert any(message.id.endswith(".E086") for message in run_checks()) is is_wrong

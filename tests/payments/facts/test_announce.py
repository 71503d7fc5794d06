"""Each receiver of a fact runs once, alone, and a failing one harms nobody else."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from django_stripe_payments import reconcile, signals
from django_stripe_payments.exceptions import ReceiverBrokeTransaction, ReplayFailed
from django_stripe_payments.facts.announce import replay
from django_stripe_payments.models import Fact, Payment, ReceiverDelivery, WebhookEvent
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import paid_payment

pytestmark = pytest.mark.django_db
User = get_user_model()


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> dict[str, Any]:
    """The event that says that ``payment`` was paid."""
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    event: dict[str, Any] = stripe_sandbox.events("payment_intent.succeeded")[0]
    return event


class Flaky:
    """Fails so many times; every run leaves a row, which only a good run may keep."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.runs = 0

    def __call__(self, sender: Any, payment: Payment, **named: Any) -> None:
        self.runs += 1
        User.objects.create(username=f"registered-{self.runs}")
        if self.runs <= self.failures:
            raise RuntimeError(f"failure {self.runs}: sk_test_abc123")


def test_a_receiver_hears_of_a_payment_once(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[tuple[Any, ...]] = []

    def listen(sender: Any, payment: Payment, event: Any, fact: Fact, **named: Any) -> None:
        heard.append((sender, payment.status, event.type, fact.kind))

    connect(signals.payment_succeeded, listen)
    for _ in range(3):
        assert deliver(paid).status_code == 200
    StripeService.confirm_payment(paid["data"]["object"]["id"])
    assert heard == [(Payment, "succeeded", "payment_intent.succeeded", "payment_succeeded")]


def test_a_charge_finishes_what_the_success_page_could_not_tell(
    paid: dict[str, Any],
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    receiver = Flaky(failures=1)
    connect(signals.payment_succeeded, receiver)
    StripeService.confirm_payment(paid["data"]["object"]["id"])
    assert receiver.runs == 1
    assert deliver(stripe_sandbox.events("charge.succeeded")[0]).status_code == 200
    assert receiver.runs == 2


def a_customer(user: Any, sandbox: Any) -> str:
    StripeService.get_or_create_customer(user)
    return "customer.created"


def a_card(user: Any, sandbox: Any) -> str:
    StripeService.add_payment_method(user, "pm_card_visa")
    return "payment_method.attached"


def a_payout(user: Any, sandbox: Any) -> str:
    paid_payment(sandbox, user)
    sandbox.finish_payout(sandbox.pay_out()["id"])
    reconcile.run(steps=["payouts"])
    return "payout.paid"


@pytest.mark.parametrize(
    ("signal", "become"),
    [
        (signals.customer_created, a_customer),
        (signals.payment_method_attached, a_card),
        (signals.payout_paid, a_payout),
    ],
)
def test_an_event_finishes_what_is_left_to_tell_of_its_object(
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    signal: Any,
    become: Callable[..., str],
) -> None:
    runs: list[str] = []

    def fail_once(fact: Fact, **named: Any) -> None:
        runs.append(fact.key)
        if len(runs) == 1:
            raise RuntimeError("not yet")

    connect(signal, fail_once)
    event = stripe_sandbox.events(become(user, stripe_sandbox))[0]
    assert len(runs) == 1
    assert deliver(event).status_code == 200
    assert len(runs) == 2


def test_what_was_applied_is_not_asked_for_again_for_the_sake_of_a_receiver(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    connect(signals.payment_failed, Flaky(failures=1))
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000002")
    event = stripe_sandbox.events("payment_intent.payment_failed")[0]
    assert deliver(event).status_code == 500
    stripe_sandbox.faults.add("error", times=99)
    assert deliver(event).status_code == 200


def test_a_replay_that_fails_is_tried_again_by_the_sweep(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    receiver = Flaky(failures=0)
    connect(signals.payment_succeeded, receiver)
    deliver(paid)
    receiver.failures = 2
    with pytest.raises(ReplayFailed):
        replay(ReceiverDelivery.objects.get())
    call_command("stripe_deliver", "--all")
    assert receiver.runs == 3


def test_the_success_page_and_the_webhook_announce_one_fact(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.payment_succeeded, lambda event, **named: heard.append(event))
    StripeService.confirm_payment(paid["data"]["object"]["id"])
    assert deliver(paid).status_code == 200
    assert heard == [None]


def test_a_receiver_that_fails_twice_is_tried_again_alone(
    payment: Payment,
    paid: dict[str, Any],
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    flaky, steady = Flaky(failures=2), Flaky(failures=0)
    connect(signals.payment_succeeded, flaky, dispatch_uid="flaky")
    connect(signals.payment_succeeded, steady, dispatch_uid="steady")

    answers = [deliver(paid).status_code for _ in range(4)]

    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert answers == [500, 500, 200, 200]
    assert (flaky.runs, steady.runs) == (3, 1)
    delivery = ReceiverDelivery.objects.get(receiver="flaky")
    assert delivery.attempts == 3
    assert delivery.delivered_at is not None


def test_what_a_failed_run_wrote_is_undone(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    connect(signals.payment_succeeded, Flaky(failures=1), dispatch_uid="flaky")
    deliver(paid)
    assert not User.objects.filter(username__startswith="registered").exists()
    deliver(paid)
    assert User.objects.get(username__startswith="registered").username == "registered-2"


def test_a_database_error_in_one_receiver_does_not_reach_the_next(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None], user: Any
) -> None:
    def clash(sender: Any, **named: Any) -> None:
        User.objects.create(username=user.username)

    steady = Flaky(failures=0)
    connect(signals.payment_succeeded, clash)
    connect(signals.payment_succeeded, steady)
    assert deliver(paid).status_code == 500
    assert steady.runs == 1
    failed = ReceiverDelivery.objects.get(delivered_at=None)
    assert IntegrityError.__name__ in failed.last_error


def test_the_admin_shows_the_traceback_without_secrets(
    paid: dict[str, Any],
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    admin_client: Client,
) -> None:
    connect(signals.payment_succeeded, Flaky(failures=9), dispatch_uid="flaky")
    deliver(paid)
    delivery = ReceiverDelivery.objects.get()
    page = admin_client.get(
        f"/admin/django_stripe_payments/receiverdelivery/{delivery.pk}/change/"
    ).content.decode()
    assert "Traceback" in page
    assert "RuntimeError: failure 1" in page
    assert "sk_test_abc123" not in page


def test_the_sweep_leaves_a_failed_receiver_until_it_is_due(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    flaky = Flaky(failures=1)
    connect(signals.payment_succeeded, flaky, dispatch_uid="flaky")
    deliver(paid)

    call_command("stripe_deliver")
    assert flaky.runs == 1

    ReceiverDelivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    call_command("stripe_deliver")
    assert flaky.runs == 2
    assert WebhookEvent.objects.get().finished_at is not None
    assert Fact.objects.get(kind="payment_succeeded").announced_at is not None


def test_reloading_the_success_page_does_not_hammer_a_failed_receiver(
    paid: dict[str, Any], connect: Callable[..., None]
) -> None:
    flaky = Flaky(failures=9)
    connect(signals.payment_succeeded, flaky, dispatch_uid="flaky")
    for _ in range(3):
        StripeService.confirm_payment(paid["data"]["object"]["id"])
    assert flaky.runs == 1


def test_waiting_times_grow_to_the_last_one(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None], settings: Any
) -> None:
    settings.STRIPE_RETRY_DELAYS = (60, 3600)
    connect(signals.payment_succeeded, Flaky(failures=9), dispatch_uid="flaky")
    waits = []
    for _ in range(3):
        deliver(paid)
        due = ReceiverDelivery.objects.get().next_attempt_at
        assert due is not None
        waits.append(round((due - timezone.now()).total_seconds()))
    assert waits == [60, 3600, 3600]


def test_a_receiver_gets_its_own_copy_of_the_payment(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    seen: list[int] = []

    def spoil(sender: Any, payment: Payment, **named: Any) -> None:
        seen.append(payment.amount)
        payment.amount = 0

    connect(signals.payment_succeeded, spoil, dispatch_uid="first")
    connect(signals.payment_succeeded, spoil, dispatch_uid="second")
    deliver(paid)
    assert seen == [2500, 2500]


def test_a_receiver_that_is_gone_does_not_hold_up_the_answer(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    flaky = Flaky(failures=9)
    connect(signals.payment_succeeded, flaky, dispatch_uid="flaky")
    deliver(paid)
    signals.payment_succeeded.disconnect(dispatch_uid="flaky")
    assert deliver(paid).status_code == 200
    assert Fact.objects.get(kind="payment_succeeded").announced_at is None


def test_a_receiver_that_comes_later_hears_nothing_of_the_past(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    deliver(paid)
    late = Flaky(failures=0)
    connect(signals.payment_succeeded, late)
    deliver(paid)
    call_command("stripe_deliver", "--all")
    assert late.runs == 0


def test_post_save_tells_of_each_status_once(
    payment: Payment, paid: dict[str, Any], deliver: Callable[..., Any]
) -> None:
    from django.db.models.signals import post_save

    seen: list[str] = []

    def listen(sender: Any, instance: Payment, created: bool, **named: Any) -> None:
        assert created is False
        assert instance.metadata == {"seat": "7"}
        seen.append(instance.status)

    post_save.connect(listen, sender=Payment)
    for _ in range(3):
        deliver(paid)
    post_save.disconnect(listen, sender=Payment)
    assert seen == ["succeeded"]


def swallow(sender: Any, payment: Payment, **named: Any) -> None:
    """Break the transaction and say nothing of it."""
    with suppress(IntegrityError):
        User.objects.create(username=payment.user.username)


def leave(sender: Any, **named: Any) -> None:
    raise SystemExit(1)


@pytest.mark.parametrize("receiver", [swallow, leave])
def test_a_receiver_that_breaks_its_turn_is_recorded_and_harms_nobody(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None], receiver: Any
) -> None:
    steady = Flaky(failures=0)
    connect(signals.payment_succeeded, receiver)
    connect(signals.payment_succeeded, steady)
    assert deliver(paid).status_code == 500
    assert steady.runs == 1
    failed = ReceiverDelivery.objects.get(delivered_at=None)
    assert failed.attempts == 1
    assert failed.last_error
    assert failed.next_attempt_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_receiver_that_ends_its_transaction_unseen_is_found_out(
    paid: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    steady = Flaky(failures=0)
    connect(signals.payment_succeeded, lambda **named: connection.connection.rollback())
    connect(signals.payment_succeeded, steady)
    assert deliver(paid).status_code == 500
    failed = ReceiverDelivery.objects.get(delivered_at=None)
    assert failed.attempts == 1
    assert ReceiverBrokeTransaction.__name__ in failed.last_error
    assert steady.runs == 1


def test_a_raising_post_save_receiver_does_not_keep_the_money_unbooked(
    payment: Payment, paid: dict[str, Any], deliver: Callable[..., Any]
) -> None:
    from django.db.models.signals import post_save

    def clash(sender: Any, instance: Payment, **named: Any) -> None:
        User.objects.create(username=instance.user.username)

    post_save.connect(clash, sender=Payment)
    try:
        assert deliver(paid).status_code == 200
    finally:
        post_save.disconnect(clash, sender=Payment)
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_a_failed_telling_of_a_decline_is_not_made_up_for_after_the_success(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> None:
    flaky = Flaky(failures=1)
    connect(signals.payment_failed, flaky)
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000002")
    declined = stripe_sandbox.events("payment_intent.payment_failed")[0]
    assert deliver(declined).status_code == 500
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    assert deliver(declined).status_code == 200
    assert flaky.runs == 1
    assert Fact.objects.get(kind="payment_failed").overtaken

"""What becomes of a call that Stripe was too busy for, or that ends otherwise than it began."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import stripe
from django.test import Client
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.customers.customer import get_or_create_customer
from django_stripe_payments.exceptions import (
    OutcomeUnknown,
    StripeBusy,
    StripeCallFailed,
    StripePaymentsError,
)
from django_stripe_payments.maintenance import erasure, health
from django_stripe_payments.models import ApiOperation, Payment, Refund, SyncRun
from django_stripe_payments.payments.cancel import cancel_payment
from django_stripe_payments.payments.intents import CREATE, create_payment, ensure_intent
from django_stripe_payments.payments.lookup import PAYMENT_KEY
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts, calls, operations
from tests.payments.support.reconciling import told
from tests.payments.support.refunding import at_stripe, paid_payment

pytestmark = pytest.mark.django_db

Status = ApiOperation.Status


@pytest.fixture
def busy(stripe_sandbox: Any) -> Callable[[str], None]:
    """Let Stripe answer 429 to the next call of a path."""

    def add(path: str) -> None:
        stripe_sandbox.faults.add("error", method="POST", path=path, status=429)

    return add


@pytest.fixture
def customer(user: Any, stripe_sandbox: Any) -> Any:
    return get_or_create_customer(user)


def grow_old(**age: float) -> None:
    """Let so much time pass for every call."""
    then = timezone.now() - timedelta(**age)
    ApiOperation.objects.update(created_at=then, updated_at=then)


def gift(
    call: Callable[..., Any], **declared: Any
) -> operations.Operation[str, stripe.Customer, object]:
    """An operation of a site's own; what it did is never found."""
    return operations.Operation(
        kind="shop.gift",
        call=call,
        find=lambda target, attempt: None,
        settle=lambda target, result: result,
        **declared,
    )


@pytest.mark.parametrize("error", [stripe.RateLimitError, stripe.AuthenticationError])
def test_a_call_that_may_have_been_done_stays_unknown_when_the_next_try_does_nothing(
    db: None, error: type[stripe.StripeError]
) -> None:
    operation = ApiOperation.objects.create(kind="shop.gift", target="x", status=Status.UNKNOWN)

    def call(target: Any, params: dict[str, Any], options: Any) -> Any:
        raise error("not now")

    with pytest.raises(StripePaymentsError):
        calls.perform(gift(call), "x", {})
    operation.refresh_from_db()
    assert operation.status == Status.UNKNOWN


def test_a_repetition_sends_what_the_first_try_sent(db: None) -> None:
    """Stripe refuses other parameters under the same key."""
    sent: list[dict[str, Any]] = []

    def call(target: Any, params: dict[str, Any], options: Any) -> Any:
        sent.append(params)
        raise stripe.APIConnectionError("cut")

    for name in ("first", "second"):
        with pytest.raises(OutcomeUnknown):
            calls.perform(gift(call), "x", {"name": name})
    assert sent == [{"name": "first"}] * 2


def test_one_that_is_asked_again_is_not_left_behind_meanwhile(db: None) -> None:
    operation = ApiOperation.objects.create(kind="shop.gift", target="x")
    grow_old(hours=1)
    assert attempts.unresolved().exists()

    def call(target: Any, params: dict[str, Any], options: Any) -> Any:
        assert not attempts.unresolved().exists()
        raise stripe.InvalidRequestError("no", param=None)

    operation.refresh_from_db()
    with pytest.raises(StripeCallFailed):
        calls.resolve(gift(call), operation)


def test_an_answer_that_came_to_another_process_is_never_taken_back(db: None) -> None:
    def call(target: Any, params: dict[str, Any], options: Any) -> Any:
        ApiOperation.objects.update(status=Status.SUCCEEDED, stripe_id="x_1")
        raise stripe.APIConnectionError("cut")

    with pytest.raises(OutcomeUnknown):
        calls.perform(gift(call), "x", {})
    assert ApiOperation.objects.values_list("status", "stripe_id").get() == (
        Status.SUCCEEDED,
        "x_1",
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_a_key_that_stripe_may_have_forgotten_is_not_used_again(
    user: Any, customer: Any, stripe_sandbox: Any, is_there: bool
) -> None:
    """It may have been made, or not; what is not there is a new attempt, with a key of its own."""
    payment = create_payment(user, "25.00", "ticket")
    if is_there:
        stripe_sandbox.faults.add("cut", method="POST", path="/v1/payment_intents", times=3)
        with pytest.raises(OutcomeUnknown):
            ensure_intent(payment)
    else:
        ApiOperation.objects.create(
            kind="payment_intent.create",
            target=attempts.name_of(payment),
            params={"amount": 2500, "currency": "usd", "metadata": {PAYMENT_KEY: str(payment.pk)}},
            status=Status.UNKNOWN,
        )
    grow_old(hours=24)
    ensure_intent(payment)
    assert len(stripe_sandbox.events("payment_intent.created")) == 1
    tried = ApiOperation.objects.filter(kind="payment_intent.create").order_by("attempt")
    expected = [Status.SUCCEEDED] if is_there else [Status.FAILED, Status.SUCCEEDED]
    assert list(tried.values_list("status", flat=True)) == expected


def test_a_clock_of_stripes_that_is_behind_hides_nothing(user: Any, customer: Any) -> None:
    _, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    made = ApiOperation.objects.get(kind="payment_intent.create")
    made.stripe_id, made.created_at = "", timezone.now() + timedelta(seconds=50)
    found = CREATE.find(CREATE.target_of(made), made)
    assert found is not None
    assert found.id == intent.id


def test_a_call_that_never_reached_stripe_ends_and_is_not_made_for_nobody(
    user: Any, customer: Any, stripe_sandbox: Any, busy: Callable[[str], None]
) -> None:
    busy("/v1/payment_intents")
    with pytest.raises(StripeBusy):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    grow_old(hours=1)
    assert not health.status().is_healthy
    reconcile.run(steps=["unknown_calls"])
    assert ApiOperation.objects.get(kind="payment_intent.create").status == Status.FAILED
    assert stripe_sandbox.events("payment_intent.created") == []
    assert health.status().unknown_operations == 0
    assert reconcile.run(steps=["unknown_calls"]).is_clean


def test_the_customer_may_go_on_after_it_ended(
    user: Any, customer: Any, stripe_sandbox: Any, busy: Callable[[str], None]
) -> None:
    busy("/v1/payment_intents")
    with pytest.raises(StripeBusy):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    grow_old(hours=1)
    reconcile.run(steps=["unknown_calls"])
    cancel_payment(Payment.objects.get())
    assert len(stripe_sandbox.events("payment_intent.canceled")) == 1


def test_a_refund_that_never_reached_stripe_is_made(
    user: Any, stripe_sandbox: Any, busy: Callable[[str], None]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    busy("/v1/refunds")
    with pytest.raises(StripeBusy):
        StripeService.refund_payment(payment, "7.00")
    grow_old(hours=1)
    reconcile.run(steps=["unknown_calls"])
    assert [refund["amount"] for refund in at_stripe(stripe_sandbox, payment)] == [700]
    assert Refund.objects.get().status == "succeeded"


def test_it_does_not_forbid_an_erasure_for_ever(
    user: Any, customer: Any, stripe_sandbox: Any, busy: Callable[[str], None]
) -> None:
    paid_payment(stripe_sandbox, user)
    busy("/v1/payment_intents")
    with pytest.raises(StripeBusy):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    grow_old(hours=1)
    reconcile.run()
    erasure.erase_user(user)
    assert not Payment.objects.filter(user=user).exists()


def test_one_that_is_asked_again_just_now_is_left_alone(
    user: Any, customer: Any, stripe_sandbox: Any, busy: Callable[[str], None]
) -> None:
    """The reconciler does not end a call between its second try and the answer to it."""
    busy("/v1/payment_intents")
    with pytest.raises(StripeBusy):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    grow_old(hours=1)
    found: list[bool] = []
    operation = ApiOperation.objects.get(kind="payment_intent.create")

    def call(target: Any, params: dict[str, Any], options: Any) -> Any:
        found.append(attempts.unresolved().filter(pk=operation.pk).exists())
        raise StopIteration

    with pytest.raises(StopIteration):
        calls.perform(replace(CREATE, call=call), CREATE.target_of(operation), operation.params)
    assert found == [False]


def test_what_was_cancelled_here_is_not_left_open_at_stripe(
    user: Any, customer: Any, stripe_sandbox: Any
) -> None:
    """The intent was made, its answer lost, and the payment given up before that was known."""
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/payment_intents", times=3)
    with pytest.raises(OutcomeUnknown):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    Payment.objects.update(status="canceled", canceled_at=timezone.now())
    report = reconcile.run()
    stripe_sandbox.deliver(Client())
    [event] = stripe_sandbox.events("payment_intent.created")
    intent = event["data"]["object"]["id"]
    assert stripe_sandbox.object(intent)["status"] == "canceled"
    assert (intent, "orphan", "repaired") in told(report)
    assert reconcile.run().is_clean


def test_an_error_that_stripe_repeats_does_not_end_every_run(
    payment: Payment, stripe_sandbox: Any
) -> None:
    """Stripe stores an error of its own under the key, and says it again for a day."""
    Payment.objects.update(created_at=timezone.now() - timedelta(days=8))
    stripe_sandbox.faults.add("error", method="POST", path="/cancel", times=3)
    report = reconcile.run()
    assert (str(payment.pk), "orphan", "needs_review") in told(report)
    assert SyncRun.objects.get().finished_at is not None
    reconcile.run()
    payment.refresh_from_db()
    assert payment.status == stripe_sandbox.object(payment.stripe_id)["status"] == "canceled"


def test_what_is_gone_at_stripe_was_not_changed(user: Any, customer: Any) -> None:
    operation = ApiOperation.objects.create(
        kind="payment_method.detach", target="pm_gone", status=Status.UNKNOWN
    )
    grow_old(days=2)
    reconcile.run(steps=["unknown_calls"])
    operation.refresh_from_db()
    assert operation.status == Status.FAILED


@pytest.mark.parametrize(("timeout", "retries", "seconds"), [(20, 2, 130), (80, 0, 160)])
def test_a_call_is_left_behind_when_no_try_of_the_sdk_can_be_on_its_way(
    settings: Any, timeout: int, retries: int, seconds: int
) -> None:
    settings.STRIPE_API_TIMEOUT, settings.STRIPE_API_MAX_RETRIES = timeout, retries
    assert attempts.left_behind() == timedelta(seconds=seconds)

"""Giving money back: once, never more than arrived, and never lost."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.exceptions import (
    ConfigurationError,
    InvalidAmount,
    OutcomeUnknown,
    PaymentNotFound,
    RefundExceedsBalance,
    StripeCallFailed,
    StripeUnavailable,
)
from django_stripe_payments.models import ApiOperation, AuditLogEntry, Fact, Payment, Refund
from django_stripe_payments.refunds import apply as refund_apply
from django_stripe_payments.refunds import execute as refund_execute
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts
from tests.payments.support.refunding import (
    PENDING_REFUNDS,
    at_stripe,
    in_dashboard,
    paid_payment,
    sum_at_stripe,
    sum_here,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(user: Any, stripe_sandbox: Any) -> Payment:
    return paid_payment(stripe_sandbox, user)


def cut(sandbox: Any) -> None:
    """Let the sandbox execute the next refund and hang up, as often as the SDK asks."""
    sandbox.faults.add("cut", method="POST", path="/v1/refunds", times=3)


def test_without_an_amount_everything_goes_back(paid: Payment, stripe_sandbox: Any) -> None:
    refund = StripeService.refund_payment(paid, reason="requested_by_customer")
    assert (refund.status, refund.amount, refund.currency) == ("succeeded", 2500, "usd")
    (theirs,) = at_stripe(stripe_sandbox, paid)
    assert (theirs["id"], theirs["amount"]) == (refund.stripe_id, 2500)
    assert theirs["reason"] == "requested_by_customer"
    assert theirs["metadata"] == {"django_refund_id": str(refund.pk)}
    assert paid.amount_refunded == 2500


@pytest.mark.parametrize("amount", ["10.00", Decimal("10"), 10])
def test_a_part_goes_back_and_the_rest_can_follow(
    paid: Payment, stripe_sandbox: Any, amount: Any
) -> None:
    assert StripeService.refund_payment(paid, amount).amount == 1000
    assert paid.refundable == 1500
    assert StripeService.refund_payment(paid.pk).amount == 1500
    assert sum_here(paid) == sum_at_stripe(stripe_sandbox, paid) == 2500


@pytest.mark.parametrize("amount", [10.0, "0", "-1", "10.001"])
def test_a_bad_amount_writes_nothing(paid: Payment, amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        StripeService.refund_payment(paid, amount)
    assert Refund.objects.count() == 0


def test_a_site_has_its_own_reasons(paid: Payment, stripe_sandbox: Any, user: Any) -> None:
    refund = StripeService.refund_payment(paid, reason="tournament full", requested_by=user)
    (theirs,) = at_stripe(stripe_sandbox, paid)
    assert theirs["reason"] is None
    assert theirs["metadata"]["reason"] == "tournament full"
    assert (refund.reason, refund.reason_label) == ("tournament full", "tournament full")
    assert refund.requested_by == user


def test_more_than_is_left_is_refused_without_asking(paid: Payment, stripe_sandbox: Any) -> None:
    StripeService.refund_payment(paid, "20.00")
    with pytest.raises(RefundExceedsBalance, match=r"\$5\.01 is more than the .* of \$5\.00"):
        StripeService.refund_payment(paid, "5.01")
    StripeService.refund_payment(paid, "5.00")
    with pytest.raises(RefundExceedsBalance, match="nothing left to refund"):
        StripeService.refund_payment(paid)
    assert len(at_stripe(stripe_sandbox, paid)) == 2
    assert ApiOperation.objects.filter(kind="refund.create").count() == 2


def test_what_was_not_paid_is_not_refunded(payment: Payment) -> None:
    with pytest.raises(RefundExceedsBalance):
        StripeService.refund_payment(payment)
    with pytest.raises(PaymentNotFound):
        StripeService.refund_payment("pi_nothing")


def test_everybody_hears_of_a_refund_once(
    paid: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(
        signals.payment_refunded,
        lambda sender, refund, payment, **named: heard.append((sender, refund, payment)),
    )
    refund = StripeService.refund_payment(paid, "5")
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    assert heard == [(Refund, refund, paid)]


def test_who_gave_it_back_is_in_the_audit_log(paid: Payment) -> None:
    refund = StripeService.refund_payment(paid, "5")
    entries = AuditLogEntry.objects.filter(object_type="refund", object_id=str(refund.pk))
    assert list(entries.order_by("id").values_list("action", flat=True)) == [
        "refund.created",
        "refund.succeeded",
    ]


# What Stripe refuses


def test_a_refusal_frees_the_amount_and_is_announced(
    paid: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    connect(signals.refund_failed, lambda refund, **named: heard.append(refund.failure_reason))
    stripe_sandbox.dispute(paid.stripe_id)
    with pytest.raises(StripeCallFailed) as refused:
        StripeService.refund_payment(paid)
    assert refused.value.code == "charge_disputed"
    assert Refund.objects.get().status == "failed"
    assert sum_here(paid) == 0
    assert heard == ["charge_disputed"]


def test_a_refused_refund_is_not_tried_again(paid: Payment, stripe_sandbox: Any) -> None:
    """A second process that was on its way must not succeed with what the first gave free."""
    stripe_sandbox.dispute(paid.stripe_id)
    with pytest.raises(StripeCallFailed):
        StripeService.refund_payment(paid)
    refund = Refund.objects.get()
    Refund.objects.update(status="pending")
    with pytest.raises(StripeCallFailed):
        refund_execute.execute(refund)
    assert ApiOperation.objects.filter(kind="refund.create").count() == 1


def test_a_refusal_for_want_of_money_shows_what_the_dashboard_did(
    paid: Payment, stripe_sandbox: Any
) -> None:
    in_dashboard(paid, 2500)
    with pytest.raises(StripeCallFailed) as refused:
        StripeService.refund_payment(paid, "10")
    assert refused.value.code == "charge_already_refunded"
    assert sum_here(paid) == 2500


# Lost answers


@pytest.mark.parametrize("again", ["the call", "the sweep", "the event"])
@pytest.mark.parametrize("amount", ["10.00", None])
def test_a_lost_answer_ends_in_one_refund(
    paid: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], again: str, amount: Any
) -> None:
    cut(stripe_sandbox)
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(paid, amount)
    refund = Refund.objects.get()
    assert (refund.status, refund.stripe_id) == ("pending", None)
    assert sum_here(paid) == refund.amount

    if again == "the call":
        assert StripeService.refund_payment(paid, amount) == refund
    elif again == "the sweep":
        call_command("stripe_deliver", "--all")
    else:
        deliver(stripe_sandbox.events("refund.created")[0])

    (theirs,) = at_stripe(stripe_sandbox, paid)
    refund.refresh_from_db()
    assert (refund.status, refund.stripe_id) == ("succeeded", theirs["id"])
    assert sum_here(paid) == theirs["amount"]


def test_while_stripe_limits_us_the_refund_waits(paid: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.faults.add("error", path="/v1/refunds", status=429)
    with pytest.raises(StripeUnavailable):
        StripeService.refund_payment(paid)
    assert at_stripe(stripe_sandbox, paid) == []
    assert sum_here(paid) == 2500
    assert StripeService.refund_payment(paid) == Refund.objects.get()
    assert sum_at_stripe(stripe_sandbox, paid) == 2500


def test_a_wrong_key_leaves_the_refund_waiting(
    paid: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(ConfigurationError):
        StripeService.refund_payment(paid)
    call_command("stripe_deliver", "--all")
    assert Refund.objects.get().status == "pending"
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox"
    call_command("stripe_deliver", "--all")
    assert Refund.objects.get().status == "succeeded"


def test_a_key_that_expired_is_not_used_again(paid: Payment, stripe_sandbox: Any) -> None:
    cut(stripe_sandbox)
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(paid)
    ApiOperation.objects.update(created_at=timezone.now() - timedelta(hours=24))
    call_command("stripe_deliver", "--all")
    assert Refund.objects.get().stripe_id == at_stripe(stripe_sandbox, paid)[0]["id"]
    assert len(at_stripe(stripe_sandbox, paid)) == 1


def test_a_refund_that_never_arrived_is_sent_under_a_new_key(
    paid: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.faults.add("error", path="/v1/refunds", status=500, times=3)
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(paid)
    ApiOperation.objects.update(created_at=timezone.now() - timedelta(hours=24))
    call_command("stripe_deliver", "--all")
    assert Refund.objects.get().status == "succeeded"
    assert len(at_stripe(stripe_sandbox, paid)) == 1


def test_two_equal_refunds_that_are_answered_are_two(paid: Payment, stripe_sandbox: Any) -> None:
    StripeService.refund_payment(paid, 5)
    StripeService.refund_payment(paid, 5)
    assert sum_at_stripe(stripe_sandbox, paid) == sum_here(paid) == 1000


def test_another_wish_is_no_repetition_of_one_that_lost_its_answer(
    paid: Payment, user: Any, stripe_sandbox: Any
) -> None:
    cut(stripe_sandbox)
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(paid, 5, "duplicate")
    StripeService.refund_payment(paid, 5)
    StripeService.refund_payment(paid, 5, "duplicate", requested_by=user)
    assert sum_at_stripe(stripe_sandbox, paid) == sum_here(paid) == 1500


def test_all_that_is_left_is_what_the_database_says(paid: Payment, stripe_sandbox: Any) -> None:
    early = Payment.objects.get()
    StripeService.refund_payment(paid, 7)
    assert StripeService.refund_payment(early).amount == 1800


def test_one_key_is_one_refund(paid: Payment, stripe_sandbox: Any) -> None:
    key = uuid.uuid4()
    first = StripeService.refund_payment(paid, 5, key=key)
    assert first.pk == key
    assert StripeService.refund_payment(paid, 5, key=key) == first
    assert sum_at_stripe(stripe_sandbox, paid) == sum_here(paid) == 500


def test_one_key_is_one_refund_although_it_was_refused(paid: Payment, stripe_sandbox: Any) -> None:
    key = uuid.uuid4()
    in_dashboard(paid, 2400)
    with pytest.raises(StripeCallFailed):
        StripeService.refund_payment(paid, 5, key=key)
    again = StripeService.refund_payment(paid, 5, key=key)
    assert (again.pk, again.status) == (key, "failed")


def test_a_key_of_another_payments_refund_refunds_nothing(
    paid: Payment, user: Any, stripe_sandbox: Any
) -> None:
    key = StripeService.refund_payment(paid, 5).pk
    other = paid_payment(stripe_sandbox, user)
    with pytest.raises(IntegrityError):
        StripeService.refund_payment(other, 5, key=key)
    assert sum_at_stripe(stripe_sandbox, other) == sum_here(other) == 0


def test_a_refusal_that_came_after_a_yes_changes_nothing(paid: Payment) -> None:
    refund = StripeService.refund_payment(paid, 5)
    assert not refund_apply.void(refund, "charge_disputed")
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert sum_here(paid) == 500


def test_a_refund_may_take_its_time(paid: Payment, user: Any, stripe_sandbox: Any) -> None:
    slow = paid_payment(stripe_sandbox, user, card=PENDING_REFUNDS)
    refund = StripeService.refund_payment(slow)
    assert refund.status == "pending"
    assert refund.stripe_id
    assert not Fact.objects.filter(kind="payment_refunded").exists()
    call_command("stripe_deliver", "--all")
    assert len(at_stripe(stripe_sandbox, slow)) == 1


# Inside a transaction


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_stripe_is_asked_after_the_commit(
    paid: Payment, stripe_sandbox: Any
) -> None:
    with transaction.atomic():
        refund = StripeService.refund_payment(paid, "10.00")
        assert refund.status == "pending"
        assert paid.refundable == 1500
        assert at_stripe(stripe_sandbox, paid) == []
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert sum_here(paid) == sum_at_stripe(stripe_sandbox, paid) == 1000


def test_a_test_case_that_captures_what_runs_on_commit_sees_the_refund_done(
    paid: Payment, stripe_sandbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        refund = StripeService.refund_payment(paid)
    refund.refresh_from_db()
    assert refund.status == "succeeded"


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_refund_along(paid: Payment, stripe_sandbox: Any) -> None:
    with transaction.atomic():
        StripeService.refund_payment(paid)
        transaction.set_rollback(True)
    assert Refund.objects.count() == 0
    assert at_stripe(stripe_sandbox, paid) == []
    assert sum_here(paid) == 0


@pytest.mark.django_db(transaction=True)
def test_a_caller_may_go_on_after_a_refund_that_is_too_large(
    paid: Payment, stripe_sandbox: Any
) -> None:
    with transaction.atomic():
        with pytest.raises(RefundExceedsBalance):
            StripeService.refund_payment(paid, 30)
        StripeService.refund_payment(paid, 20)
    assert sum_here(paid) == sum_at_stripe(stripe_sandbox, paid) == 2000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("trouble", ["refused", "lost"])
def test_a_receiver_gives_the_money_back(
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
    trouble: str,
) -> None:
    """The tournament is full: whatever becomes of the refund, the receiver has done its work."""
    heard: list[str] = []

    def give_back(sender: Any, payment: Payment, **named: Any) -> None:
        StripeService.refund_payment(payment, reason="tournament full")

    def hear(fact: Fact, **named: Any) -> None:
        heard.append(fact.kind)

    connect(signals.payment_succeeded, give_back)
    connect(signals.payment_refunded, hear)
    connect(signals.refund_failed, hear)
    payment, intent = StripeService.create_payment_intent(user, 25, "ticket")
    stripe_sandbox.confirm(intent.id)
    if trouble == "refused":
        stripe_sandbox.dispute(intent.id)
    else:
        cut(stripe_sandbox)
    (paid,) = stripe_sandbox.events("payment_intent.succeeded")

    assert [deliver(paid).status_code for _ in range(2)] == [200, 200]

    refund = Refund.objects.get()
    if trouble == "refused":
        assert (refund.status, heard) == ("failed", ["refund_failed"])
        return
    assert (refund.status, heard) == ("pending", [])
    call_command("stripe_deliver", "--all")
    assert heard == ["payment_refunded"]
    assert sum_here(payment) == sum_at_stripe(stripe_sandbox, payment) == 2500


def test_the_sweep_leaves_alone_what_may_be_on_its_way(paid: Payment, stripe_sandbox: Any) -> None:
    refund = Refund.objects.create(payment=paid, amount=100, currency="usd")
    call_command("stripe_deliver")
    assert at_stripe(stripe_sandbox, paid) == []
    Refund.objects.update(created_at=refund.created_at - attempts.left_behind())
    call_command("stripe_deliver")
    assert len(at_stripe(stripe_sandbox, paid)) == 1

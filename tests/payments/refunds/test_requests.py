"""A customer asks for a refund: the policy, the decision, and one request at a time."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.checks import refunds as checks_refunds
from django_stripe_payments.exceptions import (
    InvalidAmount,
    RefundExceedsBalance,
    RefundNotAllowed,
)
from django_stripe_payments.models import AuditLogEntry, Payment, Refund, RefundRequest
from django_stripe_payments.refunds import requests as refund_requests
from django_stripe_payments.refunds.policy import RefundOffer, RefundPolicy
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import at_stripe, paid_payment, sum_at_stripe, sum_here

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(user: Any, stripe_sandbox: Any) -> Payment:
    return paid_payment(stripe_sandbox, user)


@pytest.fixture
def staff(db: None) -> Any:
    """A person who may decide."""
    person = get_user_model().objects.create_user("staff", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="decide_refundrequest"))
    return person


# The policy


def test_the_payer_may_ask_for_what_is_left(paid: Payment, user: Any) -> None:
    StripeService.refund_payment(paid, 5)
    paid.refresh_from_db()
    offer = refund_requests.offer_to(user, paid)
    assert paid.succeeded_at is not None
    assert offer == RefundOffer(2000, paid.succeeded_at + timedelta(days=30), True)


def test_nobody_else_may_ask(paid: Payment, other_user: Any) -> None:
    assert not refund_requests.can_be_asked_for(other_user, paid)
    with pytest.raises(RefundNotAllowed):
        StripeService.request_refund(other_user, paid)


@pytest.mark.parametrize(
    ("window", "age", "allowed"),
    [
        (30, 29, True),
        (30, 31, False),
        (0, 0, False),
        (None, 4000, True),
        ({"ticket": 60}, 59, True),
        ({"donation": 60}, 1, False),
        ({"donation": 0, "default": 30}, 1, True),
        ({"ticket": None}, 4000, True),
    ],
)
def test_the_window_ends(
    paid: Payment, user: Any, settings: Any, window: Any, age: int, allowed: bool
) -> None:
    settings.STRIPE_REFUND_WINDOW_DAYS = window
    paid.succeeded_at = timezone.now() - timedelta(days=age)
    assert refund_requests.can_be_asked_for(user, paid) == allowed


def test_what_was_not_paid_or_is_refunded_can_not_be_asked_for(
    payment: Payment, paid: Payment, user: Any
) -> None:
    assert not refund_requests.can_be_asked_for(user, payment)
    StripeService.refund_payment(paid)
    assert not refund_requests.can_be_asked_for(user, paid)


def test_a_disputed_payment_can_not_be_asked_for(
    paid: Payment, user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.dispute(paid.stripe_id)
    deliver(stripe_sandbox.events("charge.dispute.created")[0])
    with pytest.raises(RefundNotAllowed, match="disputed"):
        refund_requests.offer_to(user, paid)


class HalfBack(RefundPolicy):
    def amount(self, payment: Payment) -> int:
        return super().amount(payment) // 2


def never(user: Any, payment: Payment) -> RefundOffer:
    raise RefundNotAllowed("We never refund.")


def test_a_site_has_its_own_policy(paid: Payment, user: Any, settings: Any) -> None:
    settings.STRIPE_REFUND_POLICY = f"{__name__}.HalfBack"
    assert refund_requests.offer_to(user, paid).amount == 1250
    settings.STRIPE_REFUND_POLICY = f"{__name__}.never"
    with pytest.raises(RefundNotAllowed, match="never"):
        StripeService.request_refund(user, paid)


# Put before staff


def test_a_request_waits_for_a_person(
    paid: Payment, user: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.refund_requested, lambda refund_request, **named: heard.append(refund_request))
    asked = StripeService.request_refund(user, paid, "10.00", "It rained.")
    assert (asked.status, asked.amount, asked.message) == ("pending", 1000, "It rained.")
    assert (asked.requested_by, asked.refund) == (user, None)
    assert heard == [asked]
    assert at_stripe(stripe_sandbox, paid) == []
    assert sum_here(paid) == 0


def test_one_request_waits_at_a_time(paid: Payment, user: Any, staff: Any) -> None:
    first = StripeService.request_refund(user, paid, 5)
    with pytest.raises(RefundNotAllowed, match="already"):
        StripeService.request_refund(user, paid, 5)
    assert not refund_requests.can_be_asked_for(user, paid)
    StripeService.reject_refund_request(first, staff)
    assert StripeService.request_refund(user, paid, 5).status == "pending"


def test_a_form_that_is_sent_twice_asks_once(paid: Payment, user: Any) -> None:
    key = uuid.uuid4()
    first = refund_requests.ask(user, paid, 5, key=key)
    assert refund_requests.ask(user, paid, 5, key=key) == first


@pytest.mark.parametrize(("amount", "error"), [("25.01", RefundNotAllowed), (1.5, InvalidAmount)])
def test_a_wrong_amount_writes_nothing(
    paid: Payment, user: Any, amount: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        StripeService.request_refund(user, paid, amount)
    assert RefundRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_one_waits(user: Any, stripe_sandbox: Any) -> None:
    paid = paid_payment(stripe_sandbox, user)
    barrier = threading.Barrier(8)
    refused: list[Exception] = []

    def ask() -> None:
        barrier.wait()
        try:
            StripeService.request_refund(user, paid.pk, 5)
        except RefundNotAllowed as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert RefundRequest.objects.get().open_for == paid


def test_an_approved_request_is_refunded(
    paid: Payment, user: Any, staff: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Refund] = []
    connect(signals.payment_refunded, lambda refund, **named: heard.append(refund))
    asked = StripeService.request_refund(user, paid, 10)
    done = StripeService.approve_refund_request(asked, staff, "Enjoy.")
    assert (done.status, done.decided_by, done.decision_note) == ("approved", staff, "Enjoy.")
    assert done.refund is not None
    assert (done.refund.status, done.refund.requested_by) == ("succeeded", user)
    assert heard == [done.refund]
    assert sum_here(paid) == sum_at_stripe(stripe_sandbox, paid) == 1000


def test_a_rejected_request_is_told(
    paid: Payment, user: Any, staff: Any, connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.refund_request_rejected, lambda refund_request, **_: heard.append(_["payment"]))
    asked = StripeService.request_refund(user, paid)
    done = StripeService.reject_refund_request(asked, staff, "Too late.")
    assert (done.status, done.decision_note, done.refund) == ("rejected", "Too late.", None)
    assert heard == [paid]
    actions = AuditLogEntry.objects.filter(object_id=str(asked.pk)).order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "refund_request.created",
        "refund_request.rejected",
    ]


@pytest.mark.parametrize("decide", ["approve_refund_request", "reject_refund_request"])
def test_who_lacks_the_permission_decides_nothing(
    paid: Payment, user: Any, other_user: Any, decide: str
) -> None:
    asked = StripeService.request_refund(user, paid)
    with pytest.raises(PermissionDenied):
        getattr(StripeService, decide)(asked, other_user)
    asked.refresh_from_db()
    assert asked.status == "pending"


@pytest.mark.parametrize("again", ["approve_refund_request", "reject_refund_request"])
def test_a_request_is_decided_once(
    paid: Payment, user: Any, staff: Any, stripe_sandbox: Any, again: str
) -> None:
    asked = StripeService.request_refund(user, paid, 5)
    StripeService.approve_refund_request(asked, staff)
    with pytest.raises(RefundNotAllowed):
        getattr(StripeService, again)(asked, staff)
    assert sum_at_stripe(stripe_sandbox, paid) == 500


def test_a_request_for_more_than_is_left_by_now_still_waits(
    paid: Payment, user: Any, staff: Any
) -> None:
    asked = StripeService.request_refund(user, paid)
    StripeService.refund_payment(paid, 20)
    with pytest.raises(RefundExceedsBalance):
        StripeService.approve_refund_request(asked, staff)
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by) == ("pending", None)


def test_an_approval_survives_a_lost_answer(
    paid: Payment, user: Any, staff: Any, stripe_sandbox: Any
) -> None:
    asked = StripeService.request_refund(user, paid)
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/refunds", times=3)
    done = StripeService.approve_refund_request(asked, staff)
    assert done.refund is not None
    assert (done.status, done.refund.status) == ("approved", "pending")


# Automatic


def test_automatic_requests_are_refunded_at_once(
    paid: Payment, user: Any, settings: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    for signal in (signals.refund_requested, signals.payment_refunded):
        connect(signal, lambda fact, **named: heard.append(fact.kind))
    settings.STRIPE_REFUND_REQUESTS = "automatic"
    key = uuid.uuid4()
    for _ in range(2):
        asked = refund_requests.ask(user, paid, 10, key=key)
    assert (asked.status, asked.open_for, asked.decided_by) == ("approved", None, None)
    assert asked.refund is not None
    assert asked.refund.status == "succeeded"
    assert heard == ["payment_refunded"]
    assert sum_here(paid) == sum_at_stripe(stripe_sandbox, paid) == 1000


# Checks


@pytest.mark.parametrize(
    ("name", "value", "check", "code"),
    [
        ("POLICY", "nowhere.to.be.found", "check_refund_policy", "E030"),
        ("POLICY", "django_stripe_payments.refunds.policy.NEVER", "check_refund_policy", "E030"),
        ("REQUESTS", "sometimes", "check_refund_requests", "E031"),
        ("WINDOW_DAYS", -1, "check_refund_window", "E032"),
        ("WINDOW_DAYS", {"default": "30"}, "check_refund_window", "E032"),
        ("WINDOW_DAYS", True, "check_refund_window", "E032"),
    ],
)
def test_a_wrong_setting_is_named(
    settings: Any, name: str, value: Any, check: str, code: str
) -> None:
    run = getattr(checks_refunds, check)
    assert run() == []
    setattr(settings, f"STRIPE_REFUND_{name}", value)
    assert [message.id for message in run()] == [f"django_stripe_payments.{code}"]

"""Money that is reserved is taken once, in full or in part, or let go."""

from typing import Any

import pytest

from django_stripe_payments import signals
from django_stripe_payments.exceptions import (
    InvalidAmount,
    NoPaymentIntent,
    NotCapturable,
    OutcomeUnknown,
    PaymentClosed,
)
from django_stripe_payments.models import ApiOperation, Fact, Payment
from django_stripe_payments.payments import intents
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db

VISA = "4242424242424242"


@pytest.fixture
def reserved(user: Any, stripe_sandbox: Any) -> Payment:
    """$25.00 that are reserved on a card, as our row knows it."""
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id, VISA)
    return StripeService.confirm_payment(payment)


def test_reserved_money_has_not_arrived(reserved: Payment) -> None:
    assert (reserved.status, reserved.amount_capturable) == ("requires_capture", 2500)
    assert reserved.amount_received == 0
    assert not Fact.objects.filter(kind="payment_succeeded").exists()


def test_reserved_money_is_announced_once(
    user: Any, stripe_sandbox: Any, connect: Any, deliver: Any
) -> None:
    told: list[tuple[str, int]] = []

    def listen(payment: Payment, **kwargs: Any) -> None:
        told.append((payment.status, payment.amount_capturable))

    connect(signals.payment_authorized, listen)
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id, VISA)
    for event in stripe_sandbox.events() * 2:
        deliver(event)
    StripeService.confirm_payment(payment)
    assert told == [("requires_capture", 2500)]


def test_what_was_captured_before_we_heard_of_it_is_not_announced_as_reserved(
    user: Any, stripe_sandbox: Any, connect: Any, deliver: Any
) -> None:
    told: list[str] = []

    def reserved(payment: Payment, **kwargs: Any) -> None:
        told.append("authorized")

    def paid(payment: Payment, **kwargs: Any) -> None:
        told.append("succeeded")

    connect(signals.payment_authorized, reserved)
    connect(signals.payment_succeeded, paid)
    _, intent = StripeService.create_payment_intent(user, "25.00", "hire", capture_method="manual")
    stripe_sandbox.confirm(intent.id, VISA)
    get_client().v1.payment_intents.capture(intent.id)
    for event in stripe_sandbox.events():
        deliver(event)
    assert told == ["succeeded"]


def test_a_capture_takes_all_of_it_and_says_so(reserved: Payment) -> None:
    paid = StripeService.capture_payment(reserved)
    assert (paid.status, paid.amount_received, paid.amount_capturable) == ("succeeded", 2500, 0)
    assert Fact.objects.filter(kind="payment_succeeded").count() == 1


def test_a_part_is_taken_and_the_rest_released(reserved: Payment, stripe_sandbox: Any) -> None:
    paid = StripeService.capture_payment(reserved, "15.00")
    assert (paid.status, paid.amount_received, paid.amount_capturable) == ("succeeded", 1500, 0)
    assert stripe_sandbox.object(paid.stripe_id)["amount_received"] == 1500


@pytest.mark.parametrize("amount", ["25.01", "0", 15.0, "-1"])
def test_a_bad_amount_takes_nothing(reserved: Payment, stripe_sandbox: Any, amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        StripeService.capture_payment(reserved, amount)
    assert stripe_sandbox.object(reserved.stripe_id)["status"] == "requires_capture"


def test_the_same_capture_again_changes_nothing(reserved: Payment, stripe_sandbox: Any) -> None:
    for _ in range(2):
        assert StripeService.capture_payment(reserved, "15.00").amount_received == 1500
    assert len(stripe_sandbox.events("charge.captured")) == 1


def test_a_second_capture_of_another_amount_is_refused(reserved: Payment) -> None:
    StripeService.capture_payment(reserved, "15.00")
    with pytest.raises(NotCapturable, match=r"\$15\.00"):
        StripeService.capture_payment(reserved, "10.00")


def test_an_unpaid_payment_has_nothing_to_capture(payment: Payment) -> None:
    with pytest.raises(NotCapturable):
        StripeService.capture_payment(payment)


def test_a_reservation_that_we_have_not_heard_of_is_captured(
    user: Any, stripe_sandbox: Any
) -> None:
    payment, intent = StripeService.create_payment_intent(user, 25, "hire", capture_method="manual")
    stripe_sandbox.confirm(intent.id, VISA)
    assert StripeService.capture_payment(payment).status == "succeeded"


@pytest.mark.parametrize("action", ["capture", "cancel"])
def test_a_lost_answer_is_asked_for_again(
    reserved: Payment, stripe_sandbox: Any, settings: Any, action: str
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    work = getattr(StripeService, f"{action}_payment")
    stripe_sandbox.faults.add("cut", method="POST", path=f"/{action}")
    with pytest.raises(OutcomeUnknown):
        work(reserved)
    done = work(reserved)
    assert done.is_final
    operation = ApiOperation.objects.get(kind=f"payment_intent.{action}")
    assert (operation.status, operation.attempt) == ("succeeded", 1)
    assert done.facts.filter(kind__in=["payment_succeeded", "payment_canceled"]).count() == 1


def test_events_before_and_after_a_capture_change_nothing_more(
    reserved: Payment, stripe_sandbox: Any, deliver: Any
) -> None:
    StripeService.capture_payment(reserved, "15.00")
    for event in reversed(stripe_sandbox.events()):
        assert deliver(event).status_code == 200
    reserved.refresh_from_db()
    assert (reserved.status, reserved.amount_received) == ("succeeded", 1500)
    assert Fact.objects.filter(kind="payment_succeeded").count() == 1


def test_what_is_canceled_cant_be_paid(payment: Payment, stripe_sandbox: Any) -> None:
    canceled = StripeService.cancel_payment(payment, "requested_by_customer")
    assert canceled.status == "canceled"
    assert canceled.canceled_at is not None
    theirs = stripe_sandbox.object(payment.stripe_id)
    assert (theirs["status"], theirs["cancellation_reason"]) == (
        "canceled",
        "requested_by_customer",
    )
    assert Fact.objects.filter(kind="payment_canceled").count() == 1


def test_canceling_releases_what_was_reserved(reserved: Payment) -> None:
    canceled = StripeService.cancel_payment(reserved, "the hall burned down")
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)


def test_canceling_twice_is_canceling_once(payment: Payment, stripe_sandbox: Any) -> None:
    for _ in range(2):
        assert StripeService.cancel_payment(payment).status == "canceled"
    assert len(stripe_sandbox.events("payment_intent.canceled")) == 1


def test_paid_money_is_not_canceled_away(payment: Payment, stripe_sandbox: Any) -> None:
    """The news of the payment has not arrived, and Stripe knows better."""
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    with pytest.raises(PaymentClosed):
        StripeService.cancel_payment(payment)
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    with pytest.raises(PaymentClosed):
        StripeService.cancel_payment(payment)


def test_a_payment_that_stripe_refused_to_make_is_canceled_here(
    user: Any, stripe_sandbox: Any
) -> None:
    payment = intents.create_payment(user, "0.10", "ticket")
    assert StripeService.cancel_payment(payment).status == "canceled"


@pytest.mark.parametrize("terms", [{"capture_method": "later"}, {"save_card": True}])
def test_terms_that_make_no_sense_write_nothing(db: None, terms: Any) -> None:
    with pytest.raises(ValueError, match=r"capture_method|saved"):
        StripeService.create_payment_intent(None, 10, "ticket", **terms)
    assert Payment.objects.count() == 0


def test_a_payment_without_an_intent_says_so(user: Any, stripe_sandbox: Any) -> None:
    """No call is made with an id that is not there."""
    payment = intents.create_payment(user, "25.00", "hire")
    with pytest.raises(NoPaymentIntent, match="ensure_intent"):
        payment.intent_id  # noqa: B018
    intents.ensure_intent(payment)
    assert payment.intent_id == payment.stripe_id

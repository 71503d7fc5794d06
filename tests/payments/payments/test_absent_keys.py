"""What an object leaves out is not taken for null, or for a fault."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from django_stripe_payments.models import Payment, Refund
from django_stripe_payments.payments import apply as payment_apply
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> Payment:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    return StripeService.confirm_payment(payment)


def without(event: dict[str, Any], *keys: str) -> dict[str, Any]:
    event = copy.deepcopy(event)
    for key in keys:
        del event["data"]["object"][key]
    return event


@pytest.mark.parametrize("leaves_out", ["absent", "null"])
def test_a_refund_that_names_only_its_charge_is_found(
    paid: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], leaves_out: str
) -> None:
    get_client().v1.refunds.create({"payment_intent": str(paid.stripe_id), "amount": 700})
    [event] = stripe_sandbox.events("refund.created")
    event = without(event, "payment_intent")
    if leaves_out == "null":
        event["data"]["object"]["payment_intent"] = None
    assert deliver(event).status_code == 200
    assert (Refund.objects.get().payment, Refund.objects.get().amount) == (paid, 700)


def test_an_intent_without_its_charge_keeps_the_known_one(paid: Payment) -> None:
    before = (paid.charge_id, paid.amount_received)
    assert all(before)
    intent = dict(payment_apply.fetch(paid.intent_id))
    for key in ("latest_charge", "amount_received"):
        del intent[key]
    payment_apply.apply(paid, news=intent)
    paid.refresh_from_db()
    assert (paid.charge_id, paid.amount_received) == before


def test_a_charge_without_what_was_captured_is_no_fault(
    paid: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    event = without(stripe_sandbox.events("charge.succeeded")[0], "amount_captured")
    assert deliver(event).status_code == 200
    paid.refresh_from_db()
    assert (event["type"], paid.status) == ("charge.succeeded", "succeeded")

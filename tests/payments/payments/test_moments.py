"""When something became true is Stripe's time, in whatever order and however late its news came."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments import clock, reconcile
from django_stripe_payments.models import (
    BalanceTransaction,
    Charge,
    Dispute,
    Fact,
    Payment,
    Refund,
    WebhookEvent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from django_stripe_payments.stripe_api.timestamps import from_timestamp
from tests.payments.support.reconciling import OBJECTS
from tests.payments.support.refunding import in_dashboard, paid_payment

pytestmark = pytest.mark.django_db

VISA = "4242424242424242"
KINDS = ["payment_intent.succeeded", "charge.succeeded", "charge.captured", "charge.updated"]


def pay(user: Any, sandbox: Any, capture_method: str) -> tuple[Payment, int]:
    """A payment that nobody here heard of, and the moment at which its money was taken."""
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method=capture_method
    )
    sandbox.advance(60)
    sandbox.confirm(intent.id, VISA)
    if capture_method == "manual":
        sandbox.advance(3600)
        get_client().v1.payment_intents.capture(intent.id)
        transaction = sandbox.events("charge.captured")[0]["data"]["object"]["balance_transaction"]
        return payment, sandbox.object(transaction)["created"]
    return payment, sandbox.events("charge.succeeded")[0]["data"]["object"]["created"]


def story(sandbox: Any) -> list[dict[str, Any]]:
    """What Stripe reports of the success, each event a minute after the other."""
    events = [event for event in sandbox.events() if event["type"] in KINDS]
    return [
        {**event, "created": event["created"] + 60 * place}
        for place, event in enumerate(events, start=1)
    ]


def forget(payment: Payment) -> None:
    for model in (Fact, WebhookEvent, Charge, BalanceTransaction):
        model._default_manager.all().delete()
    fresh = {"status": "requires_payment_method", "charge_id": "", "amount_received": 0}
    moments = {"taken_at": None, "succeeded_at": None, "succeeded_recorded_at": None}
    Payment.objects.filter(pk=payment.pk).update(**fresh, **moments)


@pytest.mark.parametrize("capture_method", ["automatic", "manual"])
def test_every_order_ends_at_the_moment_at_which_the_money_was_taken(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], capture_method: str
) -> None:
    payment, taken = pay(user, stripe_sandbox, capture_method)
    events: list[Any] = story(stripe_sandbox)
    assert len(events) == 3
    for order in itertools.permutations([*events, "reload"]):
        for news in order:
            if news == "reload":
                StripeService.confirm_payment(payment)
            else:
                assert deliver(news).status_code == 200
        payment.refresh_from_db()
        assert payment.succeeded_at == from_timestamp(taken)
        forget(payment)


@pytest.mark.parametrize("capture_method", ["automatic", "manual"])
@pytest.mark.parametrize("steps", [None, OBJECTS])
def test_a_reconciliation_days_later_books_the_day_of_the_payment(
    user: Any, stripe_sandbox: Any, capture_method: str, steps: list[str] | None
) -> None:
    payment, taken = pay(user, stripe_sandbox, capture_method)
    with clock.shifted(timedelta(days=3)):
        reconcile.run(steps=steps)
        payment.refresh_from_db()
        assert payment.succeeded_recorded_at is not None
        assert payment.succeeded_at == from_timestamp(taken)
        assert payment.succeeded_recorded_at > from_timestamp(taken) + timedelta(days=2)
        assert reconcile.run(steps=steps).is_clean


def test_until_the_charge_is_known_the_event_says_when(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment, _taken = pay(user, stripe_sandbox, "automatic")
    event = {**stripe_sandbox.events("payment_intent.succeeded")[0], "created": 1_790_000_000}
    deliver(event)
    payment.refresh_from_db()
    assert payment.succeeded_at == from_timestamp(1_790_000_000)


def test_a_canceled_payment_has_stripes_time_and_ours(
    payment: Payment, stripe_sandbox: Any, client: Client
) -> None:
    get_client().v1.payment_intents.cancel(payment.stripe_id)
    canceled = stripe_sandbox.object(payment.stripe_id)["canceled_at"]
    with clock.shifted(timedelta(days=3)):
        stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    assert payment.canceled_recorded_at is not None
    assert payment.canceled_at == from_timestamp(canceled)
    assert payment.canceled_recorded_at > payment.canceled_at + timedelta(days=2)
    assert payment.succeeded_at is None


def test_refunds_and_disputes_have_stripes_time(
    user: Any, stripe_sandbox: Any, client: Client
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    stripe_sandbox.advance(7200)
    refund = in_dashboard(payment, 700)
    dispute = stripe_sandbox.dispute(payment.stripe_id)
    stripe_sandbox.deliver(client)
    created = stripe_sandbox.object(refund)["created"]
    assert Refund.objects.get().created == from_timestamp(created)
    assert Dispute.objects.get().created == from_timestamp(dispute["created"])

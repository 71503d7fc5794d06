"""Intents at Stripe and payments here, in every way in which they can differ."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from django_stripe_payments import reconcile, signals
from django_stripe_payments.models import ApiOperation, Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import told
from tests.payments.support.refunding import VISA

pytestmark = pytest.mark.django_db


def test_receivers_hear_of_a_payment_that_was_found(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_succeeded, lambda payment, **_: heard.append(payment))
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    reconcile.run(steps=["payments"])
    assert heard == [payment]


def test_what_a_webhook_wrote_after_the_list_was_read_is_no_difference(
    payment: Payment, stripe_sandbox: Any, deliver: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = stripe_sandbox.app.handle

    def paid_after_the_list(method: str, target: str, *rest: Any) -> Any:
        answer = handle(method, target, *rest)
        if target.startswith("/v1/payment_intents?"):
            monkeypatch.undo()
            stripe_sandbox.confirm(payment.stripe_id, VISA)
            deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
        return answer

    monkeypatch.setattr(stripe_sandbox.app, "handle", paid_after_the_list)
    assert reconcile.run(steps=["payments"]).is_clean
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_what_was_given_up_here_is_canceled_there(payment: Payment, stripe_sandbox: Any) -> None:
    Payment.objects.update(status="canceled")
    report = reconcile.run(steps=["payments"])
    assert told(report) == {(payment.stripe_id, "orphan", "repaired")}
    assert stripe_sandbox.object(payment.stripe_id)["status"] == "canceled"


def test_what_paid_for_nothing_here_and_took_nothing_needs_nobody(
    payment: Payment, stripe_sandbox: Any
) -> None:
    ApiOperation.objects.all().delete()
    payment.delete()
    report = reconcile.run(steps=["payments"])
    assert report.is_clean
    assert report.counts["payment_intent"] == {"compared": 1, "not ours": 1}


def test_one_that_stripe_does_not_know_hides_none_of_the_others(
    user: Any, stripe_sandbox: Any
) -> None:
    for _ in range(3):
        StripeService.create_payment_intent(user, "25.00", "ticket")
    Payment.objects.update(created_at=timezone.now() - timedelta(days=60))
    gone, *others = Payment.objects.order_by("pk")
    Payment.objects.filter(pk=gone.pk).update(stripe_id="pi_gone")
    for payment in others:
        stripe_sandbox.confirm(payment.stripe_id, VISA)
    report = reconcile.run(steps=["open_payments"])
    assert told(report) == {
        ("pi_gone", "not_at_stripe", "needs_review"),
        *((payment.stripe_id, "different", "repaired") for payment in others),
    }


def test_a_second_intent_is_no_news_of_the_payment(payment: Payment, stripe_sandbox: Any) -> None:
    """An operation without an answer finds it by the payment that its metadata names."""
    intent = stripe_sandbox.object(payment.stripe_id)
    params = {"amount": 2500, "currency": "usd", "metadata": intent["metadata"]}
    second = get_client().v1.payment_intents.create(params)
    stripe_sandbox.confirm(second.id, VISA)
    ApiOperation.objects.create(
        kind="payment_intent.create",
        target=f"payment:{payment.pk}",
        attempt=2,
        params=params,
        status=ApiOperation.Status.UNKNOWN,
    )
    reconcile.run(steps=["unknown_calls"])
    payment.refresh_from_db()
    assert (payment.stripe_id, payment.status) == (intent["id"], "requires_payment_method")

"""Staff cancels payments and runs receivers again: after a question, with the permission."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from django_stripe_payments import signals
from django_stripe_payments.models import Payment, ReceiverDelivery

pytestmark = pytest.mark.django_db

PAYMENTS = "/admin/django_stripe_payments/payment/"
DELIVERIES = "/admin/django_stripe_payments/receiverdelivery/"


def act(client: Client, page: str, action: str, row: Any, **confirmed: str) -> Any:
    chosen = {"action": action, "_selected_action": str(row.pk), **confirmed}
    return client.post(page, chosen, follow=True)


@pytest.fixture
def heard(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    connect: Callable[..., None],
) -> list[str]:
    """Who heard of a payment that arrived: two receivers, once each."""
    calls: list[str] = []
    for name in ("first", "second"):
        connect(
            signals.payment_succeeded,
            lambda name=name, **named: calls.append(name),
            dispatch_uid=name,
        )
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    assert calls == ["first", "second"]
    return calls


def test_an_open_payment_is_canceled_after_a_question(
    admin_client: Client, payment: Payment, stripe_sandbox: Any
) -> None:
    asked = act(admin_client, PAYMENTS, "cancel_payments", payment)
    assert "paid afterward" in asked.content.decode()
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    act(admin_client, PAYMENTS, "cancel_payments", payment, confirmed="1")
    payment.refresh_from_db()
    assert payment.status == stripe_sandbox.object(payment.stripe_id)["status"] == "canceled"


def test_a_chosen_receiver_runs_again_and_no_other(admin_client: Client, heard: list[str]) -> None:
    delivery = ReceiverDelivery.objects.get(receiver="second")
    act(admin_client, DELIVERIES, "replay_deliveries", delivery)
    assert heard == ["first", "second"]
    act(admin_client, DELIVERIES, "replay_deliveries", delivery, confirmed="1")
    assert heard == ["first", "second", "second"]
    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.fact.announced_at is not None) == (2, True)


def test_a_receiver_that_is_gone_is_told_so(admin_client: Client, heard: list[str]) -> None:
    signals.payment_succeeded.disconnect(dispatch_uid="second")
    delivery = ReceiverDelivery.objects.get(receiver="second")
    page = act(admin_client, DELIVERIES, "replay_deliveries", delivery, confirmed="1")
    assert "no longer connected" in page.content.decode()
    delivery.refresh_from_db()
    assert delivery.delivered_at is not None


@pytest.mark.parametrize(
    ("view", "page", "action"),
    [
        ("view_payment", PAYMENTS, "cancel_payments"),
        ("view_receiverdelivery", DELIVERIES, "replay_deliveries"),
    ],
)
def test_no_action_works_without_its_permission(
    heard: list[str], other_user: Any, payment: Payment, view: str, page: str, action: str
) -> None:
    other_user.is_staff = True
    other_user.save()
    other_user.user_permissions.set(Permission.objects.filter(codename=view))
    client = Client()
    client.force_login(other_user)
    row = payment if page == PAYMENTS else ReceiverDelivery.objects.get(receiver="second")
    act(client, page, action, row, confirmed="1")
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert heard == ["first", "second"]

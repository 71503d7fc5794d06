"""Every charge of a payment is kept, whichever way its news came."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments import reconcile
from django_stripe_payments.models import Charge, Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import OBJECTS, content, told
from tests.payments.support.refunding import in_dashboard, paid_payment

pytestmark = pytest.mark.django_db

DECLINED = "4000000000000002"


@pytest.fixture
def tried_twice(payment: Payment, stripe_sandbox: Any) -> Payment:
    """A payment that was declined and then paid."""
    stripe_sandbox.confirm(payment.stripe_id, DECLINED)
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    return payment


def kept() -> list[tuple[str, str, Any]]:
    rows = Charge.objects.order_by("status")
    return [(row.status, row.decline_code, row.payment) for row in rows]


def test_events_keep_each_attempt(
    tried_twice: Payment, stripe_sandbox: Any, client: Client
) -> None:
    stripe_sandbox.deliver(client)
    payment = Payment.objects.get()
    assert kept() == [("failed", "generic_decline", payment), ("succeeded", "", payment)]
    assert Charge.objects.get(status="succeeded").balance_transaction_id


@pytest.mark.parametrize("steps", [None, OBJECTS])
def test_a_reconciliation_keeps_each_attempt_and_a_second_changes_nothing(
    tried_twice: Payment, steps: list[str] | None
) -> None:
    reconcile.run(steps=steps)
    payment = Payment.objects.get()
    assert kept() == [("failed", "generic_decline", payment), ("succeeded", "", payment)]
    before = content()
    assert reconcile.run(steps=steps).is_clean
    assert content() == before


def test_a_reconciliation_moves_a_charge_forward(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    reconcile.run()
    Charge.objects.update(balance_transaction_id="", status="pending", captured=False)
    report = reconcile.run(steps=["charges"])
    charge = Charge.objects.get()
    assert told(report) == {(payment.charge_id, "different", "repaired")}
    assert (charge.status, charge.captured) == ("succeeded", True)
    assert charge.balance_transaction_id


def test_a_charge_of_somebody_else_is_not_kept(stripe_sandbox: Any, client: Client) -> None:
    intent = get_client().v1.payment_intents.create({"amount": 900, "currency": "usd"})
    stripe_sandbox.confirm(intent.id)
    stripe_sandbox.deliver(client)
    assert reconcile.run(steps=["charges"]).counts["charge"]["not ours"] == 1
    assert not Charge.objects.exists()


@pytest.mark.parametrize("kind", ["charge.pending", "charge.expired", "charge.refunded"])
def test_every_event_of_a_charge_keeps_it(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], kind: str
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    in_dashboard(payment, 100)
    Charge.objects.all().delete()
    event = stripe_sandbox.events("charge.succeeded")[0]
    assert deliver({**event, "type": kind}).status_code == 200
    assert Charge.objects.get().payment == payment


def test_the_page_after_paying_keeps_the_charge(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    assert kept() == [("succeeded", "", payment)]


def test_a_charge_may_be_faster_than_the_answer_that_names_its_intent(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    Payment.objects.update(stripe_id=None)
    assert deliver(stripe_sandbox.events("charge.succeeded")[0]).status_code == 200
    assert Charge.objects.get().payment == payment


def pages(payment: Payment) -> list[str]:
    admin = "/admin/django_stripe_payments/payment/"
    return [
        f"/payments/{payment.pk}/",
        "/payments/history/",
        f"{admin}{payment.pk}/change/",
        f"{admin}?q=4242",
    ]


def test_pages_show_the_card_that_paid(
    tried_twice: Payment, stripe_sandbox: Any, client: Client, admin_user: Any
) -> None:
    stripe_sandbox.deliver(client)
    Payment.objects.update(user=admin_user)
    client.force_login(admin_user)
    payment = Payment.objects.get()
    assert payment.paid_with == "Visa •••• 4242"
    for url in pages(payment):
        assert "Visa •••• 4242" in client.get(url).content.decode(), url


def test_other_digits_find_nothing(
    tried_twice: Payment, stripe_sandbox: Any, client: Client, admin_client: Client
) -> None:
    stripe_sandbox.deliver(client)
    found = admin_client.get("/admin/django_stripe_payments/payment/?q=1117")
    assert not found.context["cl"].result_list


def test_a_declined_card_paid_nothing(
    payment: Payment, stripe_sandbox: Any, client: Client
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, DECLINED)
    stripe_sandbox.deliver(client)
    assert Charge.objects.get().last4 == "0002"
    assert Payment.objects.get().paid_with == ""

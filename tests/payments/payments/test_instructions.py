"""A slip or a bank transfer is paid away from the site: it is shown, and waited for."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.models import Payment
from django_stripe_payments.payments.intents import confirm_payment

pytestmark = pytest.mark.django_db

SLIP = "https://payments.stripe.com/boleto/voucher/test_1"
TRANSFER = "https://payments.stripe.com/bank_transfers/instructions/test_1"


def boleto(days: int) -> dict[str, Any]:
    """What Stripe asks for after a payment with boleto, that ends in so many days."""
    until = int((timezone.now() + timedelta(days=days)).timestamp())
    details = {
        "expires_at": until,
        "hosted_voucher_url": SLIP,
        "number": "01010101010101010101010101010101010101010101010",
        "pdf": f"{SLIP}/pdf",
    }
    return {"type": "boleto_display_details", "boleto_display_details": details}


def bank_transfer() -> dict[str, Any]:
    """What Stripe asks for in a bank transfer, which has no deadline."""
    details = {
        "amount_remaining": 2500,
        "currency": "eur",
        "financial_addresses": [],
        "hosted_instructions_url": TRANSFER,
        "reference": "FMTBGKPVQ7ZW",
        "type": "eu_bank_transfer",
    }
    name = "display_bank_transfer_instructions"
    return {"type": name, name: details}


def wait_for(
    payment: Payment, sandbox: Any, action: dict[str, Any], *, age: timedelta = timedelta(0)
) -> Payment:
    """Let the payer have chosen the slip or the transfer, so long ago."""
    intent = sandbox.world.store.find("payment_intent", payment.stripe_id)
    intent |= {"status": "requires_action", "next_action": action}
    intent["created"] -= int(age.total_seconds())
    confirm_payment(payment)
    Payment.objects.filter(pk=payment.pk).update(created_at=timezone.now() - age)
    payment.refresh_from_db()
    return payment


@pytest.mark.parametrize(("action", "url"), [(boleto(3), SLIP), (bank_transfer(), TRANSFER)])
def test_the_page_shows_the_slip_or_the_instructions_with_their_deadline(
    payment: Payment, stripe_sandbox: Any, own_client: Client, action: dict[str, Any], url: str
) -> None:
    wait_for(payment, stripe_sandbox, action)
    for path in (payment.get_absolute_url(), payment.checkout_url):
        page = own_client.get(path).content.decode()
        assert f'href="{url}"' in page
        assert ("instructions say by" in page) == (payment.pay_until is not None)
    state = own_client.get(payment.get_absolute_url(), headers={"accept": "application/json"})
    assert state.json()["instructions_url"] == url
    assert "bank" not in state.json()["message"]
    assert payment.status_label == "awaiting payment"


@pytest.mark.parametrize(
    ("action", "age", "status"),
    [
        (boleto(1), timedelta(days=8), "requires_action"),
        (boleto(-6), timedelta(days=10), "requires_action"),
        (boleto(-8), timedelta(days=10), "canceled"),
        (bank_transfer(), timedelta(days=60), "requires_action"),
        ({"type": "use_stripe_sdk", "use_stripe_sdk": {}}, timedelta(days=8), "canceled"),
    ],
)
def test_abandonment_counts_from_the_end_of_a_slip(
    payment: Payment, stripe_sandbox: Any, action: dict[str, Any], age: timedelta, status: str
) -> None:
    wait_for(payment, stripe_sandbox, action, age=age)
    reconcile.run(steps=["payments", "orphans"])
    payment.refresh_from_db()
    assert payment.status == status


def test_a_second_intent_with_a_slip_is_not_canceled_before_its_end(
    payment: Payment, stripe_sandbox: Any
) -> None:
    wait_for(payment, stripe_sandbox, boleto(1), age=timedelta(days=8))
    Payment.objects.update(stripe_id="pi_other", status="succeeded")
    reconcile.run(steps=["payments"])
    assert stripe_sandbox.object(payment.stripe_id)["status"] == "requires_action"


def test_a_slip_that_was_paid_is_not_shown_any_more(payment: Payment, stripe_sandbox: Any) -> None:
    wait_for(payment, stripe_sandbox, boleto(3))
    intent = stripe_sandbox.world.store.find("payment_intent", payment.stripe_id)
    intent |= {"status": "processing", "next_action": None}
    confirm_payment(payment)
    payment.refresh_from_db()
    assert (payment.instructions_url, payment.pay_until) == ("", None)


def test_no_address_but_https_is_shown(payment: Payment, stripe_sandbox: Any) -> None:
    action = boleto(3)
    action["boleto_display_details"]["hosted_voucher_url"] = "javascript:alert(1)"
    wait_for(payment, stripe_sandbox, action)
    assert payment.instructions_url == ""

"""Every object has the fields that the SDK says Stripe's has, of those types, and no others."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox

from ..support.conformity import check, complaints

Pay = Callable[..., stripe.PaymentIntent]


def test_a_payment_and_all_that_belongs_to_it(client: stripe.StripeClient, pay: Pay) -> None:
    customer = client.v1.customers.create({"email": "a@example.com", "address": {"city": "Bern"}})
    intent = pay(customer=customer.id, shipping={"name": "J", "address": {"line1": "x"}})
    expanded = ["latest_charge.balance_transaction", "customer", "payment_method"]
    check(client.v1.payment_intents.retrieve(intent.id, {"expand": expanded}))


@pytest.mark.parametrize(
    "card",
    [
        "4242424242424242",
        "378282246310005",
        "4000000000000002",
        "4000002760003184",
        "4000000000005605",
    ],
)
@pytest.mark.parametrize("kind", ["payment_intents", "setup_intents"])
def test_an_intent_after_any_card(sandbox: Sandbox, client: Any, kind: str, card: str) -> None:
    params = {"amount": 2500, "currency": "usd"} if kind == "payment_intents" else {}
    intent = getattr(client.v1, kind).create(params)
    check(intent)
    check(sandbox.confirm(intent.id, card))


def test_a_failed_charge(client: stripe.StripeClient, pay: Pay) -> None:
    with pytest.raises(stripe.CardError):
        pay("pm_card_chargeDeclined")
    check(client.v1.charges.list().data[0])


def test_a_bank_debit(client: stripe.StripeClient, pay: Pay) -> None:
    intent = pay("pm_usBankAccount_success", allowed_payment_method_types=["us_bank_account"])
    expand = ["latest_charge", "payment_method"]
    check(client.v1.payment_intents.retrieve(intent.id, {"expand": expand}))


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_refund(sandbox: Sandbox, client: stripe.StripeClient, pay: Pay, status: str) -> None:
    intent = pay("pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    check(refund)
    check(sandbox.finish_refund(refund.id, status))


def test_a_dispute_and_a_fraud_warning(client: stripe.StripeClient, pay: Pay) -> None:
    pay("pm_card_createDispute")
    pay("pm_card_createIssuerFraudRecord")
    check(client.v1.disputes.list().data[0])
    check(client.v1.radar.early_fraud_warnings.list().data[0])


def test_a_setup_attempt(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create()
    sandbox.confirm(intent.id)
    check(client.v1.setup_attempts.list({"setup_intent": intent.id}).data[0])


def test_every_event_and_what_it_holds(sandbox: Sandbox, pay: Pay) -> None:
    pay("pm_card_createDispute")
    for event in sandbox.events():
        check(event)
        check(event["data"]["object"])


def test_the_comparison_itself_sees_what_is_wrong(sandbox: Sandbox, client: Any) -> None:
    customer = sandbox.object(client.v1.customers.create().id)
    customer |= {"colour": "red", "balance": "0"}
    del customer["email"]
    assert len(complaints(customer)) == 3


def test_a_setup_attempt_with_a_dialog(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    intent = client.v1.setup_intents.create()
    sandbox.confirm(intent.id, "4000002500003155")
    sandbox.authenticate(intent.id)
    attempt = client.v1.setup_attempts.list({"setup_intent": intent.id}).data[0]
    assert attempt.payment_method_details.card.three_d_secure.result == "authenticated"
    check(attempt)


def test_the_balance(client: stripe.StripeClient, pay: Pay) -> None:
    pay()
    check(client.v1.balance.retrieve())

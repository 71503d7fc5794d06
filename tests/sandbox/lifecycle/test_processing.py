"""Payments that take their time."""

import pytest

from django_stripe_payments.sandbox import Sandbox


def test_a_slow_card_stays_in_processing_until_it_is_settled(sandbox, intent, types) -> None:
    waiting = sandbox.confirm(intent.id, "4000 0000 0000 5605")
    assert (waiting["status"], waiting["amount_received"]) == ("processing", 0)
    assert types()[-2:] == ["charge.pending", "payment_intent.processing"]
    assert sandbox.settle(intent.id)["status"] == "succeeded"
    assert "payment_intent.succeeded" in types()


def test_it_may_still_fail(sandbox, intent, types) -> None:
    sandbox.confirm(intent.id, "4000 0000 0000 5605")
    failed = sandbox.settle(intent.id, succeed=False)
    assert failed["status"] == "requires_payment_method"
    assert sandbox.object(failed["latest_charge"])["status"] == "failed"
    assert types()[-2:] == ["charge.failed", "payment_intent.payment_failed"]


def test_a_bank_debit_fails_with_the_code_of_its_account(sandbox, pay) -> None:
    intent = pay("pm_usBankAccount_noAccount", allowed_payment_method_types=["us_bank_account"])
    assert intent.status == "processing"
    failed = sandbox.settle(intent.id, succeed=False)
    assert failed["last_payment_error"]["code"] == "no_account"


def test_what_is_not_processing_cannot_be_settled(sandbox, intent) -> None:
    with pytest.raises(Exception, match="nothing to settle"):
        sandbox.settle(intent.id)


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("success", "succeeded"),
        ("accountClosed", "requires_payment_method"),
        ("processing", "processing"),
    ],
)
def test_with_a_clock_it_ends_by_itself(clock, token, status) -> None:
    import stripe

    sandbox = Sandbox(clock=clock, settle_after=5)
    client = stripe.StripeClient("sk_test_x", http_client=sandbox.http_client())
    intent = client.v1.payment_intents.create(
        {
            "amount": 2500,
            "currency": "usd",
            "payment_method": f"pm_usBankAccount_{token}",
            "confirm": True,
            "return_url": "https://example.com",
        }
    )
    sandbox.advance(4)
    assert sandbox.object(intent.id)["status"] == "processing"
    sandbox.advance(2)
    assert sandbox.object(intent.id)["status"] == status


def test_a_disputed_debit_is_disputed_after_it_succeeded(sandbox, client, pay) -> None:
    intent = pay("pm_usBankAccount_dispute", allowed_payment_method_types=["us_bank_account"])
    sandbox.settle(intent.id)
    assert client.v1.disputes.list({"payment_intent": intent.id}).data[0].amount == 2500


def test_only_a_card_says_how_it_is_processed(sandbox, client, pay) -> None:
    debit = pay("pm_usBankAccount_processing", allowed_payment_method_types=["us_bank_account"])
    assert (debit.status, debit.processing) == ("processing", None)
    card = pay("pm_card_processing")
    assert (card.status, card.processing.type) == ("processing", "card")


@pytest.mark.parametrize(
    ("token", "last4", "code"),
    [("accountClosed", "1113", "account_closed"), ("noAccount", "1116", "no_account")],
)
def test_a_bank_account_ends_as_its_number_says(sandbox, client, pay, token, last4, code) -> None:
    types = ["us_bank_account"]
    debit = pay(f"pm_usBankAccount_{token}", allowed_payment_method_types=types)
    method = client.v1.payment_methods.retrieve(debit.payment_method)
    assert method.us_bank_account.last4 == last4
    failed = sandbox.settle(debit.id, succeed=False)
    assert failed["last_payment_error"]["code"] == code

"""What the bank of each documented test card does."""

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox
from django_stripe_payments.sandbox.bank.cards import CARDS, passes_luhn

DECLINES = {
    "4000000000000002": ("card_declined", "generic_decline"),
    "4000000000009995": ("card_declined", "insufficient_funds"),
    "4000000000009987": ("card_declined", "lost_card"),
    "4000000000009979": ("card_declined", "stolen_card"),
    "4000000000000069": ("expired_card", "expired_card"),
    "4000000000000127": ("incorrect_cvc", "incorrect_cvc"),
    "4000000000000119": ("processing_error", "processing_error"),
    "4000000000000341": ("card_declined", "generic_decline"),
}


@pytest.mark.parametrize("number", DECLINES)
def test_a_declined_card_says_why_and_lets_the_customer_try_again(sandbox, intent, number) -> None:
    failed = sandbox.confirm(intent.id, number)
    error = failed["last_payment_error"]
    assert failed["status"] == "requires_payment_method"
    assert failed["payment_method"] is None
    assert (error["code"], error["decline_code"]) == DECLINES[number]
    assert error["payment_method"]["card"]["last4"] == number[-4:]
    assert sandbox.confirm(intent.id)["status"] == "succeeded"


def test_the_answer_to_a_decline_is_a_402_with_all_there_is_to_know(client, pay) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay("pm_card_chargeDeclinedInsufficientFunds")
    error = caught.value
    assert (error.http_status, error.code) == (402, "card_declined")
    assert error.error.decline_code == "insufficient_funds"
    assert error.error.payment_intent.status == "requires_payment_method"
    charge = client.v1.charges.retrieve(error.error.charge)
    assert (charge.status, charge.paid) == ("failed", False)
    assert charge.outcome.network_status == "declined_by_network"


def test_radar_blocks_before_the_bank_is_asked(client, pay) -> None:
    with pytest.raises(stripe.CardError) as caught:
        pay("pm_card_radarBlock")
    outcome = client.v1.charges.retrieve(caught.value.error.charge).outcome
    assert (outcome.type, outcome.network_status) == ("blocked", "not_sent_to_network")


def test_a_decline_is_announced(pay, types) -> None:
    with pytest.raises(stripe.CardError):
        pay("pm_card_chargeDeclined")
    assert types() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize(
    ("number", "brand"),
    [("5555555555554444", "mastercard"), ("378282246310005", "amex")],
)
def test_other_brands_pay_too(sandbox, client, intent, number, brand) -> None:
    charge = client.v1.charges.retrieve(sandbox.confirm(intent.id, number)["latest_charge"])
    assert charge.payment_method_details.card.brand == brand


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"exp_year": 2001}, "invalid_expiry_year"),
        ({"cvc": "12"}, "invalid_cvc"),
        ({"number": "4539148803436467"}, "card_declined"),  # no test card
    ],
)
def test_a_card_that_cannot_be_is_refused(publishable, card, code) -> None:
    good = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    with pytest.raises(stripe.CardError) as caught:
        publishable.v1.payment_methods.create({"type": "card", "card": good | card})
    assert caught.value.code == code


def test_card_numbers_never_come_from_a_server(client) -> None:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034}
    with pytest.raises(stripe.CardError, match="unsafe"):
        client.v1.payment_methods.create({"type": "card", "card": card})


def test_one_number_has_one_fingerprint(client) -> None:
    one, other = (client.v1.payment_methods.retrieve("pm_card_visa") for _ in range(2))
    assert one.id != other.id
    assert one.card.fingerprint == other.card.fingerprint


def test_every_number_of_the_table_is_a_card_number() -> None:
    assert [card.number for card in CARDS if not passes_luhn(card.number)] == []


def test_every_token_makes_its_card(sandbox: Sandbox, client) -> None:
    for card in CARDS:
        for token in card.tokens:
            made = client.v1.payment_methods.retrieve(f"pm_card_{token}")
            assert (made.card.last4, made.card.brand) == (card.last4, card.brand)

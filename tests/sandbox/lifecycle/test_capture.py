"""Reserving money now and taking it later, in full or in part."""

import pytest
import stripe


@pytest.fixture
def reserved(pay):
    return pay(amount=10000, capture_method="manual")


def test_money_is_reserved_and_not_taken(client, reserved, types) -> None:
    assert (reserved.status, reserved.amount_capturable) == ("requires_capture", 10000)
    charge = client.v1.charges.retrieve(reserved.latest_charge)
    assert (charge.paid, charge.captured, charge.balance_transaction) == (True, False, None)
    assert types()[-2:] == ["charge.succeeded", "payment_intent.amount_capturable_updated"]


def test_capturing_all(client, reserved, types) -> None:
    captured = client.v1.payment_intents.capture(reserved.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 10000)
    assert types()[-2:] == ["charge.captured", "payment_intent.succeeded"]


def test_capturing_a_part_gives_the_rest_back(client, reserved) -> None:
    captured = client.v1.payment_intents.capture(
        reserved.id, {"amount_to_capture": 7000}, {"idempotency_key": "c"}
    )
    charge = client.v1.charges.retrieve(
        captured.latest_charge, {"expand": ["balance_transaction", "refunds"]}
    )
    assert (captured.amount_received, captured.amount_capturable) == (7000, 0)
    assert (charge.amount_captured, charge.amount_refunded) == (7000, 3000)
    assert charge.balance_transaction.amount == 7000
    assert [refund.amount for refund in charge.refunds.data] == [3000]


def test_only_what_was_captured_can_be_refunded(client, reserved) -> None:
    client.v1.payment_intents.capture(reserved.id, {"amount_to_capture": 7000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": reserved.id, "amount": 7001})
    client.v1.refunds.create({"payment_intent": reserved.id})
    assert client.v1.charges.retrieve(reserved.latest_charge).refunded


def test_more_than_is_reserved_cannot_be_captured(client, reserved) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(reserved.id, {"amount_to_capture": 10001})
    assert caught.value.code == "amount_too_large"


def test_canceling_lets_the_money_go(client, reserved, types) -> None:
    canceled = client.v1.payment_intents.cancel(reserved.id)
    charge = client.v1.charges.retrieve(reserved.latest_charge)
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert (charge.refunded, charge.amount_refunded) == (True, 10000)
    assert types()[-3:] == ["refund.created", "charge.refunded", "payment_intent.canceled"]


def test_what_is_paid_cannot_be_captured(client, pay) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(pay().id)
    assert caught.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize("param", ["final_capture", "application_fee_amount"])
def test_what_a_capture_does_not_play_is_refused_and_nothing_is_taken(client, pay, param) -> None:
    intent = pay(capture_method="manual")
    with pytest.raises(stripe.InvalidRequestError, match="sandbox does not play") as caught:
        client.v1.payment_intents.capture(intent.id, {param: 0})
    assert caught.value.param == param
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"

"""The life of a payment intent: which call is possible when, and what it announces."""

from collections.abc import Callable

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox

Types = Callable[[], list[str]]
Pay = Callable[..., stripe.PaymentIntent]


def test_a_new_intent_waits_for_a_payment_method(intent: stripe.PaymentIntent) -> None:
    assert intent.status == "requires_payment_method"
    assert intent.client_secret.startswith(f"{intent.id}_secret_")


def test_an_intent_with_a_payment_method_waits_for_its_confirmation(client) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "USD", "payment_method": "pm_card_visa"}
    )
    assert (intent.status, intent.currency) == ("requires_confirmation", "usd")


def test_a_good_card_pays(sandbox: Sandbox, client, intent, types: Types) -> None:
    assert sandbox.confirm(intent.id, "4242 4242 4242 4242")["status"] == "succeeded"
    paid = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (paid.amount_received, paid.latest_charge.amount_captured) == (2500, 2500)
    assert paid.latest_charge.payment_method_details.card.last4 == "4242"
    assert types() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_the_fee_is_known_only_after_the_answer(pay: Pay, client) -> None:
    """As with Stripe's automatic_async capture, the default."""
    intent = pay(expand=["latest_charge"])
    assert intent.latest_charge.balance_transaction is None
    later = client.v1.charges.retrieve(intent.latest_charge.id, {"expand": ["balance_transaction"]})
    booked = later.balance_transaction
    # 2.9 % of 25.00 is 0.725, rounded to 0.73, and 0.30 on top.
    assert (booked.amount, booked.fee, booked.net) == (2500, 103, 2397)


def test_synchronous_capture_answers_with_the_fee(pay: Pay) -> None:
    intent = pay(capture_method="automatic", expand=["latest_charge"])
    assert intent.latest_charge.balance_transaction is not None


def test_confirming_without_a_payment_method_is_refused(client, intent) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(intent.id, {"return_url": "https://example.com"})
    assert caught.value.code == "payment_intent_unexpected_state"


def test_a_paid_intent_cannot_be_confirmed_again(pay: Pay, client) -> None:
    params = {"payment_method": "pm_card_visa", "return_url": "https://example.com"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(pay().id, params)
    assert caught.value.code == "payment_intent_unexpected_state"
    assert caught.value.error.payment_intent.status == "succeeded"


def test_the_server_needs_a_return_url_for_methods_that_redirect(client) -> None:
    params = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.create(params)
    paid = client.v1.payment_intents.create({**params, "return_url": "https://example.com"})
    assert paid.status == "succeeded"


def test_what_belongs_to_a_confirmation_needs_one(client) -> None:
    params = {"amount": 2500, "currency": "usd", "off_session": True}
    with pytest.raises(stripe.InvalidRequestError, match="confirm"):
        client.v1.payment_intents.create(params)


def test_update_changes_amount_and_metadata_while_unpaid(client, intent) -> None:
    client.v1.payment_intents.update(intent.id, {"metadata": {"a": "1", "b": "2"}})
    updated = client.v1.payment_intents.update(
        intent.id, {"amount": 3000, "metadata": {"a": "", "c": "3"}}
    )
    assert updated.amount == 3000
    assert updated.metadata.to_dict() == {"b": "2", "c": "3"}


def test_the_amount_of_a_paid_intent_stands(pay: Pay, client) -> None:
    intent = pay()
    client.v1.payment_intents.update(intent.id, {"description": "still possible"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.update(intent.id, {"amount": 9900})
    assert caught.value.code == "payment_intent_unexpected_state"


def test_cancel(client, intent, types: Types) -> None:
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert types()[-1] == "payment_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.cancel(intent.id)


def test_payment_methods_can_only_be_narrowed_down(client) -> None:
    create = client.v1.payment_intents.create
    params = {"amount": 2500, "currency": "usd"}
    assert create(params).payment_method_types == ["card", "us_bank_account"]
    allowed = create({**params, "allowed_payment_method_types": ["card", "sepa_debit"]})
    assert allowed.payment_method_types == ["card"]
    excluded = create({**params, "excluded_payment_method_types": ["card"]})
    assert excluded.payment_method_types == ["us_bank_account"]


def test_naming_payment_method_types_is_over(client, sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(
            {"amount": 2500, "currency": "usd", "payment_method_types": ["card"]}
        )
    assert caught.value.code == "payment_method_types_no_longer_supported"
    assert sandbox.events() == []


def test_options_keep_their_types(client) -> None:
    intent = client.v1.payment_intents.create(
        {
            "amount": 2500,
            "currency": "usd",
            "payment_method_options": {"card": {"require_cvc_recollection": True}},
        }
    )
    options = intent.payment_method_options.card
    assert (options.require_cvc_recollection, options.network) == (True, None)


def test_a_method_of_another_type_is_refused(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="us_bank_account"):
        client.v1.payment_intents.create(
            {
                "amount": 2500,
                "currency": "eur",
                "payment_method": "pm_usBankAccount_success",
            }
        )


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"on_behalf_of": "acct_1"}, "on_behalf_of"),
        ({"transfer_data": {"destination": "acct_1"}}, "transfer_data[destination]"),
        ({"application_fee_amount": 100}, "application_fee_amount"),
    ],
)
def test_an_account_that_does_not_exist_gets_nothing(client, sandbox, params, param) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create({"amount": 2500, "currency": "usd", **params})
    assert (caught.value.http_status, caught.value.param) == (400, param)
    assert sandbox.events() == []


def test_updating_an_intent_gives_it_no_account_either(client, intent) -> None:
    for params in ({"application_fee_amount": 100}, {"transfer_data": {"amount": 100}}):
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.payment_intents.update(intent.id, params)


@pytest.mark.parametrize("method", ["manual", "automatic"])
def test_confirming_decides_how_the_money_is_taken(client, intent, types, method) -> None:
    params = {"payment_method": "pm_card_visa", "use_stripe_sdk": True, "capture_method": method}
    confirmed = client.v1.payment_intents.confirm(intent.id, params)
    reserved = method == "manual"
    assert (confirmed.capture_method, confirmed.amount_capturable) == (method, 2500 * reserved)
    assert confirmed.status == ("requires_capture" if reserved else "succeeded")
    assert client.v1.charges.retrieve(confirmed.latest_charge).captured is not reserved


def test_a_receipt_needs_an_address(client) -> None:
    params = {"amount": 2500, "currency": "usd", "receipt_email": "name@com"}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)
    assert (caught.value.code, caught.value.param) == ("email_invalid", "receipt_email")

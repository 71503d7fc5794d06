"""Saving a card without charging it."""

import pytest
import stripe


@pytest.fixture
def setup(client, customer):
    return client.v1.setup_intents.create({"customer": customer.id})


def test_a_card_is_saved(sandbox, client, customer, setup, types) -> None:
    done = sandbox.confirm(setup.id)
    assert done["status"] == "succeeded"
    card = client.v1.payment_methods.retrieve(done["payment_method"])
    assert (card.customer, card.card.checks.cvc_check) == (customer.id, "pass")
    assert types()[1:] == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]


def test_a_declined_card_is_not_saved(sandbox, client, customer, setup, types) -> None:
    failed = sandbox.confirm(setup.id, "4000000000000002")
    assert failed["status"] == "requires_payment_method"
    assert failed["last_setup_error"]["decline_code"] == "generic_decline"
    assert types()[-1] == "setup_intent.setup_failed"
    assert client.v1.customers.payment_methods.list(customer.id).data == []


@pytest.mark.parametrize(
    ("succeed", "status", "event"),
    [
        (True, "succeeded", "setup_intent.succeeded"),
        (False, "requires_payment_method", "setup_intent.setup_failed"),
    ],
)
def test_the_bank_may_ask(sandbox, setup, types, succeed, status, event) -> None:
    assert sandbox.confirm(setup.id, "4000002500003155")["status"] == "requires_action"
    assert types()[-1] == "setup_intent.requires_action"
    assert sandbox.authenticate(setup.id, succeed)["status"] == status
    assert types()[-1] == event


def test_cancel(client, setup, types) -> None:
    assert client.v1.setup_intents.cancel(setup.id).status == "canceled"
    assert types()[-1] == "setup_intent.canceled"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.setup_intents.cancel(setup.id)
    assert caught.value.code == "setup_intent_unexpected_state"


def test_the_server_confirms_at_once(client, customer) -> None:
    done = client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_visa",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        }
    )
    assert done.status == "succeeded"


def test_every_attempt_is_on_record(sandbox, client, setup) -> None:
    sandbox.confirm(setup.id, "4000000000000002")
    sandbox.confirm(setup.id)
    attempts = client.v1.setup_attempts.list({"setup_intent": setup.id}).data
    assert [item.status for item in attempts] == ["succeeded", "failed"]


def test_list_by_customer(client, customer, setup) -> None:
    client.v1.setup_intents.create()
    found = client.v1.setup_intents.list({"customer": customer.id}).data
    assert [item.id for item in found] == [setup.id]


def test_a_browser_does_not_see_the_customer(publishable, setup) -> None:
    seen = publishable.v1.setup_intents.retrieve(setup.id, {"client_secret": setup.client_secret})
    assert "customer" not in seen.to_dict()


def test_a_card_that_was_saved_without_a_customer_can_be_attached_later(
    sandbox, client, customer
) -> None:
    done = sandbox.confirm(client.v1.setup_intents.create().id)
    card = client.v1.payment_methods.attach(done["payment_method"], {"customer": customer.id})
    assert card.customer == customer.id


def test_a_card_that_was_to_be_saved_while_paying_can_too(client, customer, pay) -> None:
    paid = pay(setup_future_usage="off_session")
    card = client.v1.payment_methods.attach(paid.payment_method, {"customer": customer.id})
    assert card.customer == customer.id
    used_up = pay().payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(used_up, {"customer": customer.id})


def test_a_card_is_saved_for_no_account_that_does_not_exist(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="No such account"):
        client.v1.setup_intents.create({"on_behalf_of": "acct_1"})

"""Saved cards, charged while their owner is away."""

import pytest
import stripe


@pytest.fixture
def saved(sandbox, client, customer):
    """Save a card by a setup intent, as a page does; returns its id."""

    def save(number: str) -> str:
        intent = client.v1.setup_intents.create({"customer": customer.id})
        if sandbox.confirm(intent.id, number)["status"] == "requires_action":
            sandbox.authenticate(intent.id)
        return sandbox.object(intent.id)["payment_method"]

    return save


def test_a_saved_card_pays(pay, customer, saved) -> None:
    card = saved("4242424242424242")
    paid = pay(card, customer=customer.id, off_session=True)
    assert paid.status == "succeeded"
    assert pay(card, customer=customer.id, off_session=True).status == "succeeded"


def test_a_bank_that_always_asks_refuses_while_nobody_is_there(pay, client, customer, saved):
    card = saved("4000002760003184")
    with pytest.raises(stripe.CardError) as caught:
        pay(card, customer=customer.id, off_session=True)
    assert caught.value.code == "authentication_required"
    assert caught.value.error.payment_method.id == card
    assert caught.value.error.payment_intent.status == "requires_payment_method"


def test_the_customer_comes_back_and_completes_it(pay, sandbox, customer, saved) -> None:
    card = saved("4000002760003184")
    with pytest.raises(stripe.CardError) as caught:
        pay(card, customer=customer.id, off_session=True)
    intent_id = caught.value.error.payment_intent.id
    assert sandbox.confirm(intent_id, card)["status"] == "requires_action"
    assert sandbox.authenticate(intent_id)["status"] == "succeeded"


def test_a_card_that_was_set_up_is_not_asked_again(pay, customer, saved) -> None:
    card = saved("4000002500003155")
    assert pay(card, customer=customer.id, off_session=True).status == "succeeded"


def test_a_card_that_was_only_attached_is_asked(pay, client, customer) -> None:
    card = client.v1.payment_methods.attach(
        "pm_card_authenticationRequiredOnSetup", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError) as caught:
        pay(card.id, customer=customer.id, off_session=True)
    assert caught.value.code == "authentication_required"


def test_paying_can_save_the_card_too(pay, client, customer, types) -> None:
    paid = pay(customer=customer.id, setup_future_usage="off_session")
    method = client.v1.payment_methods.retrieve(paid.payment_method)
    assert method.customer == customer.id
    assert "payment_method.attached" in types()


def test_a_card_that_was_not_saved_pays_once(pay) -> None:
    used = pay().payment_method
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        pay(used)


def test_nobody_pays_with_the_card_of_another(pay, client, customer, saved) -> None:
    card = saved("4242424242424242")
    other = client.v1.customers.create()
    for whose in ({}, {"customer": other.id}):
        with pytest.raises(stripe.InvalidRequestError, match="PaymentMethod"):
            pay(card, **whose)

"""Expanding ids into objects."""

import pytest
import stripe


def test_a_path_of_several_steps(client, pay) -> None:
    found = client.v1.payment_intents.retrieve(
        pay().id, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert found.latest_charge.balance_transaction.object == "balance_transaction"


def test_an_id_stays_an_id_unless_it_is_named(client, customer, pay) -> None:
    found = client.v1.payment_intents.retrieve(pay(customer=customer.id).id)
    assert found.customer == customer.id


def test_inside_a_list(client, customer, pay) -> None:
    pay(customer=customer.id)
    listed = client.v1.payment_intents.list({"expand": ["data.customer"]})
    assert listed.data[0].customer.email == "jenny@example.com"


def test_inside_a_hash(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    found = client.v1.customers.update(
        customer.id,
        {
            "invoice_settings": {"default_payment_method": card.id},
            "expand": ["invoice_settings.default_payment_method"],
        },
    )
    assert found.invoice_settings.default_payment_method.card.last4 == "4242"


def test_when_creating(client, customer) -> None:
    made = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": customer.id, "expand": ["customer"]}
    )
    assert made.customer.id == customer.id


def test_any_source_of_a_balance_transaction(client, pay) -> None:
    pay()
    listed = client.v1.balance_transactions.list({"expand": ["data.source.payment_intent"]})
    assert listed.data[0].source.payment_intent.status == "succeeded"


@pytest.mark.parametrize("path", ["status", "nonsense", "customer.email", "data.customer"])
def test_what_is_not_expandable_is_an_error_before_anything_happens(client, sandbox, path) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.create({"amount": 2500, "currency": "usd", "expand": [path]})
    assert sandbox.events() == []


def test_four_levels_are_enough(client) -> None:
    path = "data.latest_charge.payment_intent.customer.default_source"
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.v1.payment_intents.list({"expand": [path]})

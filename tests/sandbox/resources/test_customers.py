"""Customers, and the cards that they save."""

import pytest
import stripe


def test_a_customer_is_created_updated_and_announced(client, sandbox, customer) -> None:
    client.v1.customers.update(customer.id, {"name": "Jenny", "metadata": {"user": "7"}})
    found = client.v1.customers.retrieve(customer.id)
    assert (found.email, found.name, found.metadata["user"]) == ("jenny@example.com", "Jenny", "7")
    event = sandbox.events("customer.updated")[0]
    assert event["data"]["previous_attributes"] == {"name": None, "metadata": {"user": None}}


def test_an_update_that_changes_nothing_is_not_announced(client, customer, types) -> None:
    client.v1.customers.update(customer.id, {"email": "jenny@example.com"})
    assert types() == ["customer.created"]


def test_a_deleted_customer_is_a_shadow(client, customer, types) -> None:
    assert client.v1.customers.delete(customer.id).deleted
    assert client.v1.customers.retrieve(customer.id).deleted
    assert client.v1.customers.list().data == []
    assert types()[-1] == "customer.deleted"
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.customers.update(customer.id, {"name": "J"})
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.payment_intents.create(
            {"amount": 2500, "currency": "usd", "customer": customer.id}
        )


def test_customers_are_found_by_email(client, customer) -> None:
    client.v1.customers.create({"email": "other@example.com"})
    found = client.v1.customers.list({"email": "jenny@example.com"}).data
    assert [item.id for item in found] == [customer.id]


def test_attach_list_and_detach(client, customer, types) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert [item.id for item in client.v1.customers.payment_methods.list(customer.id)] == [card.id]
    listed = client.v1.payment_methods.list({"customer": customer.id, "type": "card"})
    assert [item.id for item in listed] == [card.id]
    assert client.v1.payment_methods.detach(card.id).customer is None
    assert client.v1.customers.payment_methods.list(customer.id).data == []
    assert types()[1:] == ["payment_method.attached", "payment_method.detached"]


def test_the_event_of_a_detached_card_names_its_customer(client, sandbox, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.detach(card.id)
    event = sandbox.events("payment_method.detached")[0]
    assert event["data"]["previous_attributes"] == {"customer": customer.id}


def test_a_detached_card_is_gone_for_good(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    client.v1.payment_methods.detach(card.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_methods.attach(card.id, {"customer": customer.id})


def test_a_declining_card_cannot_be_saved(client, customer) -> None:
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert caught.value.code == "card_declined"


def test_a_card_of_another_customer_cannot_be_saved(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    other = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(card.id, {"customer": other.id})


def test_the_default_card_must_be_the_customers(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    settings = {"invoice_settings": {"default_payment_method": card.id}}
    updated = client.v1.customers.update(customer.id, settings)
    assert updated.invoice_settings.default_payment_method == card.id
    other = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_method"):
        client.v1.customers.update(other.id, settings)


def test_detaching_the_default_card_leaves_no_default(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    settings = {"invoice_settings": {"default_payment_method": card.id}}
    client.v1.customers.update(customer.id, settings)
    client.v1.payment_methods.detach(card.id)
    found = client.v1.customers.retrieve(customer.id)
    assert found.invoice_settings.default_payment_method is None


def test_a_saved_card_can_be_renamed(client, customer) -> None:
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    updated = client.v1.payment_methods.update(
        card.id, {"billing_details": {"name": "Jenny"}, "card": {"exp_year": 2040}}
    )
    assert (updated.billing_details.name, updated.card.exp_year) == ("Jenny", 2040)


@pytest.mark.parametrize("email", ["name@com", "name", "a b@example.com", "@a.example", "a@@b.cc"])
def test_an_address_that_cannot_be_is_refused(client, sandbox, email) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Invalid email address") as caught:
        client.v1.customers.create({"email": email})
    assert (caught.value.code, caught.value.param) == ("email_invalid", "email")
    assert sandbox.events() == []


def test_an_address_is_checked_wherever_it_stands(client, customer, pay) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.update(customer.id, {"email": "name@com"})
    assert caught.value.code == "email_invalid"
    card = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    details = {"billing_details": {"email": "name@com"}}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_methods.update(card.id, details)
    assert (caught.value.code, caught.value.param) == ("email_invalid", "billing_details[email]")
    charge = pay().latest_charge
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.update(charge, {"receipt_email": "name@com"})
    assert caught.value.code == "email_invalid"


@pytest.mark.parametrize("param", ["balance", "tax", "test_clock", "cash_balance"])
def test_what_a_customer_does_not_play_is_refused_by_name(client, sandbox, param) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="sandbox does not play") as caught:
        client.v1.customers.create({param: "1"})
    assert caught.value.param == param
    assert sandbox.events() == []


def test_tax_ids_can_be_expanded_and_there_are_none(client, customer) -> None:
    found = client.v1.customers.retrieve(customer.id, {"expand": ["tax_ids"]})
    assert (found.tax_ids.data, found.tax_ids.url) == ([], f"/v1/customers/{customer.id}/tax_ids")

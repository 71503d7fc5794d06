"""Who may do and see what."""

import base64

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox


def client_for(sandbox: Sandbox, key: str) -> stripe.StripeClient:
    return stripe.StripeClient(key, http_client=sandbox.http_client())


@pytest.mark.parametrize("key", ["sk_test_a", "rk_test_b"])
def test_any_secret_test_key_is_welcome(sandbox, key) -> None:
    assert client_for(sandbox, key).v1.customers.create().id


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x", "pk_live_x"])
def test_a_live_key_is_refused(sandbox, key) -> None:
    with pytest.raises(stripe.AuthenticationError, match="live key"):
        client_for(sandbox, key).v1.customers.create()


@pytest.mark.parametrize("key", ["nonsense", "sk_prod_x"])
def test_any_other_key_is_a_401(sandbox, key) -> None:
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        client_for(sandbox, key).v1.customers.create()


def test_another_account_is_none_of_ours(client) -> None:
    with pytest.raises(stripe.PermissionError, match="acct_1"):
        client.v1.customers.create(options={"stripe_account": "acct_1"})


def test_no_key_is_a_401(sandbox) -> None:
    assert sandbox.app.handle("GET", "/v1/customers", {}, b"").status == 401


def test_basic_authentication_works_as_with_curl(sandbox) -> None:
    header = "Basic " + base64.b64encode(b"sk_test_x:").decode()
    assert sandbox.app.handle("GET", "/v1/customers", {"Authorization": header}, b"").status == 200


def test_a_browser_may_not_list_customers(publishable) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        publishable.v1.customers.list()
    assert caught.value.json_body["error"]["code"] == "secret_key_required"


def test_a_browser_needs_the_client_secret(publishable, intent) -> None:
    with pytest.raises(stripe.AuthenticationError, match="client_secret"):
        publishable.v1.payment_intents.retrieve(intent.id)


def test_a_wrong_client_secret_opens_nothing(publishable, intent) -> None:
    secret = f"{intent.id}_secret_wrong"
    with pytest.raises(stripe.InvalidRequestError, match="does not match"):
        publishable.v1.payment_intents.retrieve(intent.id, {"client_secret": secret})


def test_a_browser_does_not_see_what_is_the_sites(client, publishable, customer) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": customer.id, "metadata": {"a": "b"}}
    )
    seen = publishable.v1.payment_intents.retrieve(
        intent.id, {"client_secret": intent.client_secret}
    )
    assert (seen.amount, seen.client_secret) == (2500, intent.client_secret)
    assert not {"customer", "metadata", "latest_charge"} & seen.to_dict().keys()


def test_an_error_does_not_show_it_either(client, publishable) -> None:
    intent = client.v1.payment_intents.create(
        {"amount": 2500, "currency": "usd", "metadata": {"a": "b"}}
    )
    params = {"payment_method": "pm_card_chargeDeclined", "client_secret": intent.client_secret}
    with pytest.raises(stripe.CardError) as caught:
        publishable.v1.payment_intents.confirm(intent.id, params)
    assert "metadata" not in caught.value.json_body["error"]["payment_intent"]


def test_a_browser_confirms_with_the_client_secret(publishable, intent) -> None:
    confirmed = publishable.v1.payment_intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "client_secret": intent.client_secret}
    )
    assert confirmed.status == "succeeded"


@pytest.mark.parametrize("option", ["stripe_account", "stripe_context"])
@pytest.mark.parametrize("path", ["v1", "v2"])
def test_a_call_for_another_account_is_refused(sandbox, client, option, path) -> None:
    call = {"v1": client.v1.customers.list, "v2": client.v2.core.events.list}[path]
    with pytest.raises(stripe.PermissionError) as caught:
        call(options={option: "acct_1"})
    assert caught.value.http_status == 403
    assert caught.value.json_body["error"]["code"] == "account_invalid"
    assert sandbox.events() == []


@pytest.mark.parametrize("key", ["sk_test_x", "rk_test_x"])
def test_a_secret_key_is_no_parameter(sandbox, key) -> None:
    assert sandbox.app.handle("GET", f"/v1/customers?key={key}", {}, b"").status == 401

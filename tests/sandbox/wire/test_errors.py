"""Mistakes are answered as Stripe answers them."""

import json

import pytest
import stripe


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"amount": 2500, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": 2500}, "parameter_missing", "currency"),
        ({"amount": "12.50", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 10**12, "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": 2500, "currency": "gold"}, None, "currency"),
        ({"amount": 2550, "currency": "isk"}, None, "amount"),
        ({"amount": 5124, "currency": "kwd"}, None, "amount"),
        ({"amount": 2500, "currency": "usd", "customer": "cus_x"}, "resource_missing", "customer"),
        ({"amount": 2500, "currency": "usd", "confirm": "maybe"}, None, "confirm"),
        ({"amount": 2500, "currency": "usd", "metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"amount": 2500, "currency": "usd", "capture_method": "magic"}, None, "capture_method"),
        (
            {"amount": 2500, "currency": "usd", "shipping": {"name": "J", "colour": "red"}},
            "parameter_unknown",
            "shipping[colour]",
        ),
    ],
)
def test_a_bad_parameter_is_a_400_that_names_it(client, sandbox, params, code, param) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)
    assert (caught.value.http_status, caught.value.code) == (400, code)
    assert caught.value.param == param
    assert sandbox.events() == []


def test_an_object_that_is_not_there_is_a_404(client) -> None:
    with pytest.raises(
        stripe.InvalidRequestError, match="No such payment_intent: 'pi_x'"
    ) as caught:
        client.v1.payment_intents.retrieve("pi_x")
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_a_url_that_is_not_there_is_a_404(client) -> None:
    with pytest.raises(
        stripe.InvalidRequestError, match=r"Unrecognized request URL \(GET: /v1/x\)"
    ):
        client.raw_request("get", "/v1/x")


def test_the_right_url_with_the_wrong_verb_is_a_404(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL"):
        client.raw_request("delete", "/v1/payment_intents")


def test_every_answer_names_its_request(client, customer) -> None:
    assert customer.last_response.request_id.startswith("req_")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.retrieve("cus_x")
    assert caught.value.request_id.startswith("req_")


def test_a_mistake_of_the_sandbox_is_a_500(sandbox, client, monkeypatch, caplog) -> None:
    """A bug must look like a broken Stripe, not like a broken connection."""
    monkeypatch.setattr(sandbox.world.store, "all", lambda kind: 1 / 0)
    with pytest.raises(stripe.APIError) as caught:
        client.v1.customers.list()
    assert caught.value.http_status == 500
    assert "ZeroDivisionError" in caplog.text


def test_a_body_that_is_no_text_is_a_400(sandbox) -> None:
    headers = {"Authorization": "Bearer sk_test_x"}
    response = sandbox.app.handle("POST", "/v1/customers", headers, b"\xff\xfe")
    assert (response.status, "error" in json.loads(response.body)) == (400, True)

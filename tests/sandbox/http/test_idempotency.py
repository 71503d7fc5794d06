"""One key, one effect: Stripe's rules for idempotent requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

KEY = {"idempotency_key": "order-5"}
PARAMS = {"amount": 2500, "currency": "usd"}


def test_the_same_key_gets_the_same_answer(client, sandbox) -> None:
    first = client.v1.payment_intents.create(PARAMS, KEY)
    again = client.v1.payment_intents.create(PARAMS, KEY)
    assert again.id == first.id
    assert "idempotent-replayed" not in first.last_response.headers
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert len(sandbox.events()) == 1


def test_the_answer_is_the_first_one_even_if_the_object_changed(client) -> None:
    first = client.v1.payment_intents.create(PARAMS, KEY)
    client.v1.payment_intents.update(first.id, {"amount": 9900})
    assert client.v1.payment_intents.create(PARAMS, KEY).amount == 2500


def test_the_same_key_with_other_parameters_is_an_error(client) -> None:
    client.v1.payment_intents.create(PARAMS, KEY)
    with pytest.raises(stripe.IdempotencyError) as caught:
        client.v1.payment_intents.create({**PARAMS, "amount": 2600}, KEY)
    assert caught.value.http_status == 400


def test_the_same_key_at_another_address_is_an_error(client, intent) -> None:
    client.v1.payment_intents.cancel(intent.id, options=KEY)
    with pytest.raises(stripe.IdempotencyError):
        client.v1.customers.create(options=KEY)


def test_a_decline_is_remembered(client, sandbox) -> None:
    params = {
        **PARAMS,
        "payment_method": "pm_card_chargeDeclined",
        "confirm": True,
        "return_url": "https://example.com",
    }
    charges = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create(params, KEY)
        charges.append(caught.value.error.charge)
    assert charges[0] == charges[1]


def test_a_validation_failure_is_not_remembered(client) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create({"amount": 1, "currency": "usd"}, KEY)
    assert client.v1.payment_intents.create(PARAMS, KEY).amount == 2500


def test_a_500_is_remembered(client, sandbox) -> None:
    sandbox.faults.add("error", path="payment_intents", status=500)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.payment_intents.create(PARAMS, KEY)
    assert client.v1.payment_intents.create(PARAMS).id


def test_a_429_is_not_remembered(client, sandbox) -> None:
    sandbox.faults.add("error", status=429)
    with pytest.raises(stripe.RateLimitError):
        client.v1.payment_intents.create(PARAMS, KEY)
    assert client.v1.payment_intents.create(PARAMS, KEY).id


def test_a_key_lives_for_a_day(client, clock) -> None:
    first = client.v1.payment_intents.create(PARAMS, KEY)
    clock.advance(24 * 3600 - 60)
    assert client.v1.payment_intents.create(PARAMS, KEY).id == first.id
    clock.advance(120)
    assert client.v1.payment_intents.create(PARAMS, KEY).id != first.id


def test_the_key_of_a_call_under_way_is_taken(client, sandbox) -> None:
    fault = sandbox.faults.add("hang", path="payment_intents")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(client.v1.payment_intents.create, PARAMS, KEY)
        assert fault.reached.wait(5)
        with pytest.raises(stripe.APIError) as caught:
            client.v1.payment_intents.create(PARAMS, KEY)
        fault.release()
        assert first.result().id
    assert caught.value.http_status == 409


def test_twenty_threads_with_one_key_make_one_payment(client, sandbox) -> None:
    def create(_: int) -> str:
        options = {**KEY, "max_network_retries": 50}
        return client.v1.payment_intents.create(PARAMS, options).id

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(create, range(20)))) == 1
    assert len(sandbox.events("payment_intent.created")) == 1


def test_a_key_that_is_too_long_is_refused(client) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        client.v1.payment_intents.create(PARAMS, {"idempotency_key": "x" * 256})


def test_an_event_names_the_key_that_caused_it(client, sandbox) -> None:
    client.v1.payment_intents.create(PARAMS, KEY)
    request = sandbox.events()[0]["request"]
    assert request["idempotency_key"] == "order-5"
    assert request["id"].startswith("req_")

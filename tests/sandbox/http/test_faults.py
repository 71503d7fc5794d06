"""Faults on demand: what a site must survive."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

PARAMS = {"amount": 2500, "currency": "usd"}


def test_a_cut_call_was_executed(client, sandbox) -> None:
    sandbox.faults.add("cut", method="POST", path="/v1/payment_intents")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert len(sandbox.events("payment_intent.created")) == 1


def test_asking_again_with_the_same_key_finds_out(client, sandbox) -> None:
    sandbox.faults.add("cut")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    found = client.v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert found.last_response.headers["idempotent-replayed"] == "true"
    assert len(sandbox.events("payment_intent.created")) == 1


def test_the_sdks_own_retry_finds_out_too(client, sandbox) -> None:
    sandbox.faults.add("cut")
    client.v1.payment_intents.create(PARAMS, {"max_network_retries": 1})
    assert len(sandbox.events("payment_intent.created")) == 1


def test_an_error_before_the_call_leaves_nothing_behind(client, sandbox) -> None:
    sandbox.faults.add("error", status=503)
    with pytest.raises(stripe.APIError) as caught:
        client.v1.customers.create()
    assert caught.value.http_status == 503
    assert sandbox.events() == []


def test_an_error_after_the_call_hides_that_it_was_executed(client, sandbox) -> None:
    sandbox.faults.add("error", executed=True)
    with pytest.raises(stripe.APIError):
        client.v1.customers.create()
    assert len(sandbox.events("customer.created")) == 1


def test_a_fault_waits_for_its_call(client, sandbox, customer) -> None:
    sandbox.faults.add("error", method="POST", path="/refunds", times=2, after=1)
    client.v1.customers.retrieve(customer.id)
    seen = []
    for _ in range(4):
        with pytest.raises(stripe.StripeError) as caught:
            client.v1.refunds.create({"payment_intent": "pi_x"})
        seen.append(caught.value.http_status)
    assert seen == [400, 500, 500, 400]


def test_a_hanging_call_goes_on_when_it_is_released(client, sandbox) -> None:
    fault = sandbox.faults.add("hang")
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(client.v1.customers.create)
        assert fault.reached.wait(5)
        assert sandbox.events() == []
        fault.release()
        assert hanging.result().id


def test_others_go_on_while_one_hangs(client, sandbox) -> None:
    fault = sandbox.faults.add("hang", path="customers")
    with ThreadPoolExecutor() as pool:
        hanging = pool.submit(client.v1.customers.create)
        assert fault.reached.wait(5)
        assert client.v1.payment_intents.create(PARAMS).id
        fault.release()
        hanging.result()


def test_an_unknown_fault_is_a_mistake(sandbox) -> None:
    with pytest.raises(ValueError, match="cut, error, hang"):
        sandbox.faults.add("explode")

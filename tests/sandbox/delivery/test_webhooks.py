"""Deliveries of events: signed, repeated until they arrive, and chaotic on demand."""

import json

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox
from django_stripe_payments.sandbox.delivery.chaos import Chaos, Scrambler

SECRET = "whsec_sandbox"


def arrived(endpoint) -> list[str]:
    return [json.loads(body)["type"] for body, _ in endpoint.requests]


def test_a_delivery_passes_the_sdks_own_check(sandbox, endpoint, client, customer) -> None:
    sandbox.webhooks.flush()
    body, headers = endpoint.requests[0]
    signature = headers["Stripe-Signature"]
    assert stripe.WebhookSignature.verify_header(body, signature, SECRET, tolerance=300)
    event = client.construct_event(body, signature, SECRET)
    assert (event.type, event.data.object.id) == ("customer.created", customer.id)


def test_a_signature_with_another_secret_fails_the_check(sandbox, customer) -> None:
    body, headers = sandbox.signed(sandbox.events()[0])
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], "whsec_other")


def test_the_signature_is_fresh_even_if_the_sandbox_lives_in_the_future(sandbox, client) -> None:
    sandbox.advance(10 * 24 * 3600)
    client.v1.customers.create()
    body, headers = sandbox.signed(sandbox.events()[0])
    assert abs(int(headers["Stripe-Signature"][2:12]) - stripe_now()) < 5
    assert stripe.WebhookSignature.verify_header(body, headers["Stripe-Signature"], SECRET, 300)


def stripe_now() -> int:
    import time

    return int(time.time())


def test_every_event_is_delivered(sandbox, endpoint, pay) -> None:
    pay()
    sandbox.webhooks.flush()
    assert sorted(arrived(endpoint)) == sorted(event["type"] for event in sandbox.events())
    assert {event["pending_webhooks"] for event in sandbox.events()} == {0}


@pytest.mark.parametrize("status", [500, 302, 404])
def test_anything_but_a_2xx_is_tried_again(sandbox, endpoint, customer_later, status) -> None:
    endpoint.answers = [status]
    customer_later()
    sandbox.webhooks.flush()
    sandbox.webhooks.wait_for_retries()
    assert arrived(endpoint) == ["customer.created"] * 2
    states = [(item.attempt, item.state) for item in sandbox.webhooks.log]
    assert states == [(1, "failed"), (2, "delivered")]


@pytest.fixture
def customer_later(client):
    return client.v1.customers.create


def test_it_gives_up_after_the_last_try(sandbox, endpoint, client) -> None:
    endpoint.answers = [500] * 9
    client.v1.customers.create()
    sandbox.webhooks.wait_for_retries()
    assert len(arrived(endpoint)) == 3
    assert client.v1.events.list({"delivery_success": False}).data[0].type == "customer.created"


def test_a_site_that_is_down_is_logged(sandbox, client) -> None:
    sandbox.add_webhook("http://127.0.0.1:1/")
    client.v1.customers.create()
    sandbox.webhooks.flush()
    first = sandbox.webhooks.log[0]
    assert (first.state, first.status) == ("failed", None)
    assert "refused" in str(first.error)


def test_retries_keep_the_event_and_renew_the_signature(sandbox, endpoint, client) -> None:
    endpoint.answers = [500]
    client.v1.customers.create()
    sandbox.webhooks.wait_for_retries()
    (first, _), (second, headers) = endpoint.requests
    assert json.loads(first)["id"] == json.loads(second)["id"]
    assert stripe.WebhookSignature.verify_header(second, headers["Stripe-Signature"], SECRET)


def test_an_event_can_be_sent_again(sandbox, endpoint, customer) -> None:
    sandbox.webhooks.flush()
    assert sandbox.redeliver() == 0
    assert sandbox.redeliver(sandbox.events()[0]["id"]) == 1
    sandbox.webhooks.flush()
    assert arrived(endpoint) == ["customer.created"] * 2


def test_what_did_not_arrive_can_be_sent_again(sandbox, endpoint, customer_later) -> None:
    endpoint.answers = [500] * 3
    customer_later()
    sandbox.webhooks.wait_for_retries()
    assert sandbox.redeliver() == 1
    sandbox.webhooks.flush()
    assert sandbox.events()[0]["pending_webhooks"] == 0


def test_several_endpoints_get_every_event(sandbox, endpoint, client) -> None:
    sandbox.add_webhook(endpoint.url, "whsec_other")
    client.v1.customers.create()
    assert sandbox.events()[0]["pending_webhooks"] in (0, 1, 2)
    sandbox.webhooks.flush()
    assert len(endpoint.requests) == 2
    assert sandbox.events()[0]["pending_webhooks"] == 0


def test_duplicates(sandbox, endpoint, client) -> None:
    sandbox.webhooks.set_chaos(Chaos(duplicate=1))
    client.v1.customers.create()
    sandbox.webhooks.flush()
    assert arrived(endpoint) == ["customer.created"] * 2


def test_every_event_so_many_times(sandbox, endpoint, client) -> None:
    sandbox.webhooks.set_chaos(Chaos(copies=3))
    client.v1.customers.create()
    sandbox.webhooks.flush()
    assert arrived(endpoint) == ["customer.created"] * 3


def test_what_waits_is_counted(sandbox, endpoint, client) -> None:
    sandbox.webhooks.set_chaos(Chaos(copies=2, delay=3600))
    client.v1.customers.create()
    assert sandbox.webhooks.pending() == (2, 0)
    sandbox.webhooks.retry()
    sandbox.webhooks.wait_for_retries()
    assert sandbox.webhooks.pending() == (0, 0)


def test_dropped_events_are_only_in_the_api(sandbox, endpoint, client) -> None:
    sandbox.webhooks.set_chaos(Chaos(drop=1))
    client.v1.customers.create()
    sandbox.webhooks.flush()
    assert arrived(endpoint) == []
    assert [item.state for item in sandbox.webhooks.log] == ["dropped"]
    assert len(client.v1.events.list({"delivery_success": False}).data) == 1


def test_shuffled_events_all_arrive(sandbox, endpoint, pay) -> None:
    sandbox.webhooks.set_chaos(Chaos(shuffle=True, delay=0.05))
    pay()
    pay()
    sandbox.webhooks.flush()
    assert sorted(arrived(endpoint)) == sorted(event["type"] for event in sandbox.events())


def test_chaos_is_the_same_for_one_seed() -> None:
    def arriving(seed: int) -> list[int]:
        chaos = Chaos(duplicate=0.5, drop=0.2, shuffle=True, seed=seed)
        return Scrambler(chaos).scramble(list(range(50)))

    assert arriving(1) == arriving(1)
    assert arriving(1) != arriving(2)


def test_without_endpoints_there_are_no_threads(sandbox: Sandbox, customer) -> None:
    import threading

    assert not [thread for thread in threading.enumerate() if "webhooks" in thread.name]

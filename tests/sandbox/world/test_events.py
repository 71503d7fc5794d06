"""Events: a snapshot of each change, and what caused it."""

import stripe


def test_an_event_shows_the_object_as_it_was_then(sandbox, intent) -> None:
    sandbox.confirm(intent.id)
    states = [
        event["data"]["object"]["status"]
        for event in sandbox.events()
        if event["type"].startswith("payment_intent.")
    ]
    assert states == ["requires_payment_method", "succeeded"]


def test_an_update_shows_what_was_before(sandbox, pay) -> None:
    pay()
    previous = sandbox.events("charge.updated")[0]["data"]["previous_attributes"]
    assert previous == {"balance_transaction": None}


def test_the_api_answers_for_events(client, sandbox, customer) -> None:
    event = client.v1.events.retrieve(sandbox.events()[0]["id"])
    assert (event.type, event.data.object.id) == ("customer.created", customer.id)
    assert event.api_version == stripe.api_version


def test_events_of_one_second_have_one_timestamp(sandbox, pay) -> None:
    pay()
    times = [event["created"] for event in sandbox.events()]
    assert len(times) > len(set(times))


def test_what_no_request_caused_names_none(sandbox, intent) -> None:
    sandbox.confirm(intent.id, "4000000000005605")
    sandbox.settle(intent.id)
    event = sandbox.events("payment_intent.succeeded")[0]
    assert event["request"] == {"id": None, "idempotency_key": None}


def test_reading_causes_no_event(client, sandbox, customer) -> None:
    client.v1.customers.retrieve(customer.id)
    client.v1.customers.list()
    assert len(sandbox.events()) == 1

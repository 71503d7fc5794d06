"""A sandbox that is started again goes on where it was."""

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox

PARAMS = {"amount": 2500, "currency": "usd"}


@pytest.fixture
def restarted(tmp_path):
    """Return a new sandbox, and a client for it, on the same file each time."""

    def start() -> tuple[Sandbox, stripe.StripeClient]:
        sandbox = Sandbox(state_file=tmp_path / "state" / "sandbox.json", settle_after=60)
        return sandbox, stripe.StripeClient("sk_test_x", http_client=sandbox.http_client())

    return start


def test_objects_events_and_what_is_secret_survive(restarted) -> None:
    sandbox, client = restarted()
    intent = client.v1.payment_intents.create(PARAMS)
    sandbox.confirm(intent.id, "4000002760003184")
    sandbox, client = restarted()
    assert sandbox.authenticate(intent.id)["status"] == "succeeded"
    assert len(sandbox.events("payment_intent.succeeded")) == 1
    assert restarted()[0].object(intent.id)["status"] == "succeeded"


def test_idempotency_keys_survive(restarted) -> None:
    first = restarted()[1].v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    again = restarted()[1].v1.payment_intents.create(PARAMS, {"idempotency_key": "k"})
    assert again.id == first.id


def test_what_was_to_happen_still_happens(restarted) -> None:
    sandbox, client = restarted()
    intent = client.v1.payment_intents.create(PARAMS)
    sandbox.confirm(intent.id, "4000000000005605")
    sandbox, _ = restarted()
    sandbox.advance(61)
    assert sandbox.object(intent.id)["status"] == "succeeded"


def test_an_update_without_an_event_survives(restarted) -> None:
    _, client = restarted()
    intent = client.v1.payment_intents.create(PARAMS)
    client.v1.payment_intents.update(intent.id, {"description": "new"})
    assert restarted()[1].v1.payment_intents.retrieve(intent.id).description == "new"


def test_the_file_is_replaced_as_a_whole(restarted, tmp_path) -> None:
    _, client = restarted()
    client.v1.customers.create()
    assert [path.name for path in (tmp_path / "state").iterdir()] == ["sandbox.json"]

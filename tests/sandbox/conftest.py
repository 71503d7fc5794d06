"""What every test of the sandbox starts from: an empty sandbox and the real SDK."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from django_stripe_payments.sandbox import Sandbox
from django_stripe_payments.sandbox.world.clock import Clock
from django_stripe_payments.testing import stripe_sandbox, stripe_sandbox_server  # noqa: F401

from .support.endpoint import Endpoint


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    sandbox = Sandbox(clock=clock, retry_delays=(0.02, 0.02))
    yield sandbox
    sandbox.close()


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return stripe.StripeClient("sk_test_sandbox", http_client=sandbox.http_client())


@pytest.fixture
def publishable(sandbox: Sandbox) -> stripe.StripeClient:
    """A client that holds only a publishable key, as a page does."""
    return stripe.StripeClient("pk_test_sandbox", http_client=sandbox.http_client())


@pytest.fixture
def intent(client: stripe.StripeClient) -> stripe.PaymentIntent:
    """$25.00, waiting for a card."""
    return client.v1.payment_intents.create({"amount": 2500, "currency": "usd"})


@pytest.fixture
def pay(client: stripe.StripeClient) -> Callable[..., stripe.PaymentIntent]:
    """Pay at once from the server; raises the SDK's CardError for a decline."""

    def pay(card: str = "pm_card_visa", amount: int = 2500, **params: Any) -> stripe.PaymentIntent:
        return client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "payment_method": card,
                "allowed_payment_method_types": ["card"],
                "confirm": True,
                **params,
            }
        )

    return pay


@pytest.fixture
def customer(client: stripe.StripeClient) -> stripe.Customer:
    return client.v1.customers.create({"email": "jenny@example.com"})


@pytest.fixture
def types(sandbox: Sandbox) -> Callable[[], list[str]]:
    """The types of the events so far."""
    return lambda: [event["type"] for event in sandbox.events()]


@pytest.fixture
def endpoint(sandbox: Sandbox) -> Iterator[Endpoint]:
    """A site that the sandbox delivers its events to."""
    endpoint = Endpoint()
    sandbox.add_webhook(endpoint.url)
    yield endpoint
    sandbox.close()
    endpoint.close()

"""What the tests of the payments app share."""

from collections.abc import Callable, Iterator
from typing import Any

import factory
import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.dispatch import Signal
from django.test import Client

from django_stripe_payments import payment_types
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

pytest_plugins = ["django_stripe_payments.testing"]


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"player{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password("secret")


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """What one test's deliveries were refused for is no news of the next."""
    cache.clear()


@pytest.fixture
def user(db: None) -> Any:
    return UserFactory()


@pytest.fixture
def other_user(db: None) -> Any:
    return UserFactory()


@pytest.fixture
def own_client(user: Any) -> Client:
    """A browser in which ``user`` is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def payment(user: Any, stripe_sandbox: Any) -> Payment:
    """A payment of $25.00 that waits for a card."""
    return StripeService.create_payment_intent(user, "25.00", "ticket", "A ticket", {"seat": "7"})[
        0
    ]


@pytest.fixture
def deliver(stripe_sandbox: Any) -> Callable[..., Any]:
    """Post one event of the sandbox to the endpoint, signed, and return the response."""

    def post(event: dict[str, Any], client: Client | None = None) -> Any:
        body, headers = stripe_sandbox.signed(event)
        return (client or Client()).post(
            "/payments/webhook/", data=body, content_type="application/json", headers=headers
        )

    return post


@pytest.fixture
def connect() -> Iterator[Callable[..., None]]:
    """Connect receivers for the length of a test."""
    connected: list[tuple[Signal, Any]] = []

    def add(signal: Signal, receiver: Any, **options: Any) -> None:
        signal.connect(receiver, weak=False, **options)
        connected.append((signal, options.get("dispatch_uid") or receiver))

    yield add
    for signal, key in connected:
        if isinstance(key, str):
            signal.disconnect(dispatch_uid=key)
        else:
            signal.disconnect(key)


@pytest.fixture
def ticket_type() -> Iterator[None]:
    """Register a payment type whose price the server decides: $25.00 for any seat but 13."""

    @payment_types.register_payment_type("ticket")
    def ticket(user: Any, metadata: Any) -> payment_types.Price:
        if metadata.get("seat") == "13":
            from django_stripe_payments.exceptions import PriceUnavailable

            raise PriceUnavailable("This seat is not for sale.")
        return payment_types.Price(
            amount="25.00",
            currency="usd",
            description="A ticket",
            metadata={"seat": metadata["seat"]},
        )

    yield
    payment_types.unregister_payment_type("ticket")

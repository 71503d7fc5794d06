"""Pytest fixtures for sites that test their payments against the sandbox.

In your ``conftest.py``::

    pytest_plugins = ["django_stripe_payments.testing"]

``stripe_sandbox`` runs in the test's own process; ``stripe_sandbox_server`` serves real HTTP, for
tests with a browser. Both start empty for each test, and need pytest and pytest-django.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from .sandbox import Sandbox
from .sandbox.delivery.chaos import Chaos, Scrambler
from .sandbox.sandbox import SandboxServer
from .sandbox.wire.resource import Resource

if TYPE_CHECKING:
    from django.test import Client

WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105
SECRET_KEY = "sk_test_sandbox"  # noqa: S105
PUBLIC_KEY = "pk_test_sandbox"

WEBHOOK_URL_NAME = "django_stripe_payments:stripe_webhook"


class SiteSandbox(Sandbox):
    """A sandbox that posts its events to the site under test on request."""

    def __init__(self, **options: Any) -> None:
        super().__init__(WEBHOOK_SECRET, **options)
        self._arrived: set[str] = set()
        self._lost: set[str] = set()

    def undelivered(self) -> list[Resource]:
        """Return the events that the site has not accepted yet, oldest first."""
        done = self._arrived | self._lost
        return [event for event in self.events() if event["id"] not in done]

    def deliver(
        self,
        client: "Client",
        *,
        duplicates: float = 0.0,
        shuffle: bool = False,
        drop: float = 0.0,
        seed: int = 0,
        url: str | None = None,
    ) -> list[Any]:
        """Post every undelivered event to the webhook with Django's test client.

        ``duplicates`` and ``drop`` are the probabilities, from 0 to 1, that an event arrives twice
        or never. The same ``seed`` makes the same choices. An event whose response is not a 2xx is
        posted again by the next call, as Stripe does. A dropped event is not: only Stripe's list
        of events still has it. Returns the responses.
        """
        events = self.undelivered()
        chaos = Chaos(duplicate=duplicates, drop=drop, shuffle=shuffle, seed=seed)
        arriving = Scrambler(chaos).scramble(events)
        arriving_ids = {event["id"] for event in arriving}
        self._lost |= {event["id"] for event in events} - arriving_ids
        return [self.post(client, event, url=url) for event in arriving]

    def post(self, client: "Client", event: Resource, *, url: str | None = None) -> Any:
        """Post one event, whether or not it was delivered before; return the response."""
        body, headers = self.signed(event)
        response = client.post(
            url or _webhook_url(),
            data=body,
            content_type="application/json",
            headers={"Stripe-Signature": headers["Stripe-Signature"]},
        )
        if 200 <= response.status_code < 300:
            self._arrived.add(event["id"])
            if "pending_webhooks" in event:
                event["pending_webhooks"] = 0
        return response

    def post_thin(self, client: "Client", event: Resource, *, url: str | None = None) -> Any:
        """Post the thin event of the same change as a snapshot event; return the response."""
        return self.post(client, self.thin(event["id"]), url=url)


def _webhook_url() -> str:
    from django.urls import reverse

    return reverse(WEBHOOK_URL_NAME)


@pytest.fixture
def stripe_sandbox(settings: Any) -> Iterator[SiteSandbox]:
    """A sandbox in this process; the site's calls to Stripe reach it without a network."""
    # Imported here, because pytest loads its plugins before the settings are ready.
    from .stripe_api.client import use_http_client

    sandbox = SiteSandbox()
    _use_test_keys(settings)
    with use_http_client(sandbox.http_client()):
        yield sandbox
    sandbox.close()


@pytest.fixture
def stripe_sandbox_server(settings: Any) -> Iterator[SandboxServer]:
    """A sandbox over real HTTP; ``server.sandbox`` commands it, ``server.url`` is its address.

    ``server.sandbox.add_webhook(live_server.url + "/payments/webhook/")`` makes it deliver.
    """
    sandbox = SiteSandbox(retry_delays=(0.1, 0.2, 0.5, 1.0))
    with sandbox.serve() as server:
        _use_test_keys(settings)
        settings.STRIPE_API_BASE = server.url
        settings.STRIPE_JS_URL = f"{server.url}/js/stripe.js"
        yield server
    sandbox.close()


def _use_test_keys(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_PUBLIC_KEY = PUBLIC_KEY
    settings.STRIPE_WEBHOOK_SECRET = WEBHOOK_SECRET
    # A test suite sends more requests than a person; a test of the limits switches them on.
    settings.STRIPE_RATE_LIMIT = False

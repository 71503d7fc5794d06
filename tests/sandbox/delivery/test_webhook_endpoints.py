"""/v1/webhook_endpoints, and that deliveries follow it."""

import json
from typing import Any

import pytest
import stripe

from ..support.conformity import check
from .test_webhooks import arrived


def make(client: stripe.StripeClient, url: str, *events: str) -> Any:
    return client.v1.webhook_endpoints.create({"url": url, "enabled_events": list(events)})


def test_the_secret_is_told_once(client: stripe.StripeClient) -> None:
    created = make(client, "https://example.com/hook/", "charge.failed")
    assert created.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(created.id)
    assert "secret" not in client.v1.webhook_endpoints.list().data[0]


def test_it_has_the_shape_of_stripes(client: stripe.StripeClient) -> None:
    created = make(client, "https://example.com/hook/", "charge.failed")
    check(client.v1.webhook_endpoints.retrieve(created.id))


def test_it_gets_the_events_that_it_wants_signed_by_its_secret(
    client: stripe.StripeClient, endpoint: Any, sandbox: Any
) -> None:
    sandbox.webhooks.endpoints.clear()
    created = make(client, endpoint.url, "customer.created")
    customer = client.v1.customers.create()
    client.v1.customers.update(customer.id, {"name": "Jenny"})
    sandbox.webhooks.flush()
    assert arrived(endpoint) == ["customer.created"]
    body, headers = endpoint.requests[0]
    signature = headers["Stripe-Signature"]
    assert stripe.WebhookSignature.verify_header(body, signature, created.secret, 300)
    pending = {event["type"]: event["pending_webhooks"] for event in sandbox.events()}
    assert pending == {"customer.created": 0, "customer.updated": 0}


def test_a_disabled_or_deleted_one_gets_nothing(
    client: stripe.StripeClient, endpoint: Any, sandbox: Any
) -> None:
    sandbox.webhooks.endpoints.clear()
    created = make(client, endpoint.url, "*")
    client.v1.webhook_endpoints.update(created.id, {"disabled": True})
    client.v1.customers.create()
    client.v1.webhook_endpoints.update(created.id, {"disabled": False})
    client.v1.webhook_endpoints.delete(created.id)
    client.v1.customers.create()
    sandbox.webhooks.flush()
    assert endpoint.requests == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.webhook_endpoints.retrieve(created.id)


@pytest.mark.parametrize(
    ("url", "event"), [("example.com/hook", "charge.failed"), ("https://a.example", "no.such")]
)
def test_what_stripe_does_not_take_is_refused(
    client: stripe.StripeClient, url: str, event: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        make(client, url, event)


def test_its_version_can_not_be_changed(client: stripe.StripeClient) -> None:
    created = make(client, "https://example.com/hook/", "charge.failed")
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        client.v1.webhook_endpoints.update(created.id, {"api_version": "2026-09-30.endive"})


def test_both_kinds_of_endpoints_get_an_event(
    client: stripe.StripeClient, endpoint: Any, sandbox: Any
) -> None:
    make(client, endpoint.url, "customer.created")
    client.v1.customers.create()
    sandbox.webhooks.flush()
    assert len({json.loads(body)["id"] for body, _ in endpoint.requests}) == 1
    assert len(endpoint.requests) == 2

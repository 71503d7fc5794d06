"""What django_stripe_payments.testing gives to integrators."""

import pytest
from django.test import Client

from django_stripe_payments.models import WebhookEvent
from django_stripe_payments.stripe_api.client import get_client


@pytest.fixture
def site() -> Client:
    """Django's test client; ``client`` is the SDK's in this folder."""
    return Client()


def created(count: int) -> list[str]:
    return [get_client().v1.customers.create().id for _ in range(count)]


def test_the_sites_client_talks_to_the_sandbox(stripe_sandbox) -> None:
    (customer,) = created(1)
    assert stripe_sandbox.events()[0]["data"]["object"]["id"] == customer


def test_events_reach_the_webhook_once(db, site, stripe_sandbox) -> None:
    created(3)
    responses = stripe_sandbox.deliver(site)
    assert [response.status_code for response in responses] == [200, 200, 200]
    assert stripe_sandbox.deliver(site) == []
    assert WebhookEvent.objects.count() == 3


def test_duplicates_and_any_order(db, site, stripe_sandbox) -> None:
    created(3)
    responses = stripe_sandbox.deliver(site, duplicates=1, shuffle=True)
    assert len(responses) == 6
    assert WebhookEvent.objects.count() == 3


def test_dropped_events_stay_in_stripes_list(db, site, stripe_sandbox) -> None:
    created(2)
    assert stripe_sandbox.deliver(site, drop=1) == []
    assert stripe_sandbox.undelivered() == []
    listed = get_client().v1.events.list({"delivery_success": False})
    assert len(listed.data) == 2


def test_what_the_site_refused_is_posted_again(db, site, stripe_sandbox, settings) -> None:
    created(1)
    settings.STRIPE_WEBHOOK_SECRET = "whsec_other"
    assert [response.status_code for response in stripe_sandbox.deliver(site)] == [400]
    settings.STRIPE_WEBHOOK_SECRET = "whsec_sandbox"
    assert [response.status_code for response in stripe_sandbox.deliver(site)] == [200]


def test_over_http(stripe_sandbox_server, settings) -> None:
    created(1)
    assert len(stripe_sandbox_server.sandbox.events()) == 1
    assert settings.STRIPE_JS_URL.endswith("/js/stripe.js")


def test_each_test_starts_empty(stripe_sandbox) -> None:
    assert stripe_sandbox.events() == []

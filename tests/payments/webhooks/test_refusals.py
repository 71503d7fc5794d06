"""Deliveries that are refused for their signature: counted in the cache, and told by the status."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client
from django.utils import timezone

from django_stripe_payments.maintenance import health
from django_stripe_payments.models import Payment, SigningSecret, WebhookEvent
from django_stripe_payments.webhooks import refusals as refused
from django_stripe_payments.webhooks import secrets

pytestmark = pytest.mark.django_db


class DownCache(LocMemCache):
    """A cache whose server is gone."""

    def _gone(self, *args: Any, **named: Any) -> Any:
        raise ConnectionError("no cache")

    add = incr = get = set = get_many = _gone


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set the counter's time, in seconds since it began."""

    def at(seconds: float) -> None:
        monkeypatch.setattr(refused.time, "time", lambda: 1_800_000_000 + seconds)

    return at


def refuse(times: int = 1, signature: str = "t=1,v1=forged") -> None:
    for _ in range(times):
        answer = Client().post(
            "/payments/webhook/",
            b"{}",
            content_type="application/json",
            headers={"Stripe-Signature": signature},
        )
        assert answer.status_code == 400


def verify(stripe_sandbox: Any) -> None:
    secrets._noted.clear()
    stripe_sandbox.deliver(Client())


def test_a_site_that_refuses_everything_is_not_healthy() -> None:
    refuse(3)
    found = health.status()
    assert found.refused_webhooks == 3
    assert found.problems == (
        "Webhooks are refused because of their signatures: copy the endpoint's secret into "
        "STRIPE_WEBHOOK_SECRET again.",
    )


def test_machines_get_the_number() -> None:
    refuse(2)
    found = health.status()
    assert found.as_dict()["refused_webhooks"] == 2
    assert "\nstripe_payments_refused_webhooks 2\n" in found.as_prometheus()
    assert "# HELP stripe_payments_refused_webhooks Deliveries refused" in found.as_prometheus()


def test_an_event_that_is_verified_afterwards_ends_the_problem(
    payment: Payment, stripe_sandbox: Any
) -> None:
    refuse()
    verify(stripe_sandbox)
    assert health.status().refused_webhooks == 1
    assert health.status().is_healthy


def test_an_event_that_was_verified_before_does_not(payment: Payment, stripe_sandbox: Any) -> None:
    verify(stripe_sandbox)
    refuse()
    assert "refused" in health.status().problems[0]


def test_the_same_event_again_ends_the_problem_too() -> None:
    """Stripe repeats what is stored already: the secret's last use tells of that."""
    refuse()
    SigningSecret.objects.create(
        fingerprint=secrets.fingerprint("whsec_site"), last_seen_at=timezone.now()
    )
    assert health.status().is_healthy


@pytest.mark.parametrize(("origin", "is_healthy"), [("endpoint", True), ("sync", False)])
def test_what_a_sync_found_says_nothing_of_the_secret(origin: str, is_healthy: bool) -> None:
    refuse()
    now = timezone.now()
    WebhookEvent.objects.create(
        stripe_id="evt_1", type="x", payload={}, created=now, finished_at=now, origin=origin
    )
    assert health.status().is_healthy is is_healthy


def test_what_was_not_signed_at_all_does_not_count() -> None:
    refuse(signature="")
    assert health.status().refused_webhooks == 0


def test_an_hour_is_remembered(clock: Callable[[float], None]) -> None:
    clock(0)
    refused.count_one()
    clock(1800)
    refused.count_one()
    assert refused.recent().count == 2
    clock(3600)
    assert refused.recent().count == 1
    clock(1800 + 3600)
    assert refused.recent() == refused.Refusals()


def test_the_time_is_that_of_the_last() -> None:
    before = timezone.now()
    refused.count_one()
    last = refused.recent().last_at
    assert last is not None
    assert abs(last - before) < timedelta(seconds=30)


def test_counting_asks_no_database(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(0):
        refuse()
        refused.recent()


@pytest.mark.parametrize("backend", [f"{__name__}.DownCache", "no.such.Cache"])
def test_a_cache_that_is_down_changes_nothing(settings: Any, caplog: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": backend}}
    refuse()
    found = health.status()
    assert found.refused_webhooks == 0
    assert found.is_healthy
    assert "The cache does not count refused deliveries" in caplog.text


def test_a_cache_that_nobody_set_up_changes_nothing(settings: Any) -> None:
    settings.STRIPE_RATE_LIMIT_CACHE = "nowhere"
    refuse()
    assert health.status().refused_webhooks == 0

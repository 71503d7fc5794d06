"""How often one may ask, and who is asking."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.test import Client, RequestFactory

from django_stripe_payments import addresses
from django_stripe_payments.exceptions import RateLimited
from django_stripe_payments.limits import rates as rate_limits
from django_stripe_payments.models import WebhookEvent

pytestmark = pytest.mark.django_db

CREATE = "/payments/create-intent/"


class BrokenCache(LocMemCache):
    def add(self, *args: Any, **options: Any) -> bool:
        raise ConnectionError("no cache")


@pytest.fixture(autouse=True)
def counting(settings: Any, stripe_sandbox: Any) -> None:
    """The fixtures of the package switch the limits off; here they are on, and start at zero."""
    settings.STRIPE_RATE_LIMIT = True
    cache.clear()


@pytest.fixture
def clock(monkeypatch: Any) -> Callable[[float], None]:
    """Set the time, from the beginning of a day."""
    day = 20_000 * 86_400

    def set_time(seconds: float) -> None:
        monkeypatch.setattr(rate_limits.time, "time", lambda: day + seconds)

    set_time(0)
    return set_time


def ask(client: Client, address: str = "192.0.2.1", seat: str = "7") -> Any:
    body = json.dumps({"payment_type": "ticket", "metadata": {"seat": seat}})
    return client.post(CREATE, body, content_type="application/json", REMOTE_ADDR=address)


def asked_by(address: str = "192.0.2.1", user: Any = None) -> Any:
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    request.user = user
    return request


def count(scope: str, times: int, request: Any) -> list[int]:
    """Ask so often; return the waits that were imposed, 0 for none."""
    waits = []
    for _ in range(times):
        try:
            rate_limits.check(scope, request)
            waits.append(0)
        except RateLimited as error:
            waits.append(error.retry_after)
    return waits


def test_a_user_who_asks_too_often_is_told_when_to_come_back(
    own_client: Client, ticket_type: None, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "2/m"}}
    clock(15)
    statuses = [ask(own_client).status_code for _ in range(2)]
    refused = ask(own_client)
    assert (statuses, refused.status_code) == ([200, 200], 429)
    assert refused["Retry-After"] == "45"
    assert refused.json()["error"]["code"] == "rate_limited"


def test_a_window_ends(
    own_client: Client, ticket_type: None, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "1/m"}}
    assert [ask(own_client).status_code for _ in range(2)] == [200, 429]
    clock(60)
    assert ask(own_client).status_code == 200


def test_users_do_not_use_up_each_others_share(
    user: Any, other_user: Any, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"x": {"user": "1/h"}}
    assert count("x", 2, asked_by(user=user)) == [0, 3600]
    assert count("x", 1, asked_by(user=other_user)) == [0]


def test_an_address_is_limited_over_all_its_users(
    user: Any, other_user: Any, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"x": {"address": "1/m"}}
    assert count("x", 1, asked_by(user=user)) == [0]
    assert count("x", 1, asked_by(user=other_user)) == [60]
    assert count("x", 1, asked_by("192.0.2.2", user=other_user)) == [0]


def test_an_ipv6_client_does_not_escape_by_its_other_addresses(
    settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"x": {"address": "1/m"}}
    assert count("x", 1, asked_by("2001:db8::1")) == [0]
    assert count("x", 1, asked_by("2001:db8::ffff:1:2")) == [60]
    assert count("x", 1, asked_by("2001:db8:0:1::1")) == [0]


def test_the_longer_wait_counts(user: Any, settings: Any, clock: Callable[[float], None]) -> None:
    settings.STRIPE_RATE_LIMITS = {"x": {"user": "1/h", "address": "1/m"}}
    assert count("x", 2, asked_by(user=user)) == [0, 3600]


def test_what_a_site_does_not_name_keeps_its_limit(settings: Any) -> None:
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "1/m"}, "webhook": None}
    assert rate_limits.limits_of("create_intent") == {"user": "1/m", "address": "100/m"}
    assert rate_limits.limits_of("action") == rate_limits.DEFAULTS["action"]
    assert rate_limits.limits_of("webhook") == {}


def test_every_default_can_be_read() -> None:
    for rates in rate_limits.DEFAULTS.values():
        assert all(rate_limits.parse(rate or "") for rate in rates.values())


@pytest.mark.parametrize("rate", ["", "20", "0/m", "20/week", "-1/m", "20/m ", "m/20"])
def test_what_is_no_rate_is_an_error(rate: str) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        rate_limits.parse(rate)


def test_the_switch_lifts_every_limit(settings: Any, user: Any) -> None:
    settings.STRIPE_RATE_LIMITS = {"x": {"user": "1/m"}}
    settings.STRIPE_RATE_LIMIT = False
    assert count("x", 3, asked_by(user=user)) == [0, 0, 0]


def test_a_broken_cache_stops_no_payment(
    own_client: Client, ticket_type: None, settings: Any, caplog: Any
) -> None:
    backend = f"{__name__}.BrokenCache"
    settings.CACHES = {"default": {"BACKEND": backend}}
    settings.STRIPE_RATE_LIMITS = {"create_intent": {"user": "1/m"}}
    assert [ask(own_client).status_code for _ in range(2)] == [200, 200]
    assert "no rate limit applies" in caplog.text


def test_pages_answer_with_a_page(
    own_client: Client, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"action": {"user": "1/m"}}
    for _ in range(2):
        page = own_client.post("/payments/history/")
    assert page.status_code == 429
    assert page["Retry-After"] == "60"
    assert "You can try again in 60 seconds." in page.content.decode()


def test_looking_is_not_limited(own_client: Client, settings: Any) -> None:
    settings.STRIPE_RATE_LIMITS = {"action": {"user": "1/d"}}
    assert [own_client.get("/payments/history/").status_code for _ in range(3)] == [200] * 3


def test_the_page_after_paying_shows_what_is_known_without_asking_stripe_again(
    own_client: Client, payment: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_RATE_LIMITS = {"status": {"user": "1/d"}}
    page = payment.get_absolute_url()
    assert own_client.get(page).status_code == 200
    stripe_sandbox.confirm(payment.stripe_id)
    known = own_client.get(page, headers={"Accept": "application/json"})
    assert (known.status_code, known.json()["status"]) == (200, "requires_payment_method")


# The webhook


def test_an_event_that_comes_too_often_is_put_off_and_not_lost(
    payment: Any, stripe_sandbox: Any, settings: Any, clock: Callable[[float], None]
) -> None:
    settings.STRIPE_RATE_LIMITS = {"webhook": {"address": "1/m"}}
    stripe_sandbox.confirm(payment.stripe_id)
    client = Client()
    statuses = {response.status_code for response in stripe_sandbox.deliver(client)}
    assert statuses == {200, 429}
    minute = 0
    while stripe_sandbox.undelivered():
        minute += 1
        clock(60 * minute)
        stripe_sandbox.deliver(client)
    assert WebhookEvent.objects.exclude(finished_at=None).count() == len(stripe_sandbox.events())
    payment.refresh_from_db()
    assert payment.status == "succeeded"


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        ([], "203.0.113.9", 200),
        (["203.0.113.0/24"], "203.0.113.9", 200),
        (["203.0.113.9"], "203.0.113.9", 200),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", 200),
        (["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", 200),
        (["203.0.113.0/24"], "198.51.100.1", 403),
        (["203.0.113.0/24"], "", 403),
    ],
)
def test_only_allowed_networks_deliver(
    payment: Any, stripe_sandbox: Any, settings: Any, networks: Any, address: str, status: int
) -> None:
    settings.STRIPE_WEBHOOK_ALLOWED_NETWORKS = networks
    client = Client(REMOTE_ADDR=address)
    assert stripe_sandbox.deliver(client)[0].status_code == status
    assert WebhookEvent.objects.exists() == (status == 200)


def test_the_allow_list_sees_through_the_declared_proxies(
    payment: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_WEBHOOK_ALLOWED_NETWORKS = ["203.0.113.0/24"]
    settings.STRIPE_TRUSTED_PROXIES = 1
    forged = Client(headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})
    true = Client(headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    event = stripe_sandbox.events()[0]
    assert stripe_sandbox.post(forged, event).status_code == 403
    assert stripe_sandbox.post(true, event).status_code == 200


# Where a request comes from


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "expected"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "6.6.6.6", "10.0.0.1"),  # fewer hops than declared: the peer
        (1, "10.0.0.1", None, "10.0.0.1"),
        (1, "10.0.0.1", "unknown", "10.0.0.1"),
        (1, "", "198.51.100.1", "198.51.100.1"),  # a proxy on a Unix socket
        (1, "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        (1, "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "10.0.0.1", "fe80::1%eth0", "fe80::1"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "", None, ""),
        (0, "nonsense", None, ""),
    ],
)
def test_the_client_is_the_hop_before_the_own_proxies(
    settings: Any, proxies: int, peer: str, forwarded: str | None, expected: str
) -> None:
    settings.STRIPE_TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers)
    assert addresses.client_address(request) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_masking_leaves_the_network(address: str, expected: str) -> None:
    assert addresses.anonymized(address) == expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "accepted"),
    [
        ("1.1.1.1", ["198.51.100.7"], 1),  # no proxy of ours: what it writes is nothing
        ("10.0.0.1", ["198.51.100.7"], 1),
        ("10.0.0.1", [f"198.51.100.{n}" for n in range(60)], addresses.MANY),
        ("", ["198.51.100.7"], 1),  # a proxy on a Unix socket
        ("", [f"198.51.100.{n}" for n in range(60)], addresses.MANY),
        ("", [None], addresses.MANY),
        ("nonsense", [None], addresses.MANY),
    ],
)
def test_a_client_that_cannot_be_told_is_limited(
    rf: Any, settings: Any, peer: str, forwarded: list[str | None], accepted: int
) -> None:
    settings.STRIPE_RATE_LIMITS = {"shop": {"address": "1/h"}}
    waits = []
    for number in range(60):
        claimed = forwarded[number % len(forwarded)]
        headers = {"X-Forwarded-For": claimed} if claimed else {}
        request = rf.get("/", REMOTE_ADDR=peer, headers=headers)
        waits += count("shop", 1, request)
    assert waits.count(0) == accepted


def test_the_networks_of_one_ipv6_provider_are_limited_together(settings: Any) -> None:
    settings.STRIPE_RATE_LIMITS = {"shop": {"address": "1/h"}}
    requests = [asked_by(f"2001:db8:7:{n:x}::1") for n in range(60)]
    assert sum(count("shop", 1, request)[0] == 0 for request in requests) == addresses.MANY
    assert count("shop", 2, asked_by("2001:db8:8::1"))[0] == 0

"""A site with dj-stripe. Stripe answers it at once, in this process: no network is measured."""

import json
from itertools import count
from typing import Any

from .base import Browser, case, configure, timed
from .crowd import post_all
from .events import SECRET, delivery, event_about

# It wants a key of the usual length.
KEY = "sk_test_" + "benchmark" * 3

_browser: list[Browser] = []
_path: list[str] = []
_next = count(1)
_latest = 0


def start(database: str) -> None:
    configure(
        database,
        "benchmarks.sites.djstripe_urls",
        ["djstripe"],
        STRIPE_TEST_SECRET_KEY=KEY,
        STRIPE_LIVE_MODE=False,
        # A hundred migrations would take a minute to end in the same tables.
        MIGRATION_MODULES=dict.fromkeys(["djstripe", "auth", "contenttypes", "sessions"]),
        DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    )
    import stripe
    from djstripe.models import APIKey, WebhookEndpoint

    stripe.default_http_client = answering_client()
    APIKey.objects.create(type="secret", secret=KEY, livemode=False)
    endpoint = WebhookEndpoint.objects.create(
        id="we_benchmark",
        enabled_events=["*"],
        secret=SECRET,
        status="enabled",
        url="https://testserver/",
        livemode=False,
    )
    _path.append(f"/stripe/webhook/{endpoint.djstripe_uuid}/")
    _browser.append(Browser())


def answering_client() -> Any:
    """A client of Stripe's API that has every answer ready."""
    import stripe

    class Ready(stripe.HTTPClient):
        name = "ready"

        def request(self, method: str, url: str, *_args: Any, **_named: Any) -> Any:
            return json.dumps(answer(url)), 200, {"Request-Id": "req_benchmark"}

    return Ready()


def answer(url: str) -> dict[str, Any]:
    """What Stripe says of the object that a URL names."""
    identity = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    if identity.startswith("pi_"):
        intent: dict[str, Any] = _event(0)["data"]["object"]
        return {**intent, "id": identity}
    if identity.startswith("acct_") or identity == "account":
        return {"id": "acct_benchmark", "object": "account", "settings": {}, "type": "standard"}
    raise LookupError(url)


def _event(number: int) -> dict[str, Any]:
    """An event that leads to no charge and no payment method, which it would fetch as well."""
    event = event_about(number)
    event["data"]["object"] |= {"latest_charge": None, "payment_method": None}
    return event


def _post(number: int) -> float:
    global _latest
    body, headers = delivery(_event(number))
    status: list[int] = []
    seconds = timed(lambda: status.append(_browser[0].send("POST", _path[0], body, headers)[0]))
    if status != [200]:
        raise RuntimeError(f"dj-stripe answered {status}")
    _latest = number
    return seconds


@case
def new() -> float:
    """A new event of a payment intent that dj-stripe has a row of."""
    return _post(_known())


def _known() -> int:
    from djstripe.models import PaymentIntent

    number = next(_next)
    waiting = _event(number)["data"]["object"] | {"status": "requires_payment_method"}
    PaymentIntent._get_or_create_from_stripe_object(waiting)
    return number


@case
def duplicate() -> float:
    return _post(_latest)


@case
def crowd(events: int) -> float:
    deliveries = [delivery(_event(_known())) for _ in range(events)]
    return post_all(_path[0], deliveries, threads=8) / events

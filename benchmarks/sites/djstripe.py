"""A site with dj-stripe, and a Stripe on this machine that answers it at once."""

from itertools import count

from . import stripe_stub
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
        DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
    )
    import stripe
    from djstripe.models import APIKey, WebhookEndpoint

    stripe.api_base = stripe_stub.start()
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


def _post(number: int) -> float:
    global _latest
    body, headers = delivery(event_about(number))
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
    # As Stripe tells it before the customer pays: with neither a card nor a charge.
    waiting = event_about(number)["data"]["object"] | {
        "status": "requires_payment_method",
        "payment_method": None,
        "latest_charge": None,
        "amount_received": 0,
    }
    PaymentIntent._get_or_create_from_stripe_object(waiting)
    return number


@case
def duplicate() -> float:
    return _post(_latest)


@case
def crowd(events: int) -> float:
    deliveries = [delivery(event_about(_known())) for _ in range(events)]
    return post_all(_path[0], deliveries, threads=8) / events

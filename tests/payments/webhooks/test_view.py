"""The endpoint: what it believes, what it stores, what it answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from django.test import Client

from django_stripe_payments import signals
from django_stripe_payments.database.versions import compare_and_set
from django_stripe_payments.maintenance import health
from django_stripe_payments.models import Fact, Payment, WebhookEvent
from django_stripe_payments.stripe_api.client import use_http_client
from django_stripe_payments.webhooks.secrets import webhook_secrets

pytestmark = pytest.mark.django_db

URL = "/payments/webhook/"


def event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "evt_1",
        "object": "event",
        "type": "balance.available",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"object": "balance"}},
        **changes,
    }


def post(body: bytes | str, header: str | None, client: Client | None = None) -> Any:
    headers = {} if header is None else {"Stripe-Signature": header}
    return (client or Client()).post(
        URL, data=body, content_type="application/json", headers=headers
    )


def sign(text: str, secret: str | None = None, timestamp: int | None = None) -> str:
    secret = webhook_secrets()[0] if secret is None else secret
    timestamp = timestamp or int(time.time())
    signature = stripe.WebhookSignature._compute_signature(f"{timestamp}.{text}", secret)
    return f"t={timestamp},v1={signature}"


def post_signed(data: Any) -> Any:
    text = data if isinstance(data, str) else json.dumps(data)
    return post(text, sign(text))


BODY = json.dumps(event())
REFUSED = {
    "unsigned": (BODY, None),
    "an empty signature": (BODY, ""),
    "a nonsense signature": (BODY, "t=x,v1=y"),
    "signed with another secret": (BODY, sign(BODY, secret="whsec_other")),
    "stale": (BODY, sign(BODY, timestamp=int(time.time()) - 400)),
    # Signed when this module is imported, and delivered up to hours later.
    "from the future": (BODY, sign(BODY, timestamp=int(time.time()) + 86_400)),
    "ten years ahead": (BODY, sign(BODY, timestamp=int(time.time()) + 10 * 365 * 86400)),
    "tampered": (BODY.replace("evt_1", "evt_2"), sign(BODY)),
    "not UTF-8": (b"\xff\xfe" + BODY.encode(), sign(BODY)),
    "not JSON": ("{", sign("{")),
    "too deep": ("[" * 100_000, sign("[" * 100_000)),
    "not an object": ("[]", sign("[]")),
    "null": ("null", sign("null")),
    "signed in letters that no signature has": (BODY, "t=1,v1=é"),
    "not a number": ('{"id": NaN}', sign('{"id": NaN}')),
    "infinite": ('{"id": 1e999}', sign('{"id": 1e999}')),
    "nested deeper than a database takes": ("[" * 40 + "]" * 40, sign("[" * 40 + "]" * 40)),
    "empty": ("", sign("")),
}
for name, changes in {
    "no id": {"id": None},
    "no type": {"type": ""},
    "no time": {"created": "yesterday"},
    "no data": {"data": None},
    "no object": {"data": {"object": "pi_1"}},
    "a time out of range": {"created": 10**18},
    "a boolean time": {"created": True},
    "an account that is not text": {"account": {"id": "acct_1"}},
    "a context that is not text": {"context": 7},
}.items():
    text = json.dumps(event(**changes))
    REFUSED[name] = (text, sign(text))
LARGE = json.dumps(event(padding="x" * 1024 * 1024))
REFUSED["oversized"] = (LARGE, sign(LARGE))


@pytest.mark.parametrize(("body", "header"), REFUSED.values(), ids=REFUSED)
def test_what_stripe_did_not_sign_is_a_400_and_not_stored(body: Any, header: Any) -> None:
    response = post(body, header)
    assert response.status_code == 400
    assert b"Traceback" not in response.content
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize("seconds", [-400, 400])
def test_a_genuine_signature_of_another_time_says_that_the_clock_is_off(seconds: int) -> None:
    response = post(BODY, sign(BODY, timestamp=int(time.time()) + seconds))
    assert b"clock is off" in response.content
    [problem] = health.status().problems
    assert "synchronize this machine" in problem
    # One that fits no secret says nothing of clocks.
    assert b"clock" not in post(BODY, sign(BODY, secret="whsec_other")).content


@pytest.mark.parametrize("form", [{"context": "acct_x"}, {"account": "\0"}, {"account": ""}])
def test_no_form_of_an_account_hides_the_other_mode(settings: Any, form: dict[str, str]) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_1"
    assert post_signed(event(**form)).status_code == 400
    assert WebhookEvent.objects.count() == 0


def test_a_secret_that_ends_in_a_newline_verifies(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = " whsec_site\n"
    assert post(BODY, sign(BODY, secret="whsec_site")).status_code == 200


def test_debug_shows_no_traceback_either(settings: Any) -> None:
    settings.DEBUG = True
    response = post(BODY, "t=1,v1=0")
    assert response.status_code == 400
    assert len(response.content) < 200


@pytest.mark.parametrize("secret", ["", [], None])
def test_without_a_secret_the_endpoint_refuses(settings: Any, secret: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = secret
    assert post(BODY, sign(BODY, secret="whsec_x")).status_code == 503
    assert WebhookEvent.objects.count() == 0


@pytest.mark.parametrize("secret", ["whsec_sandbox", ["whsec_sandbox"]])
@pytest.mark.parametrize(
    ("key", "api_base"),
    [
        ("sk_live_x", ""),
        ("sk_live_x", "http://127.0.0.1:12111"),
        ("rk_live_x", "http://127.0.0.1:12111"),
        ("sk_test_x", ""),
        ("sk_test_x", "https://stripe.example.com"),
    ],
)
def test_the_public_secret_of_the_sandbox_signs_nothing_without_a_sandbox(
    settings: Any, secret: Any, key: str, api_base: str
) -> None:
    settings.STRIPE_WEBHOOK_SECRET = secret
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = key, api_base
    forged = json.dumps(event(livemode="live" in key))
    with use_http_client(None):  # type: ignore[arg-type]
        assert post(forged, sign(forged, secret="whsec_sandbox")).status_code == 503
    assert WebhookEvent.objects.count() == 0


def test_a_real_secret_counts_alongside_the_public_one(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_sandbox", "whsec_real"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_x", ""
    with use_http_client(None):  # type: ignore[arg-type]
        assert post(BODY, sign(BODY, secret="whsec_sandbox")).status_code == 400
        assert post(BODY, sign(BODY, secret="whsec_real")).status_code == 200


def test_the_public_secret_counts_with_a_sandbox_of_this_machine(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = "whsec_sandbox"
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox"
    settings.STRIPE_API_BASE = "http://127.0.0.1:12111"
    with use_http_client(None):  # type: ignore[arg-type]
        assert post(BODY, sign(BODY, secret="whsec_sandbox")).status_code == 200


def test_an_empty_secret_in_a_list_signs_nothing(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ["", "whsec_site"]
    assert post(BODY, sign(BODY, secret="")).status_code == 400


def test_two_secrets_are_good_while_they_rotate(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRET = ["whsec_new", "whsec_old"]
    assert post(BODY, sign(BODY, secret="whsec_old")).status_code == 200


def test_only_post_is_answered() -> None:
    assert Client().get(URL).status_code == 405


def test_stripe_needs_no_csrf_token() -> None:
    client = Client(enforce_csrf_checks=True)
    assert post(BODY, sign(BODY), client).status_code == 200


def test_nobody_is_looked_for_behind_an_event(own_client: Client) -> None:
    # SessionMiddleware adds the header once anything has asked for the session.
    assert "Cookie" not in post(BODY, sign(BODY), own_client).headers.get("Vary", "")


def test_an_unknown_type_is_stored_and_signalled_once(connect: Callable[..., None]) -> None:
    heard: list[WebhookEvent] = []
    connect(signals.webhook_received, lambda event, **named: heard.append(event))
    for _ in range(2):
        assert post_signed(event(type="something.new")).status_code == 200
    assert [stored.type for stored in heard] == ["something.new"]
    stored = WebhookEvent.objects.get()
    assert stored.finished_at is not None


def test_the_client_secret_is_not_stored(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    for stored in stripe_sandbox.events():
        assert deliver(stored).status_code == 200
    assert "_secret_" in json.dumps(stripe_sandbox.events())
    assert "_secret_" not in json.dumps(
        list(WebhookEvent.objects.values_list("payload", flat=True))
    )


def test_a_payment_of_somebody_else_is_stored_and_left_alone(
    stripe_sandbox: Any, deliver: Callable[..., Any], db: None
) -> None:
    """Two sites may share one Stripe account."""
    from django_stripe_payments.stripe_api.client import get_client

    intent = get_client().v1.payment_intents.create({"amount": 900, "currency": "usd"})
    stripe_sandbox.confirm(intent.id, "pm_card_visa")
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    assert deliver(succeeded).status_code == 200
    assert (WebhookEvent.objects.count(), Fact.objects.exclude(payment=None).count()) == (1, 0)


def test_an_event_that_is_faster_than_the_answer_finds_its_payment(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    known = payment.stripe_id
    Payment.objects.filter(pk=payment.pk).update(stripe_id=None)
    stripe_sandbox.confirm(known, "4242424242424242")
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    payment.refresh_from_db()
    assert (payment.stripe_id, payment.status) == (known, "succeeded")


def test_another_amount_does_not_adopt_a_payment(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    Payment.objects.filter(pk=payment.pk).update(stripe_id=None, amount=999_999)
    stripe_sandbox.confirm(
        stripe_sandbox.events("payment_intent.created")[0]["data"]["object"]["id"], "pm_card_visa"
    )
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    payment.refresh_from_db()
    assert (payment.stripe_id, payment.status) == (None, "requires_payment_method")


def test_another_intent_takes_no_payments_place_by_naming_it(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    from django_stripe_payments.stripe_api.client import get_client

    metadata = {"django_payment_id": str(payment.pk)}
    other = get_client().v1.payment_intents.create(
        {"amount": payment.amount, "currency": payment.currency, "metadata": metadata}
    )
    stripe_sandbox.confirm(other.id, "pm_card_visa")
    assert deliver(stripe_sandbox.events("payment_intent.succeeded")[0]).status_code == 200
    known = payment.stripe_id
    payment.refresh_from_db()
    assert (payment.stripe_id, payment.status) == (known, "requires_payment_method")


def test_while_stripe_is_silent_the_event_waits(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.confirm(payment.stripe_id, "4000000000000002")
    failed = stripe_sandbox.events("payment_intent.payment_failed")[0]
    stripe_sandbox.faults.add(
        "error", method="GET", path="/v1/payment_intents", status=500, times=1
    )

    assert deliver(failed).status_code == 500
    waiting = WebhookEvent.objects.get(stripe_id=failed["id"])
    assert (waiting.applied_at, waiting.attempts) == (None, 1)
    assert waiting.last_error

    assert deliver(failed).status_code == 200
    assert Fact.objects.exclude(payment=None).get().kind == "payment_failed"


def test_a_site_can_handle_more_types(settings: Any) -> None:
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.PayoutHandler"
    from tests.payments.support import handlers

    handlers.paid.clear()
    post_signed(event(type="payout.paid", data={"object": {"id": "po_1"}}))
    assert handlers.paid == ["po_1"]


def test_text_that_no_database_takes_is_mended_and_stored() -> None:
    odd = event(id="evt_\0odd", data={"object": {"id": "x", "a\0": "\ud800", "metadata": {}}})
    assert post_signed(odd).status_code == 200
    stored = WebhookEvent.objects.get()
    assert stored.stripe_id == "evt_odd"
    assert stored.data_object["a"] == "?"


@pytest.mark.parametrize("livemode", [False, True])
def test_an_event_of_a_connected_account_pays_nothing_of_ours(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], livemode: bool
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    theirs = {**succeeded, "account": "acct_other", "livemode": livemode}
    assert deliver(theirs).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"


@pytest.mark.parametrize(("key", "livemode"), [("sk_live_1", False), ("sk_test_1", True)])
def test_an_event_of_the_other_mode_pays_nothing(
    payment: Payment,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    settings: Any,
    key: str,
    livemode: bool,
) -> None:
    """Both modes may deliver to one address, and play money must not buy a ticket."""
    Payment.objects.filter(pk=payment.pk).update(stripe_id=None)
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    settings.STRIPE_SECRET_KEY = key
    # The sandbox's own secret counts with no live key.
    settings.STRIPE_WEBHOOK_SECRET = stripe_sandbox.webhook_secret = "whsec_site"
    assert deliver({**succeeded, "livemode": livemode}).status_code == 400
    assert deliver({**succeeded, "livemode": not livemode}).status_code == 200
    assert WebhookEvent.objects.get().livemode is not livemode


@pytest.mark.parametrize("changed", [{"amount": 1}, {"currency": "jpy"}])
def test_an_intent_that_was_changed_at_stripe_is_not_announced(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], changed: dict[str, Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    succeeded["data"]["object"].update(changed)
    assert deliver(succeeded).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert payment.review_reason
    assert not payment.facts.exists()


def test_nonsense_is_given_up_after_a_while(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    nonsense = stripe_sandbox.events("payment_intent.succeeded")[0]
    del nonsense["data"]["object"]["status"]
    answers = [deliver(nonsense).status_code for _ in range(11)]
    assert answers == [500] * 9 + [200, 200]
    stored = WebhookEvent.objects.get()
    assert "KeyError" in stored.last_error
    assert stored.finished_at is None


def test_without_time_zones_the_time_is_the_sites(settings: Any) -> None:
    from django_stripe_payments.stripe_api.timestamps import from_timestamp

    settings.USE_TZ = False
    settings.TIME_ZONE = "UTC"
    assert from_timestamp(0).isoformat() == "1970-01-01T00:00:00"
    settings.USE_TZ = True
    assert from_timestamp(0).isoformat() == "1970-01-01T00:00:00+00:00"


def test_a_customer_deleted_at_stripe_is_made_again(
    payment: Payment, user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    from django_stripe_payments.services import StripeService
    from django_stripe_payments.stripe_api.client import get_client

    before = payment.customer.stripe_id
    get_client().v1.customers.delete(before)
    deliver(stripe_sandbox.events("customer.deleted")[0])
    again, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    assert again.customer.stripe_id not in {None, before}
    assert intent.customer == again.customer.stripe_id


def test_a_sites_handler_that_fails_after_ours_is_called_again(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    from tests.payments.support import handlers

    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ForgetfulHandler"
    handlers.counted.clear()
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    succeeded = stripe_sandbox.events("payment_intent.succeeded")[0]
    assert [deliver(succeeded).status_code for _ in range(2)] == [500, 200]
    assert len(handlers.counted) == 2


def test_who_read_an_older_version_writes_nothing(payment: Payment) -> None:
    early, payment = Payment.objects.get(), Payment.objects.get()
    assert compare_and_set(payment, {"failure_code": "new"})
    assert not compare_and_set(early, {"failure_code": "old"})
    assert Payment.objects.get().failure_code == "new"

"""Each setting takes effect where it is overridden, and is taken back afterwards."""

import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import stripe
from celery import Celery
from celery.signals import before_task_publish
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import Model
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from django_stripe_payments import addresses, audit, dispatch
from django_stripe_payments.api import sheets
from django_stripe_payments.conf import StripeConf
from django_stripe_payments.customers import mobile
from django_stripe_payments.exceptions import (
    ApiVersionNotAllowed,
    ConfigurationError,
    RateLimited,
    StripePaymentsError,
)
from django_stripe_payments.facts import turns
from django_stripe_payments.limits import amounts as limits
from django_stripe_payments.limits import rates as rate_limits
from django_stripe_payments.maintenance import health, retention
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import (
    ApiOperation,
    Dispute,
    Fact,
    Payment,
    ReceiverDelivery,
    Refund,
    WebhookEvent,
)
from django_stripe_payments.models import guest_links as guests
from django_stripe_payments.payments import fees
from django_stripe_payments.refunds import policy as refund_policy
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client, use_http_client
from django_stripe_payments.webhooks import endpoints
from django_stripe_payments.webhooks.process import get_handler
from django_stripe_payments.workers.celery import CeleryDispatcher
from tests.payments.support import reconciling

pytestmark = pytest.mark.django_db

SHIPPED = "django_stripe_payments.fraud.rules"


@pytest.fixture
def world(user: Any, own_client: Client, stripe_sandbox: Any, ticket_type: None) -> SimpleNamespace:
    cache.clear()
    return SimpleNamespace(user=user, client=own_client, sandbox=stripe_sandbox)


# What can be seen of each setting. Each is asked with the default and with another value.


def left_for_a_gone_receiver() -> int:
    fact = Fact.objects.create(key=f"payment_succeeded:{uuid4()}", kind="payment_succeeded")
    ReceiverDelivery.objects.create(fact=fact, receiver="gone")
    ReceiverDelivery.objects.update(created_at=timezone.now() - timedelta(days=40))
    return sweep().left


def queue_kicked() -> list[str]:
    queues: list[str] = []

    def note(routing_key: str, **named: Any) -> None:
        queues.append(routing_key)

    Celery("shop", broker="memory://").set_current()
    before_task_publish.connect(note)
    CeleryDispatcher().wake("process_event", "evt_1")
    before_task_publish.disconnect(note)
    return queues


def checkout(world: Any, key: str) -> Any:
    context = world.client.get("/payments/checkout/?payment_type=ticket&seat=7").context
    return context[key] if key in context else context["config"][key]


def pay(world: Any, amount: str = "25.00") -> Payment:
    return StripeService.create_payment_intent(world.user, amount, "ticket")[0]


def refused(world: Any, amount: str = "25.00") -> str:
    try:
        pay(world, amount)
    except StripePaymentsError as error:
        return type(error).__name__
    return ""


def delivered(world: Any, age: int = 0, address: str = "127.0.0.1") -> int:
    """Post an event as Stripe signs it, and return the status of the answer."""
    body = b'{"id": "evt_1", "object": "event", "type": "x", "created": 1, "data": {"object": {}}}'
    then = int(time.time()) - age
    signature = stripe.WebhookSignature._compute_signature(
        f"{then}.{body.decode()}", "whsec_sandbox"
    )
    return world.client.post(
        "/payments/webhook/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": f"t={then},v1={signature}"},
        REMOTE_ADDR=address,
    ).status_code


class Recorder(stripe.HTTPClient):
    """A network on which nobody answers."""

    name = "recorder"

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def request(self, method: str, url: str, *args: Any, **options: Any) -> Any:
        self.urls.append(url)
        raise stripe.APIConnectionError("nobody is there", should_retry=True)

    def _sleep_time_seconds(self, *args: Any) -> float:
        return 0.0


def called(world: Any) -> list[str]:
    recorder = Recorder()
    with use_http_client(recorder), pytest.raises(stripe.APIConnectionError):
        get_client().v1.balance.retrieve()
    return recorder.urls


def timeout(world: Any) -> float:
    with use_http_client(None):  # type: ignore[arg-type]
        return float(get_client()._requestor._client._timeout)


def has_key(world: Any) -> bool:
    try:
        get_client()
    except StripePaymentsError:
        return False
    return True


def waits(world: Any, scope: str = "action") -> int:
    """Ask three times, and return the status of the last."""
    request = RequestFactory().post("/", REMOTE_ADDR="192.0.2.1")
    request.user = world.user
    cache.clear()
    try:
        for _ in range(3):
            rate_limits.check(scope, request)
    except RateLimited:
        return 429
    return 200


def deadlines(world: Any) -> int:
    due = timezone.now() + timedelta(days=5)
    Dispute.objects.get_or_create(
        stripe_id="dp_1",
        defaults={"amount": 1, "currency": "usd", "status": "needs_response"}
        | {"evidence_due_by": due},
    )
    call_command("stripe_deliver")
    return Fact.objects.filter(kind="dispute_evidence_due").delete()[0]


def warned(world: Any) -> int:
    payment = pay(world)
    world.sandbox.confirm(payment.stripe_id, "4000000000005423")
    world.sandbox.deliver(Client())
    return Refund.objects.filter(payment=payment).count()


def guest_opens(world: Any) -> bool:
    payment = StripeService.create_payment_intent(None, "5.00", "ticket")[0]
    return guests.opens(guests.token_for(payment), payment)


def decline(world: Any) -> None:
    payment = pay(world)
    for _ in range(2):
        world.sandbox.confirm(payment.stripe_id, "4000000000000002")
        StripeService.confirm_payment(payment)


def after_declines(world: Any) -> str:
    with override_settings(STRIPE_FRAUD_RULES=[]):
        decline(world)
    with override_settings(STRIPE_FRAUD_RULES=[f"{SHIPPED}.too_many_declines"]):
        return refused(world)


def by_rule(name: str, look: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def ask(world: Any) -> Any:
        with override_settings(STRIPE_FRAUD_RULES=[f"{SHIPPED}.{name}"]):
            return look(world)

    return ask


def client_address(world: Any) -> str:
    headers = {"X-Forwarded-For": "198.51.100.1"}
    return addresses.client_address(RequestFactory().get("/", headers=headers))


def logged_address(world: Any) -> str:
    with audit.acting(audit.Actor(address="192.0.2.7")):
        return audit.record_about("x", "payment").address


def metadata_sent(world: Any) -> set[str]:
    return set(world.sandbox.object(pay(world).stripe_id)["metadata"])


def receipt_sent(world: Any) -> str | None:
    receipt: str | None = world.sandbox.object(pay(world).stripe_id)["receipt_email"]
    return receipt


def history_length(world: Any) -> int:
    Payment.objects.bulk_create(
        Payment(user=world.user, amount=1, currency="usd", payment_type="x") for _ in range(3)
    )
    return len(world.client.get("/payments/history/").context["payments"][:3])


def webhook_url() -> str:
    try:
        return endpoints.endpoint_url()
    except ConfigurationError:
        return ""


def problems_of_a_late_event() -> tuple[str, ...]:
    event = WebhookEvent.objects.create(
        stripe_id=f"evt_{uuid4().hex}", payload={}, created=timezone.now()
    )
    moment = timezone.now() - timedelta(minutes=3)
    WebhookEvent.objects.filter(pk=event.pk).update(received_at=moment)
    found = health.status().problems
    event.delete()
    return found


def pruned_after_a_month(model: type[Model]) -> int:
    """How many rows are emptied of a single one that is a month old."""
    month_ago = timezone.now() - timedelta(days=30)
    model._default_manager.all().delete()
    if model is WebhookEvent:
        WebhookEvent.objects.create(
            stripe_id=f"evt_{uuid4().hex}",
            payload={"id": "evt"},
            created=month_ago,
            finished_at=month_ago,
        )
        WebhookEvent.objects.update(received_at=month_ago)
        return retention.prune().events
    ApiOperation.objects.create(
        kind="refund.create", target=uuid4().hex, params={"a": 1}, status="succeeded"
    )
    ApiOperation.objects.update(created_at=month_ago)
    return retention.prune().operations


def counting_cache(world: Any) -> int:
    with override_settings(STRIPE_RATE_LIMITS={"action": {"user": "2/d"}}, STRIPE_RATE_LIMIT=True):
        return waits(world)


def sheet_of(world: Any) -> Any:
    customer = StripeService.get_or_create_customer(world.user)
    intent = SimpleNamespace(customer=customer.stripe_id)
    return sheets.sheet(RequestFactory().get("/"), {"sheet": {}}, intent)


def is_allowed(version: str) -> bool:
    try:
        mobile.require_allowed(version)
    except ApiVersionNotAllowed:
        return False
    return True


#: Setting → another value than its default, and what shows it.
EFFECTS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "PUBLIC_KEY": ("pk_test_other", lambda world: checkout(world, "publicKey")),
    "SECRET_KEY": ("", has_key),
    "WEBHOOK_SECRET": ("whsec_other", delivered),
    "WEBHOOK_TOLERANCE": (10_000, lambda world: delivered(world, age=1_000)),
    "WEBHOOK_MAX_BYTES": (10, delivered),
    "WEBHOOK_HANDLER": (
        "tests.payments.support.handlers.PayoutHandler",
        lambda world: type(get_handler()),
    ),
    "DEFAULT_CURRENCY": ("eur", lambda world: pay(world).currency),
    "API_BASE": ("http://127.0.0.1:9", lambda world: called(world)[0]),
    "API_TIMEOUT": (3, timeout),
    "API_MAX_RETRIES": (0, lambda world: len(called(world))),
    "JS_URL": ("http://127.0.0.1:9/x.js", lambda world: checkout(world, "stripe_js_url")),
    "FEE_RATES": ({"default": ("0.5", "0")}, lambda world: fees.estimate(1000, "usd")),
    "PLATFORM_FEE": (("0.1", "0"), lambda world: pay(world).platform_fee),
    "DISPUTE_DEADLINE_LEAD": (6 * 86_400, deadlines),
    "REFUND_ON_EARLY_FRAUD_WARNING": (True, warned),
    "REFUND_POLICY": (
        "tests.payments.support.handlers.no_refunds",
        lambda world: refund_policy.get_policy().__class__,
    ),
    "REFUND_WINDOW_DAYS": (7, lambda world: refund_policy.window_days("ticket")),
    "REFUND_REQUESTS": (
        "automatic",
        lambda world: refund_policy.RefundPolicy().needs_approval(pay(world)),
    ),
    "DISPATCHER": (
        "tests.payments.support.handlers.LazyDispatcher",
        lambda world: type(dispatch.get_dispatcher()),
    ),
    "TASK_QUEUE": ("payments", lambda world: queue_kicked()),
    "RETRY_DELAYS": ((7,), lambda world: turns.retry_delay(1)),
    "GONE_RECEIVER_DAYS": (None, lambda world: left_for_a_gone_receiver()),
    "GUEST_LINK_MAX_AGE": (-1, guest_opens),
    "MERCHANT_DISPLAY_NAME": (
        "Cup & Co.",
        lambda world: sheet_of(world)["merchant_display_name"],
    ),
    "EPHEMERAL_KEY_VERSIONS": (("2024-06-20",), lambda world: is_allowed("2024-06-20")),
    "AMOUNT_LIMITS": ({"usd": {"minimum": 1}}, lambda world: limits.limits_of("usd", "ticket")),
    "RATE_LIMIT": (True, lambda world: waits(world, "two_a_day")),
    "RATE_LIMITS": ({"action": {"user": "1/m"}}, lambda world: rate_limits.limits_of("action")),
    "RATE_LIMIT_CACHE": ("none", counting_cache),
    "TRUSTED_PROXIES": (1, client_address),
    "AUDIT_MASK_ADDRESSES": (True, logged_address),
    "WEBHOOK_ALLOWED_NETWORKS": (["192.0.2.0/24"], delivered),
    "FRAUD_RULES": (["tests.payments.support.rules.deny"], refused),
    "FRAUD_MAX_PAYMENTS_PER_HOUR": (1, by_rule("too_many_payments", lambda w: [refused(w)] * 2)),
    "FRAUD_MAX_DECLINES_PER_DAY": (2, after_declines),
    "FRAUD_LARGE_FIRST_PAYMENT": (
        {"usd": 1},
        by_rule("large_first_payment", lambda world: bool(pay(world).review_reason)),
    ),
    "THREE_D_SECURE_THRESHOLD": ({"usd": 1}, lambda world: pay(world).three_d_secure),
    "RADAR_METADATA": ("tests.payments.support.rules.radar_metadata", metadata_sent),
    "INTENT_OPTIONS": ("tests.payments.support.rules.intent_options", receipt_sent),
    "SYNC_WINDOW_DAYS": (7, lambda world: reconciling.since_days_ago()),
    "SYNC_ABANDONED_AFTER": (None, lambda world: reconciling.fate_of_an_old_payment(pay(world))),
    "SYNC_PAGE_SIZE": (10, lambda world: reconciling.pages_and_pauses()),
    "SYNC_PAUSE": (1.5, lambda world: reconciling.pages_and_pauses()),
    "HISTORY_PAGE_SIZE": (1, history_length),
    "WEBHOOK_URL": ("https://shop.example", lambda world: webhook_url()),
    "HEALTH_MAX_AGE": (60, lambda world: problems_of_a_late_event()),
    "HEALTH_SYNC_MAX_AGE": (60, lambda world: health.status().problems),
    "EVENT_PAYLOAD_DAYS": (7, lambda world: pruned_after_a_month(WebhookEvent)),
    "OPERATION_PARAMS_DAYS": (7, lambda world: pruned_after_a_month(ApiOperation)),
}

#: What has to be so for the setting to be seen at all.
ALONGSIDE: dict[str, dict[str, Any]] = {
    "RATE_LIMIT": {"STRIPE_RATE_LIMITS": {"two_a_day": {"user": "2/d"}}},
}


def names() -> set[str]:
    prefix = "STRIPE_"
    return {name.removeprefix(prefix) for name in StripeConf._meta.defaults}


def test_no_setting_is_missing_from_the_table() -> None:
    assert names() == set(EFFECTS)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_setting_takes_effect_and_is_taken_back(world: Any, settings: Any, name: str) -> None:
    other, look = EFFECTS[name]
    for needed, value in ALONGSIDE.get(name, {}).items():
        setattr(settings, needed, value)
    before = look(world)
    with override_settings(**{f"STRIPE_{name}": other}):
        assert look(world) != before
    if name not in {"FRAUD_MAX_PAYMENTS_PER_HOUR", "FRAUD_MAX_DECLINES_PER_DAY"}:
        assert look(world) == before

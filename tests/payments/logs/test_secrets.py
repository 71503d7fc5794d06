"""Nothing secret in logs, tables, the admin or error pages: a full run is searched for it."""

import json
import logging
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client

from django_stripe_payments import signals
from django_stripe_payments.exceptions import StripePaymentsError
from django_stripe_payments.models import Payment, PaymentMethod
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

SECRET_KEY = "sk_test_nobodymayreadthis"
WEBHOOK_SECRET = "whsec_norshouldthisberead"
#: Every one of these numbers is in the story once.
CARDS = {
    "succeeds": "4242424242424242",
    "declined": "4000000000000002",
    "disputed": "4000000000000259",
    "warned": "4000000000005423",
    "authenticates": "4000000000003220",
    "refund fails": "4000000000005126",
}


def fails(sender: Any, payment: Payment, **named: Any) -> None:
    secret = f"{payment.stripe_id}_secret_{SECRET_KEY}"
    raise RuntimeError(f"{secret} {WEBHOOK_SECRET} {CARDS['succeeds']}")


@pytest.fixture
def story(
    settings: Any,
    stripe_sandbox: Any,
    own_client: Client,
    user: Any,
    ticket_type: None,
    connect: Any,
    caplog: Any,
) -> Any:
    """Everything that the app does, with logging at DEBUG; gives back the sandbox."""
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = stripe_sandbox.webhook_secret = WEBHOOK_SECRET
    settings.STRIPE_API_MAX_RETRIES = 0
    caplog.set_level(logging.DEBUG)
    client = Client(raise_request_exception=False)
    connect(signals.payment_failed, fails)
    for seat, number in enumerate(CARDS.values(), 20):
        body = {"payment_type": "ticket", "metadata": {"seat": str(seat)}}
        made = own_client.post(
            "/payments/create-intent/", json.dumps(body), content_type="application/json"
        ).json()
        payment = Payment.objects.get(pk=made["payment_id"])
        stripe_sandbox.confirm(payment.stripe_id, number)
        own_client.get(
            payment.get_absolute_url(),
            {"payment_intent_client_secret": made["client_secret"]},
            follow=True,
        )
        stripe_sandbox.deliver(client)
    save_and_refund(own_client, user, stripe_sandbox)
    stumble(stripe_sandbox, user, own_client)
    for _ in range(3):
        stripe_sandbox.deliver(client, duplicates=0.5)
    call_command("stripe_deliver", "--all")
    call_command("stripe_audit_verify")
    return stripe_sandbox


def save_and_refund(own_client: Client, user: Any, sandbox: Any) -> None:
    intent = own_client.post(
        "/payments/methods/add/", "{}", content_type="application/json"
    ).json()["setup_intent"]
    sandbox.confirm(intent)
    own_client.post("/payments/methods/add/", {"setup_intent": intent})
    assert PaymentMethod.objects.exists()
    for payment in Payment.objects.filter(status="succeeded"):
        try:
            StripeService.refund_payment(payment, "5.00")
        except StripePaymentsError:
            assert payment.disputes.exists()


def stumble(sandbox: Any, user: Any, own_client: Client) -> None:
    """Make every kind of error happen."""
    for action, options in [("cut", {}), ("error", {"status": 500}), ("error", {"status": 401})]:
        sandbox.faults.add(action, method="POST", path="/v1/payment_intents", times=1, **options)
        with pytest.raises(StripePaymentsError):
            StripeService.create_payment_intent(user, "7.00", "ticket")
    own_client.post("/payments/create-intent/", "{", content_type="application/json")
    Client().post("/payments/webhook/", b"{}", content_type="application/json")


def secrets_of(sandbox: Any) -> set[str]:
    """Return every secret that the story had in its hands."""
    found = {SECRET_KEY, WEBHOOK_SECRET, *CARDS.values()}
    for table in sandbox.world.store.tables.values():
        found |= {row["client_secret"] for row in table.values() if row.get("client_secret")}
    assert len(found) > len(CARDS) + 8
    return found


def assert_clean(text: str, secrets: set[str], where: str) -> None:
    assert {secret for secret in secrets if secret in text} == set(), where


def test_nothing_secret_is_logged(story: Any, caplog: Any) -> None:
    written = caplog.get_records("setup")
    text = "\n".join(f"{logging.Formatter().format(one)} {one.__dict__}" for one in written)
    assert {"django_stripe_payments", "stripe"} <= {one.name.partition(".")[0] for one in written}
    assert_clean(text, secrets_of(story), "logs")


def test_nothing_secret_is_stored(story: Any) -> None:
    secrets = secrets_of(story)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            assert_clean(repr(cursor.fetchall()), secrets, table)


def test_nothing_secret_is_shown_in_the_admin(story: Any, admin_client: Client) -> None:
    secrets = secrets_of(story)
    pages = 0
    for model in apps.get_app_config("django_stripe_payments").get_models():
        base = f"/admin/django_stripe_payments/{model._meta.model_name}/"
        if admin_client.get(base).status_code == 404:
            continue  # not in the admin
        for url in [base, *(f"{base}{row.pk}/change/" for row in model._default_manager.all())]:
            page = admin_client.get(url)
            assert page.status_code == 200, url
            assert_clean(page.content.decode(), secrets, url)
            pages += 1
    assert pages > 50


def test_nothing_secret_is_on_a_customers_page(story: Any, own_client: Client) -> None:
    secrets = secrets_of(story)
    urls = ["/payments/history/", "/payments/methods/", "/payments/methods/add/"]
    urls += [f"/payments/{payment.pk}/" for payment in Payment.objects.exclude(user=None)]
    urls += [payment.get_absolute_url() for payment in Payment.objects.exclude(user=None)]
    for url in urls:
        page = own_client.get(url)
        assert page.status_code == 200, url
        assert_clean(page.content.decode(), secrets, url)


@pytest.mark.parametrize("debug", [False, True])
def test_nothing_secret_is_on_an_error_page(
    story: Any, own_client: Client, settings: Any, debug: bool
) -> None:
    settings.DEBUG = debug
    client = Client(raise_request_exception=False)
    client.cookies = own_client.cookies
    secrets = secrets_of(story)
    payment = Payment.objects.exclude(stripe_id=None).first()
    assert payment
    story.faults.add("error", method="GET", path="/v1/payment_intents", status=401, times=5)
    for url in (
        payment.get_absolute_url(),
        "/payments/success/00000000-0000-0000-0000-000000000000/",
        "/payments/nowhere/",
    ):
        assert_clean(client.get(url).content.decode(), secrets, url)
    body = json.dumps({"payment_id": str(payment.pk)})
    refused = client.post("/payments/create-intent/", body, content_type="application/json")
    assert_clean(refused.content.decode(), secrets, "create-intent")


@pytest.mark.parametrize("kind", ["create_intent", "status", "add_card", "finish_card", "webhook"])
def test_a_provoked_error_shows_no_secret_though_debug_is_on(
    own_client: Client,
    user: Any,
    stripe_sandbox: Any,
    ticket_type: None,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    def explode(*args: Any, **named: Any) -> Any:
        raise RuntimeError("provoked")

    settings.DEBUG = True
    settings.STRIPE_SECRET_KEY = SECRET_KEY
    settings.STRIPE_WEBHOOK_SECRET = stripe_sandbox.webhook_secret = WEBHOOK_SECRET
    client = Client(raise_request_exception=False)
    client.cookies = own_client.cookies
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    _row, setup = StripeService.create_setup_intent(user)
    add = "/payments/methods/add/"
    json_type = "application/json"
    if kind == "create_intent":
        body = {"payment_id": str(payment.pk)}
        monkeypatch.setattr("django_stripe_payments.views.create_intent.JsonResponse", explode)
        page = client.post("/payments/create-intent/", body, content_type=json_type)
    elif kind == "status":
        stripe_sandbox.confirm(intent.id)
        monkeypatch.setattr("django_stripe_payments.payments.moments.settle", explode)
        page = client.get(payment.get_absolute_url())
    elif kind == "add_card":
        monkeypatch.setattr("django_stripe_payments.views.methods.JsonResponse", explode)
        page = client.post(add, "{}", content_type=json_type)
    elif kind == "finish_card":
        stripe_sandbox.confirm(setup.id)
        monkeypatch.setattr("django_stripe_payments.customers.setup.keep_method", explode)
        page = client.post(add, {"setup_intent": setup.id})
    else:
        stripe_sandbox.confirm(intent.id)
        [event] = stripe_sandbox.events("payment_intent.succeeded")
        monkeypatch.setattr("django_stripe_payments.views.webhook.store_event", explode)
        body, headers = stripe_sandbox.signed(event)
        path = "/payments/webhook/"
        page = client.post(path, data=body, content_type=json_type, headers=headers)
    assert page.status_code == 500
    text = page.content.decode()
    assert "provoked" in text
    assert "Local vars" in text
    secrets = {SECRET_KEY, WEBHOOK_SECRET, str(intent.client_secret), str(setup.client_secret)}
    assert_clean(text, secrets, kind)

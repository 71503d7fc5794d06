"""Thin events: completed outside transactions, applied like snapshots, announced once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments import signals
from django_stripe_payments.database.transactions import in_transaction
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import Dispute, Payment, Refund, WebhookEvent

from .test_view import post_signed

pytestmark = pytest.mark.django_db


@pytest.fixture
def succeeded(payment: Payment, stripe_sandbox: Any) -> dict[str, Any]:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    found: dict[str, Any] = stripe_sandbox.events("payment_intent.succeeded")[0]
    return found


@pytest.fixture
def heard(connect: Callable[..., None]) -> list[str]:
    """What receivers of four signals heard, in order."""
    heard: list[str] = []
    for name in ("payment_succeeded", "payment_refunded", "dispute_opened", "webhook_received"):
        signal = getattr(signals, name)
        connect(signal, lambda name=name, **named: heard.append(name), dispatch_uid=name)
    return heard


def thin_event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "evt_thin",
        "object": "v2.core.event",
        "type": "v2.core.account.updated",
        "created": "2026-11-23T10:00:00.000Z",
        "livemode": False,
        "related_object": {"id": "acct_1", "type": "v2.core.account", "url": "/v2/core/accounts/1"},
        **changes,
    }


def test_it_is_applied_with_the_object_as_it_is_now(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any], heard: list[str]
) -> None:
    assert stripe_sandbox.post_thin(Client(), succeeded).status_code == 200
    payment.refresh_from_db()
    stored = WebhookEvent.objects.get()
    assert payment.status == "succeeded"
    assert (stored.type, stored.snapshot_id) == ("v1.payment_intent.succeeded", succeeded["id"])
    assert stored.data_object["id"] == stored.object_id == payment.stripe_id
    assert heard == ["payment_succeeded", "webhook_received"]


@pytest.mark.parametrize("order", ["thin first", "snapshot first", "thin between two snapshots"])
def test_a_change_is_announced_once_whichever_comes(
    stripe_sandbox: Any, succeeded: dict[str, Any], heard: list[str], order: str
) -> None:
    ways = {
        "thin first": "ts",
        "snapshot first": "st",
        "thin between two snapshots": "sts",
    }[order]
    post = {"t": stripe_sandbox.post_thin, "s": stripe_sandbox.post}
    assert [post[way](Client(), succeeded).status_code for way in ways] == [200] * len(ways)
    assert heard == ["payment_succeeded", "webhook_received"]
    assert not WebhookEvent.objects.filter(finished_at=None).exists()
    assert {stored.change_id for stored in WebhookEvent.objects.all()} == {succeeded["id"]}


def test_what_the_snapshot_did_needs_no_object(
    stripe_sandbox: Any, succeeded: dict[str, Any]
) -> None:
    stripe_sandbox.post(Client(), succeeded)
    stripe_sandbox.faults.add("error", method="GET", path="/v1/payment_intents", status=500)
    assert stripe_sandbox.post_thin(Client(), succeeded).status_code == 200


def test_what_the_snapshot_could_not_do_is_done_by_it(
    stripe_sandbox: Any, payment: Payment, succeeded: dict[str, Any]
) -> None:
    stripe_sandbox.post(Client(), succeeded)
    WebhookEvent.objects.update(applied_at=None, finished_at=None)
    Payment.objects.update(status="processing")
    assert stripe_sandbox.post_thin(Client(), succeeded).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_it_is_stored_once(stripe_sandbox: Any, succeeded: dict[str, Any]) -> None:
    notification = stripe_sandbox.thin(succeeded["id"])
    assert [stripe_sandbox.post(Client(), notification).status_code for _ in range(3)] == [200] * 3
    assert WebhookEvent.objects.count() == 1


def test_the_object_is_stored_without_its_secret(
    stripe_sandbox: Any, succeeded: dict[str, Any]
) -> None:
    stripe_sandbox.post_thin(Client(), succeeded)
    assert "_secret_" not in json.dumps(WebhookEvent.objects.get().payload)


def test_while_stripe_is_silent_it_waits(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any], settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("error", method="GET", path="/v2/core/events", status=500)
    assert stripe_sandbox.post_thin(Client(), succeeded).status_code == 500
    assert WebhookEvent.objects.get().applied_at is None
    assert sweep(only_due=False).events == 1
    payment.refresh_from_db()
    assert payment.status == "succeeded"


@pytest.mark.parametrize("status", [403, 404])
def test_one_whose_object_may_not_be_read_is_finished(
    stripe_sandbox: Any, succeeded: dict[str, Any], status: int
) -> None:
    path = "/v1/payment_intents"
    stripe_sandbox.faults.add("error", method="GET", path=path, status=status, times=20)
    assert stripe_sandbox.post_thin(Client(), succeeded).status_code == 200
    row = WebhookEvent.objects.get()
    assert row.finished_at is not None
    assert row.attempts == 0


def test_no_transaction_is_open_while_stripe_is_asked(
    stripe_sandbox: Any, succeeded: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle, seen = stripe_sandbox.app.handle, []

    def watched(method: str, target: str, *rest: Any) -> Any:
        seen.append((target, in_transaction()))
        return handle(method, target, *rest)

    monkeypatch.setattr(stripe_sandbox.app, "handle", watched)
    stripe_sandbox.post_thin(Client(), succeeded)
    assert [target.split("/")[1:3] for target, _ in seen] == [
        ["v2", "core"],
        ["v1", "payment_intents"],
    ]
    assert not any(open_ for _, open_ in seen)


def test_a_refund_and_a_dispute_come_by_it_too(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any], heard: list[str]
) -> None:
    from django_stripe_payments.stripe_api.client import get_client

    get_client().v1.refunds.create({"payment_intent": payment.stripe_id or "", "amount": 500})
    stripe_sandbox.dispute(payment.stripe_id)
    for event in stripe_sandbox.events():
        assert stripe_sandbox.post_thin(Client(), event).status_code == 200
    assert Refund.objects.get().status == "succeeded"
    assert Dispute.objects.get().payment == payment
    once = ["payment_succeeded", "payment_refunded", "dispute_opened"]
    assert sorted(name for name in heard if name != "webhook_received") == sorted(once)
    assert heard.count("webhook_received") == len(stripe_sandbox.events())


def test_a_customer_that_was_deleted_is_forgotten_by_it(
    payment: Payment, stripe_sandbox: Any
) -> None:
    from django_stripe_payments.stripe_api.client import get_client

    get_client().v1.customers.delete(payment.customer.stripe_id)
    deleted = stripe_sandbox.events("customer.deleted")[0]
    assert stripe_sandbox.post_thin(Client(), deleted).status_code == 200
    payment.customer.refresh_from_db()
    assert payment.customer.stripe_id is None


def test_an_unknown_type_is_stored_and_signalled(heard: list[str], stripe_sandbox: Any) -> None:
    stripe_sandbox.faults.add("error", times=99)  # there is nothing to ask for
    assert [post_signed(thin_event()).status_code for _ in range(2)] == [200, 200]
    stored = WebhookEvent.objects.get()
    assert (stored.object_id, stored.created.isoformat()) == ("acct_1", "2026-11-23T10:00:00+00:00")
    assert stored.finished_at is not None
    assert heard == ["webhook_received"]


def test_an_unknown_type_is_signalled_once_beside_its_snapshot(
    heard: list[str], stripe_sandbox: Any, payment: Payment
) -> None:
    created = stripe_sandbox.events("customer.created")[0]
    stripe_sandbox.post_thin(Client(), created)
    stripe_sandbox.post(Client(), created)
    assert heard == ["webhook_received"]


def test_one_that_stripe_has_forgotten_is_still_applied(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any]
) -> None:
    notification = stripe_sandbox.thin(succeeded["id"])
    stripe_sandbox.world.store.tables["v2.core.event"].clear()
    assert stripe_sandbox.post(Client(), notification).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_one_of_another_account_is_not_asked_for(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any], heard: list[str]
) -> None:
    notification = {**stripe_sandbox.thin(succeeded["id"]), "context": "acct_other"}
    stripe_sandbox.faults.add("error", times=99)
    assert stripe_sandbox.post(Client(), notification).status_code == 200
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"
    assert WebhookEvent.objects.get().account == "acct_other"


def test_a_sites_own_handler_may_name_a_thin_type(settings: Any, stripe_sandbox: Any) -> None:
    from tests.payments.support import handlers

    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ThinHandler"
    handlers.thin.clear()
    assert post_signed(thin_event(type="v2.core.pinged", related_object=None)).status_code == 200
    assert handlers.thin == ["v2.core.pinged"]


@pytest.mark.parametrize(
    "changed",
    [
        {"created": 1795453508},
        {"created": "2026-11-23T10:00:00"},
        {"created": None},
        {"created": "0001-01-01T00:00:00+14:00"},
        {"created": "9999-12-31T23:59:59-14:00"},
        {"type": "payment_intent.succeeded"},
        {"related_object": "pi_1"},
        {"related_object": {"id": "pi_1", "type": "payment_intent"}},
        {"related_object": {"id": "x", "type": "x", "url": "https://evil.example/v1/x"}},
        {"related_object": {"id": "x", "type": "x", "url": "/sandbox"}},
    ],
)
def test_what_is_no_thin_event_is_refused(changed: dict[str, Any]) -> None:
    assert post_signed(thin_event(**changed)).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_a_thin_event_whose_object_is_gone_is_over(
    payment: Payment, stripe_sandbox: Any, succeeded: dict[str, Any], heard: list[str]
) -> None:
    """Stripe deletes some objects; to ask for one again and again would bring nothing."""
    event = stripe_sandbox.thin(succeeded["id"])
    event["related_object"] = {
        "id": "pi_gone",
        "type": "payment_intent",
        "url": "/v1/payment_intents/pi_gone",
    }
    assert stripe_sandbox.post(Client(), event).status_code == 200
    stored = WebhookEvent.objects.get()
    assert stored.finished_at is not None
    assert heard == ["webhook_received"]

"""One row that can't be finished is recorded and put aside; the rows behind it are finished."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.db.models import QuerySet

from django_stripe_payments import signals
from django_stripe_payments.audit import chain
from django_stripe_payments.disputes import apply as dispute_apply
from django_stripe_payments.maintenance import retention
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import (
    Fact,
    Payment,
    ReceiverDelivery,
    SyncFinding,
    WebhookEvent,
)
from django_stripe_payments.payments import apply as payment_apply
from django_stripe_payments.payments.state import fields_of
from django_stripe_payments.reconcile import run
from django_stripe_payments.services import StripeService
from django_stripe_payments.webhooks import record_event
from tests.payments.support.refunding import paid_payment

pytestmark = pytest.mark.django_db

#: NUL, which PostgreSQL refuses; half a surrogate pair, which nothing encodes; and an escape
#: sequence, which a terminal obeys.
HOSTILE = "a\0b \ud83d \x1b[31mred\x9b \u202edesrever"


def thin_event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_thin_{number}",
        "object": "v2.core.event",
        "type": "v2.core.account.closed",
        "created": "2026-05-01T00:00:00Z",
        "livemode": False,
        "related_object": None,
        **changes,
    }


@pytest.fixture
def two_facts(user: Any, stripe_sandbox: Any) -> list[Payment]:
    """Two payments whose success is stored and not announced."""
    signals.payment_succeeded.connect(never_called, dispatch_uid="placeholder")
    payments = [paid_payment(stripe_sandbox, user) for _ in range(2)]
    signals.payment_succeeded.disconnect(dispatch_uid="placeholder")
    ReceiverDelivery.objects.all().delete()
    Fact.objects.update(announced_at=None)
    Fact.objects.exclude(kind="payment_succeeded").delete()
    WebhookEvent.objects.all().delete()
    return payments


def never_called(**named: Any) -> None:
    """Make facts wait for somebody."""


def test_a_receivers_error_is_storable_and_printable(
    two_facts: list[Payment], connect: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def breaks(payment: Payment, **named: Any) -> None:
        if payment == two_facts[0]:
            raise ValueError(HOSTILE)
        heard.append(payment)

    connect(signals.payment_succeeded, breaks)
    assert sweep().facts == 1
    assert heard == [two_facts[1]]
    failed = ReceiverDelivery.objects.get(delivered_at=None)
    assert failed.attempts == 1
    assert r"a\x00b \ud83d \x1b[31mred\x9b \u202edesrever" in failed.last_error
    assert not set(HOSTILE) & set("\0\ud83d\x1b\x9b\u202e") & set(caplog.text)


@pytest.mark.parametrize("odd", [{"reason": "manual"}, {"request": "req_1"}, {"data": "none"}])
def test_an_event_of_odd_shape_stops_no_other_event(
    odd: dict[str, Any], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.webhook_received, lambda event, **named: heard.append(event.stripe_id))
    for number, changes in enumerate([odd, {}]):
        record_event(thin_event(number, context="acct_other", **changes))
    sweep()
    assert heard == ["evt_thin_0", "evt_thin_1"]


def test_an_event_whose_lease_fails_is_recorded_and_others_are_finished(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(2):
        record_event(thin_event(number, context="acct_other"))
    refresh = QuerySet.update

    def update(rows: Any, **changes: Any) -> int:
        first = rows.filter(stripe_id="evt_thin_0") if rows.model is WebhookEvent else rows.none()
        if "leased_until" in changes and changes["leased_until"] and first.exists():
            raise DatabaseError("this row is broken")
        return refresh(rows, **changes)

    monkeypatch.setattr(QuerySet, "update", update)
    assert sweep().events == 1
    first, second = WebhookEvent.objects.order_by("pk")
    assert "this row is broken" in first.last_error
    assert second.finished_at is not None


def test_a_handler_that_exits_does_not_end_the_sweep(
    settings: Any, two_facts: list[Payment], stripe_sandbox: Any
) -> None:
    settings.STRIPE_WEBHOOK_HANDLER = "tests.payments.support.handlers.ExitingHandler"
    for event in stripe_sandbox.events("payment_intent.succeeded"):
        record_event(event)
    assert sweep().events == 0
    assert set(WebhookEvent.objects.values_list("attempts", flat=True)) == {1}


def test_a_fact_of_an_unknown_kind_stops_no_other_fact(
    two_facts: list[Payment], connect: Callable[..., None]
) -> None:
    heard: list[Any] = []
    connect(signals.payment_succeeded, lambda payment, **named: heard.append(payment))
    Fact.objects.filter(payment=two_facts[0]).update(kind="of_a_newer_version")
    result = sweep()
    assert (result.facts, result.left) == (1, 0)
    assert heard == [two_facts[1]]
    assert Fact.objects.get(kind="of_a_newer_version").announced_at is None


@pytest.mark.parametrize(("module", "name"), [(dispute_apply, "note_deadlines"), (chain, "seal")])
def test_a_part_of_the_sweep_that_fails_stops_no_other_part(
    module: Any,
    name: str,
    two_facts: list[Payment],
    connect: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[Any] = []
    connect(signals.payment_succeeded, lambda payment, **named: heard.append(payment))

    def fails() -> None:
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr(module, name, fails)
    call_command("stripe_deliver")
    assert heard == two_facts


def test_a_payload_that_cannot_be_emptied_keeps_no_other(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STRIPE_EVENT_PAYLOAD_DAYS = 0
    for number in range(3):
        record_event(thin_event(number, context="acct_other"))
    sweep()
    broken = WebhookEvent.objects.get(stripe_id="evt_thin_1").pk
    update = QuerySet.update

    def fail(rows: Any, **changes: Any) -> int:
        is_broken = rows.model is WebhookEvent and rows.filter(pk=broken).exists()
        if "pruned_at" in changes and is_broken:
            raise DatabaseError("this row is broken")
        return update(rows, **changes)

    monkeypatch.setattr(QuerySet, "update", fail)
    assert retention.prune().events == 2
    assert list(WebhookEvent.objects.filter(pruned_at=None).values_list("pk", flat=True)) == [
        broken
    ]


def test_an_object_that_cannot_be_compared_is_flagged_and_the_others_are_compared(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    payments = [
        StripeService.create_payment_intent(user, "25.00", "ticket", "A ticket")[0]
        for _ in range(3)
    ]
    for payment in payments:
        stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    compare = payment_apply.is_current

    def is_current(payment: Payment, intent: Any) -> bool:
        if payment.pk == payments[1].pk:
            raise KeyError(HOSTILE)
        return compare(payment, intent)

    monkeypatch.setattr(payment_apply, "is_current", is_current)
    report = run(steps=["payments"])
    assert [(one.object_id, one.problem) for one in report.needs_review] == [
        (payments[1].stripe_id, "error")
    ]
    assert SyncFinding.objects.get(problem="error").detail.startswith("KeyError: ")
    paid = Payment.objects.filter(status=Payment.Status.SUCCEEDED)
    assert set(paid) == {payments[0], payments[2]}


def test_the_message_of_a_failure_is_storable(payment: Payment) -> None:
    intent = {
        **payment_apply.fetch(str(payment.stripe_id)),
        "status": "requires_payment_method",
        "last_payment_error": {"code": "card_declined", "message": HOSTILE},
    }
    fields = fields_of(intent)
    Payment.objects.filter(pk=payment.pk).update(failure_message=fields["failure_message"])
    assert "\0" not in Payment.objects.get(pk=payment.pk).failure_message

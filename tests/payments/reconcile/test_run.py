"""A reconciliation finds what never arrived, mends it as a webhook would, and says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_stripe_payments import reconcile, signals
from django_stripe_payments.exceptions import StripeUnavailable
from django_stripe_payments.models import (
    ApiOperation,
    Customer,
    Dispute,
    Payment,
    PaymentMethod,
    Refund,
    SetupIntent,
    SyncCursor,
    WebhookEvent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import OBJECTS, content, told, writes
from tests.payments.support.refunding import VISA, in_dashboard, paid_payment

pytestmark = pytest.mark.django_db


def test_an_event_that_never_arrived_is_found(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    report = reconcile.run(steps=["events"])
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    event = stripe_sandbox.events("payment_intent.succeeded")[0]["id"]
    assert (event, "undelivered", "repaired") in told(report)
    assert WebhookEvent.objects.get(stripe_id=event).origin == "sync"


def test_its_receivers_run_once(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None], deliver: Any
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_succeeded, lambda payment, **_: heard.append(payment))
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    reconcile.run()
    deliver(stripe_sandbox.events("payment_intent.succeeded")[0])
    reconcile.run()
    assert heard == [payment]


def test_an_event_that_arrived_is_left_alone(
    payment: Payment, stripe_sandbox: Any, client: Client
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_sandbox.deliver(client)
    report = reconcile.run(steps=["events"])
    assert report.is_clean
    assert not WebhookEvent.objects.filter(origin="sync").exists()


def test_an_event_that_was_acknowledged_and_lost_is_found_by_all_events(
    payment: Payment, stripe_sandbox: Any, client: Client
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_sandbox.deliver(client)
    WebhookEvent.objects.all().delete()
    assert reconcile.run(steps=["events"]).is_clean
    report = reconcile.run(steps=["events"], all_events=True)
    assert {problem for _, problem, _ in told(report)} == {"missing"}


def test_the_report_counts_events_and_nothing_else(payment: Payment, stripe_sandbox: Any) -> None:
    report = reconcile.run(steps=["events"])
    assert report.counts == {"event": {"compared": len(stripe_sandbox.events())}}


def test_the_cursor_remembers_the_newest_event(
    payment: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SYNC_PAGE_SIZE = 1
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_sandbox.advance(60)
    get_client().v1.customers.create({"email": "a@example.com"})
    reconcile.run(steps=["events"])
    newest = max(event["created"] for event in stripe_sandbox.events())
    assert SyncCursor.objects.get().created.timestamp() == newest


def test_the_cursor_stays_until_the_last_page_was_read(
    payment: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SYNC_PAGE_SIZE = 1
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_sandbox.faults.add("cut", method="GET", path="/v1/events", after=1, times=3)
    with pytest.raises(StripeUnavailable):
        reconcile.run(steps=["events"])
    assert not SyncCursor.objects.exists()


def test_what_could_be_delivered_has_a_cursor_of_its_own(
    payment: Payment, stripe_sandbox: Any
) -> None:
    reconcile.run(steps=["events"])
    SyncCursor.objects.update(created=timezone.now() + timedelta(hours=2))
    assert reconcile.run(steps=["events"], all_events=True).counts["event"]


def test_what_is_older_than_the_cursor_is_not_read_again(
    payment: Payment, stripe_sandbox: Any
) -> None:
    reconcile.run(steps=["events"])
    SyncCursor.objects.update(created=timezone.now() + timedelta(hours=2))
    assert reconcile.run(steps=["events"]).counts == {}


def test_an_event_that_is_listed_a_little_late_is_found(
    payment: Payment, stripe_sandbox: Any
) -> None:
    reconcile.run(steps=["events"])
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    SyncCursor.objects.update(created=timezone.now() + timedelta(minutes=30))
    reconcile.run(steps=["events"])
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_an_event_that_nobody_wants_is_not_stored(payment: Payment, stripe_sandbox: Any) -> None:
    get_client().v1.customers.create({"email": "a@example.com"})
    reconcile.run(steps=["events"])
    assert stripe_sandbox.events("customer.created")
    assert not WebhookEvent.objects.filter(type="customer.created").exists()


def test_the_report_tells_what_was_missing(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    report = reconcile.run(steps=["events", "payments"])
    assert {item.problem for item in report.missing} == {"undelivered"}
    assert report.missing == report.repaired


def test_a_payment_that_no_event_told_of_is_compared(payment: Payment, stripe_sandbox: Any) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    report = reconcile.run(steps=OBJECTS)
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert (payment.stripe_id, "different", "repaired") in told(report)


def test_an_intent_whose_answer_was_lost_gets_its_payment(
    payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_id = payment.stripe_id
    Payment.objects.update(stripe_id=None)
    stripe_sandbox.confirm(stripe_id, VISA)
    report = reconcile.run(steps=["payments"])
    payment.refresh_from_db()
    assert (payment.stripe_id, payment.status) == (stripe_id, "succeeded")
    assert told(report) == {(stripe_id, "missing", "repaired")}


def test_an_older_payment_that_is_not_over_is_asked_for(
    payment: Payment, stripe_sandbox: Any
) -> None:
    Payment.objects.update(created_at=timezone.now() - timedelta(days=60))
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    reconcile.run(steps=["open_payments"])
    payment.refresh_from_db()
    assert payment.status == "succeeded"


def test_what_belongs_to_nobody_here_is_counted_and_not_touched(stripe_sandbox: Any) -> None:
    foreign = get_client().v1.payment_intents.create({"amount": 900, "currency": "usd"})
    stripe_sandbox.advance(90 * 24 * 3600)
    report = reconcile.run(since=timezone.now() - timedelta(days=1))
    assert report.is_clean
    assert report.counts["payment_intent"] == {"compared": 1, "not ours": 1}
    assert stripe_sandbox.object(foreign.id)["status"] == "requires_payment_method"


def test_money_for_a_payment_that_is_not_here_is_for_a_person(
    payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    stripe_id = payment.stripe_id
    ApiOperation.objects.all().delete()
    payment.delete()
    report = reconcile.run(steps=["payments"])
    assert told(report) == {(stripe_id, "missing", "needs_review")}


def test_another_amount_at_stripe_is_for_a_person_each_time(
    payment: Payment, stripe_sandbox: Any
) -> None:
    Payment.objects.update(amount=1)
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    first = reconcile.run(steps=["payments"])
    assert told(first) == {(payment.stripe_id, "different", "needs_review")}
    second = reconcile.run(steps=["payments"])
    assert told(second) == {(payment.stripe_id, "contradiction", "needs_review")}
    payment.refresh_from_db()
    assert payment.status == "requires_payment_method"


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_a_refund_of_the_dashboard_is_found(user: Any, stripe_sandbox: Any, status: str) -> None:
    payment = paid_payment(stripe_sandbox, user, card="4000000000007726")
    refund_id = in_dashboard(payment, 700)
    assert (refund_id, "missing", "repaired") in told(reconcile.run(steps=["refunds"]))
    stripe_sandbox.finish_refund(refund_id, status)
    assert (refund_id, "different", "repaired") in told(reconcile.run(steps=["refunds"]))
    assert Refund.objects.get(stripe_id=refund_id).status == status
    payment.refresh_from_db()
    assert payment.amount_refunded == (700 if status == "succeeded" else 0)


def test_an_older_refund_that_is_not_over_is_asked_for(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user, card="4000000000007726")
    refund_id = in_dashboard(payment, 700)
    reconcile.run(steps=["refunds"])
    Refund.objects.update(created_at=timezone.now() - timedelta(days=60))
    stripe_sandbox.finish_refund(refund_id, "failed")
    reconcile.run(steps=["open_refunds"])
    assert Refund.objects.get().status == "failed"


def test_a_dispute_is_found_and_followed(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    dispute = stripe_sandbox.dispute(payment.stripe_id)["id"]
    assert told(reconcile.run(steps=["disputes"])) == {(dispute, "missing", "repaired")}
    stripe_sandbox.close_dispute(dispute, "won")
    assert told(reconcile.run(steps=["disputes"])) == {(dispute, "different", "repaired")}
    kinds = Dispute.objects.get(stripe_id=dispute).facts.values_list("kind", flat=True)
    assert sorted(kinds) == [
        "dispute_closed",
        "dispute_funds_reinstated",
        "dispute_funds_withdrawn",
        "dispute_opened",
    ]


def test_saved_cards_and_the_default_follow(user: Any, stripe_sandbox: Any) -> None:
    first = StripeService.add_payment_method(user, "pm_card_visa")
    service = get_client().v1
    second = service.payment_methods.attach(
        "pm_card_mastercard", {"customer": first.customer.stripe_id}
    )
    service.payment_methods.detach(first.stripe_id)
    default = {"invoice_settings": {"default_payment_method": second.id}}
    service.customers.update(first.customer.stripe_id, default)
    report = reconcile.run(steps=["payment_methods"])
    assert {problem for _, problem, _ in told(report)} == {"missing", "detached", "default"}
    attached = PaymentMethod.objects.get(detached_at=None)
    assert (attached.stripe_id, attached.is_default) == (second.id, True)
    assert reconcile.run(steps=["payment_methods"]).is_clean


def calls(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are asked for from now on."""
    handle, seen = sandbox.app.handle, []

    def watched(method: str, target: str, *rest: Any) -> Any:
        seen.append(target.split("?")[0])
        return handle(method, target, *rest)

    monkeypatch.setattr(sandbox.app, "handle", watched)
    return seen


def test_a_customer_with_cards_costs_one_call(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = StripeService.add_payment_method(user, "pm_card_visa")
    Customer.objects.update(updated_at=timezone.now() - timedelta(days=60))
    asked = calls(stripe_sandbox, monkeypatch)
    assert reconcile.run(steps=["payment_methods"]).is_clean
    assert asked == [f"/v1/customers/{card.customer.stripe_id}/payment_methods"]


@pytest.mark.parametrize("active", ["no", "paid", "saving a card", "changed"])
def test_a_customer_without_cards_is_asked_for_while_active(
    user: Any, stripe_sandbox: Any, active: str
) -> None:
    customer = StripeService.get_or_create_customer(user)
    Customer.objects.update(updated_at=timezone.now() - timedelta(days=60))
    if active == "paid":
        Payment.objects.create(customer=customer, amount=100, currency="usd")
    elif active == "saving a card":
        SetupIntent.objects.create(customer=customer, stripe_id="seti_1")
    elif active == "changed":
        Customer.objects.update(updated_at=timezone.now())
    counted = reconcile.run(steps=["payment_methods"]).counts
    assert ("customer" in counted) is (active != "no")


def test_a_customer_that_was_deleted_at_stripe_is_forgotten(user: Any, stripe_sandbox: Any) -> None:
    customer = StripeService.get_or_create_customer(user)
    get_client().v1.customers.delete(customer.stripe_id)
    report = reconcile.run(steps=["payment_methods"])
    assert told(report) == {(customer.stripe_id, "deleted", "repaired")}
    customer.refresh_from_db()
    assert customer.stripe_id is None


def test_the_booked_fee_takes_the_place_of_the_estimate(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    in_dashboard(payment, 700)  # is booked too, and is no fee of the payment
    Payment.objects.update(stripe_fee=1)
    reconcile.run(steps=["balance_transactions"])
    payment.refresh_from_db()
    assert (payment.stripe_fee, payment.fee_is_final) == (103, True)


def test_an_abandoned_payment_is_canceled_at_both_sides(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_canceled, lambda payment, **_: heard.append(payment))
    Payment.objects.update(created_at=timezone.now() - timedelta(days=8))
    report = reconcile.run()
    assert (str(payment.pk), "orphan", "repaired") in told(report)
    payment.refresh_from_db()
    assert payment.status == stripe_sandbox.object(payment.stripe_id)["status"] == "canceled"
    assert heard == [payment]


def test_one_that_was_paid_meanwhile_is_not_canceled(payment: Payment, stripe_sandbox: Any) -> None:
    Payment.objects.update(created_at=timezone.now() - timedelta(days=8))
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    assert not reconcile.run(steps=["orphans"]).needs_review
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    assert reconcile.run(steps=["orphans"]).is_clean


def test_a_payment_that_never_reached_stripe_is_canceled_here(
    user: Any, stripe_sandbox: Any
) -> None:
    from django_stripe_payments.payments.intents import create_payment

    payment = create_payment(user, "25.00", "ticket")
    Payment.objects.update(created_at=timezone.now() - timedelta(days=8))
    reconcile.run()
    payment.refresh_from_db()
    assert payment.status == "canceled"
    assert stripe_sandbox.events("payment_intent.created") == []


def test_nothing_is_canceled_where_the_setting_says_so(
    payment: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_SYNC_ABANDONED_AFTER = None
    Payment.objects.update(created_at=timezone.now() - timedelta(days=80))
    assert reconcile.run(steps=["orphans"]).is_clean


def test_a_second_intent_of_one_payment_is_canceled_when_it_is_old(
    payment: Payment, stripe_sandbox: Any, settings: Any
) -> None:
    intent = stripe_sandbox.object(payment.stripe_id)
    params = {"amount": 2500, "currency": "usd", "metadata": intent["metadata"]}
    second = get_client().v1.payment_intents.create(params)
    assert reconcile.run(steps=["payments"]).is_clean
    settings.STRIPE_SYNC_ABANDONED_AFTER = -1
    report = reconcile.run(steps=["payments"])
    assert told(report) == {(second.id, "orphan", "repaired")}
    assert stripe_sandbox.object(second.id)["status"] == "canceled"
    assert stripe_sandbox.object(payment.stripe_id)["status"] == "requires_payment_method"


def test_a_second_intent_that_took_money_is_for_a_person(
    payment: Payment, stripe_sandbox: Any
) -> None:
    intent = stripe_sandbox.object(payment.stripe_id)
    params = {"amount": 2500, "currency": "usd", "metadata": intent["metadata"]}
    second = get_client().v1.payment_intents.create(params)
    stripe_sandbox.confirm(second.id, VISA)
    assert told(reconcile.run(steps=["payments"])) == {(second.id, "second_intent", "needs_review")}


def test_a_second_run_writes_nothing(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    paid_payment(stripe_sandbox, user, "900.00")
    in_dashboard(payment, 700)
    stripe_sandbox.dispute(payment.stripe_id)
    stripe_sandbox.pay_out()
    StripeService.add_payment_method(user, "pm_card_visa")
    StripeService.create_payment_intent(user, "10.00", "ticket")
    assert not reconcile.run().is_clean
    before, stored = content(), len(stripe_sandbox.events())
    with CaptureQueriesContext(connection) as queries:
        report = reconcile.run()
    assert report.is_clean, report.findings
    assert content() == before
    assert writes(queries) == []
    assert len(stripe_sandbox.events()) == stored

"""What is dropped by age, what stays, and how one user is erased."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_stripe_payments import signals
from django_stripe_payments.audit import chain as audit_chain
from django_stripe_payments.exceptions import ErasureRefused, StripeUnavailable
from django_stripe_payments.maintenance import payloads, retention
from django_stripe_payments.maintenance.erasure import erase_user
from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import (
    ApiOperation,
    Customer,
    Dispute,
    EvidenceFile,
    Payment,
    PaymentMethod,
    ReceiverDelivery,
    Refund,
    RefundRequest,
    WebhookEvent,
)
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import operations
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.refunding import paid_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(payment: Payment, stripe_sandbox: Any) -> Payment:
    """A payment that succeeded; every event of it was delivered."""
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    stripe_sandbox.deliver(Client())
    payment.refresh_from_db()
    return payment


def grow_old(days: int) -> None:
    """Let everything that is stored be received ``days`` ago."""
    then = timezone.now() - timedelta(days=days)
    WebhookEvent.objects.update(received_at=then)
    ApiOperation.objects.update(created_at=then)


def stored_text() -> str:
    """Return everything that the app's tables hold, as text."""
    models = apps.get_app_config("django_stripe_payments").get_models()
    return "\n".join(
        f"{model.__name__} {json.dumps(row, default=str)}"
        for model in models
        for row in model._default_manager.values()
    )


def test_old_payloads_go_and_identity_and_outcome_stay(paid: Payment, stripe_sandbox: Any) -> None:
    before = set(WebhookEvent.objects.values_list("stripe_id", "type", "object_id", "finished_at"))
    grow_old(91)
    pruned = retention.prune()
    assert (pruned.events, pruned.operations) == (len(before), ApiOperation.objects.count())
    after = set(WebhookEvent.objects.values_list("stripe_id", "type", "object_id", "finished_at"))
    assert after == before
    assert {json.dumps(row) for row in WebhookEvent.objects.values_list("payload", flat=True)} == {
        "{}"
    }
    assert set(ApiOperation.objects.values_list("status", flat=True)) == {"succeeded"}
    assert "example.com" not in json.dumps(list(ApiOperation.objects.values_list("params")))


def test_a_duplicate_of_what_was_pruned_is_still_one(paid: Payment, stripe_sandbox: Any) -> None:
    grow_old(91)
    retention.prune()
    for event in stripe_sandbox.events():
        assert stripe_sandbox.post(Client(), event).status_code == 200
    assert not WebhookEvent.objects.filter(pruned_at=None).exists()


def test_what_is_younger_stays(paid: Payment) -> None:
    grow_old(89)
    assert retention.prune() == retention.PruneResult(0, 0, 0)
    assert not WebhookEvent.objects.filter(payload={}).exists()


def test_nothing_is_dropped_where_the_site_wants_that(paid: Payment, settings: Any) -> None:
    settings.STRIPE_EVENT_PAYLOAD_DAYS = settings.STRIPE_OPERATION_PARAMS_DAYS = None
    grow_old(5000)
    assert retention.prune() == retention.PruneResult(0, 0, 0)


def test_what_is_unfinished_is_never_touched(paid: Payment) -> None:
    grow_old(500)
    WebhookEvent.objects.update(finished_at=None)
    ApiOperation.objects.update(status=ApiOperation.Status.UNKNOWN)
    assert retention.prune() == retention.PruneResult(0, 0, 0)
    assert not WebhookEvent.objects.filter(payload={}).exists()


def test_a_second_run_writes_nothing(paid: Payment) -> None:
    grow_old(91)
    retention.prune()
    with CaptureQueriesContext(connection) as queries:
        assert retention.prune() == retention.PruneResult(0, 0, 0)
    assert not [query for query in queries if query["sql"].startswith("UPDATE")]


def test_it_goes_on_where_it_was_cut(paid: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    grow_old(91)
    count = WebhookEvent.objects.count()
    monkeypatch.setattr(payloads, "CHUNK", 2)
    empty = retention.empty_events

    def cut(keys: list[int]) -> int:
        if WebhookEvent.objects.filter(pruned_at__isnull=False).exists():
            raise KeyboardInterrupt
        return empty(keys)

    monkeypatch.setattr(retention, "empty_events", cut)
    with pytest.raises(KeyboardInterrupt):
        retention.prune()
    assert WebhookEvent.objects.filter(pruned_at__isnull=False).count() == 2
    monkeypatch.setattr(retention, "empty_events", empty)
    assert retention.prune().events == count - 2


def test_the_command_says_what_it_did(paid: Payment) -> None:
    grow_old(91)
    out = StringIO()
    call_command("stripe_prune", stdout=out)
    assert "events and" in out.getvalue()


def test_a_call_whose_parameters_went_is_not_made_again(paid: Payment) -> None:
    grow_old(91)
    retention.prune()
    again = StripeService.get_or_create_customer(paid.user)
    assert again.pk == paid.customer.pk


def person(user: Any) -> None:
    user.first_name, user.last_name, user.email = "Jenny", "Rosen", "jenny.rosen@example.com"
    user.save()


@pytest.fixture
def jenny(user: Any, stripe_sandbox: Any, other_user: Any) -> Any:
    """A user with a name, who left personal data in every table."""
    person(user)
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "ticket", "A ticket for Jenny", {"guest": "Jenny's cousin"}
    )
    method = get_client().v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": "tok_visa"},
            "billing_details": {"name": "Jenny Rosen", "email": user.email},
        }
    )
    saved = StripeService.add_payment_method(user, method.id)
    stripe_sandbox.confirm(intent.id, saved.stripe_id)
    stripe_sandbox.deliver(Client())
    dispute = stripe_sandbox.dispute(intent.id)
    stripe_sandbox.deliver(Client())
    Dispute.objects.update(evidence={"customer_name": "Jenny Rosen"})
    passport = {"purpose": "customer_signature", "name": "Jenny.pdf", "stripe_id": "file_1"}
    EvidenceFile.objects.create(dispute=Dispute.objects.get(), **passport)
    Payment.objects.update(failure_message="The bank does not know Jenny.")
    stripe_sandbox.close_dispute(dispute["id"], "won")
    RefundRequest.objects.create(
        payment=payment,
        amount=100,
        message="I am Jenny and I am ill.",
        status=RefundRequest.Status.REJECTED,
        requested_by=user,
    )
    StripeService.create_payment_intent(other_user, "10.00", "ticket", "A ticket for Bob")
    stripe_sandbox.deliver(Client())
    return user


TRACES = ("Jenny", "Rosen", "jenny.rosen")


def test_nothing_personal_is_left_of_an_erased_user(jenny: Any, stripe_sandbox: Any) -> None:
    assert all(trace in stored_text() for trace in TRACES)
    erased = erase_user(jenny)
    assert erased.payments == erased.payment_methods == 1
    assert not [line for line in stored_text().splitlines() if any(t in line for t in TRACES)]
    assert not PaymentMethod.objects.exists()


def test_a_customer_is_erased_after_the_users_row_is_gone(jenny: Any, stripe_sandbox: Any) -> None:
    stripe_id = Customer.objects.get(user=jenny).stripe_id
    jenny.delete()
    assert any(trace in stored_text() for trace in TRACES)
    with pytest.raises(CommandError, match="no customer"):
        call_command("stripe_erase", customer="cus_none", no_input=True)
    call_command("stripe_erase", customer=stripe_id, no_input=True)
    lines = [line for line in stored_text().splitlines() if any(t in line for t in TRACES)]
    assert not lines
    assert stripe_sandbox.object(stripe_id)["deleted"]


def test_nothing_leads_from_their_payments_to_the_account(jenny: Any) -> None:
    payment = Payment.objects.get(user=jenny)
    settled = {"amount": 100, "currency": "usd", "status": Refund.Status.SUCCEEDED}
    Refund.objects.create(payment=payment, requested_by=jenny, **settled)
    erase_user(jenny)
    assert not Refund.objects.filter(requested_by=jenny).exists()
    assert not RefundRequest.objects.filter(requested_by=jenny).exists()
    assert not Payment.objects.filter(user=jenny).exists()


def test_nor_of_what_their_deletion_at_stripe_brings(jenny: Any, stripe_sandbox: Any) -> None:
    erase_user(jenny)
    stripe_sandbox.deliver(Client())
    assert "Jenny" in stored_text()
    assert retention.prune().late >= 1
    assert not [line for line in stored_text().splitlines() if any(t in line for t in TRACES)]


def test_the_sums_and_the_chain_stay(jenny: Any) -> None:
    audit_chain.seal()
    before = list(
        Payment.objects.order_by("pk").values("pk", "amount", "amount_received", "status")
    )
    erase_user(jenny)
    after = list(Payment.objects.order_by("pk").values("pk", "amount", "amount_received", "status"))
    assert after == before
    audit_chain.seal()
    assert audit_chain.verify().problem == ""
    jenny.delete()
    assert audit_chain.verify().problem == ""


def test_another_users_data_stay(jenny: Any, other_user: Any) -> None:
    erase_user(jenny)
    theirs = Payment.objects.get(user=other_user)
    assert theirs.description == "A ticket for Bob"
    assert theirs.customer.email == other_user.email
    assert WebhookEvent.objects.filter(pruned_at=None, object_id=theirs.stripe_id).exists()


def test_the_customer_is_deleted_at_stripe(jenny: Any) -> None:
    known = jenny.stripe_customer.stripe_id
    erase_user(jenny)
    assert get_client().v1.customers.retrieve(known).deleted


def test_an_erased_user_may_come_back(jenny: Any) -> None:
    erase_user(jenny)
    jenny.refresh_from_db()
    again, _intent = StripeService.create_payment_intent(jenny, "25.00", "ticket")
    assert again.customer.erased_at is None
    assert Customer.objects.filter(erased_at__isnull=False).count() == 1


def test_what_was_never_paid_is_canceled(jenny: Any, stripe_sandbox: Any) -> None:
    payment, intent = StripeService.create_payment_intent(jenny, "25.00", "ticket")
    erase_user(jenny)
    assert stripe_sandbox.object(intent.id)["status"] == "canceled"
    payment.refresh_from_db()
    assert (payment.status, payment.user) == ("canceled", None)


def test_an_open_dispute_forbids_it(jenny: Any) -> None:
    Dispute.objects.update(status=Dispute.Status.NEEDS_RESPONSE)
    with pytest.raises(ErasureRefused, match="open disputes"):
        erase_user(jenny)
    assert "Jenny" in stored_text()


def test_money_that_moves_forbids_it(jenny: Any, stripe_sandbox: Any) -> None:
    _payment, intent = StripeService.create_payment_intent(
        jenny, "25.00", "ticket", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id)
    stripe_sandbox.deliver(Client())
    with pytest.raises(ErasureRefused, match="processing or authorized"):
        erase_user(jenny)


def test_a_call_for_a_card_without_an_answer_forbids_it(jenny: Any) -> None:
    """Once the card's row is gone, nobody could find out how the call ended."""
    ApiOperation.objects.create(
        kind="payment_method.renew 2030-01",
        target=f"paymentmethod:{PaymentMethod.objects.get().pk}",
        status=ApiOperation.Status.UNKNOWN,
    )
    with pytest.raises(ErasureRefused, match="with no answer"):
        erase_user(jenny)


def test_a_receiver_that_has_not_run_forbids_it(
    jenny: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    def fails(**named: Any) -> None:
        raise RuntimeError("Jenny's mail bounced.")

    connect(signals.payment_canceled, fails)
    StripeService.create_payment_intent(jenny, "25.00", "ticket")
    with pytest.raises(ErasureRefused, match="receivers"):
        erase_user(jenny)


def test_while_stripe_is_silent_nothing_is_erased(
    jenny: Any, stripe_sandbox: Any, settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    stripe_sandbox.faults.add("error", method="DELETE", path="/v1/customers", status=500)
    with pytest.raises(StripeUnavailable):
        erase_user(jenny)
    assert Customer.objects.get(user=jenny).name
    erase_user(jenny)
    assert "Jenny" not in stored_text()


def test_a_customer_that_stripe_does_not_know_any_more_is_no_obstacle(jenny: Any) -> None:
    get_client().v1.customers.delete(jenny.stripe_customer.stripe_id)
    erase_user(jenny)
    assert not Customer.objects.filter(user=jenny).exists()


def test_a_user_without_payments_is_none(other_user: Any) -> None:
    assert erase_user(other_user).payments == 0


def test_the_command_asks_before_it_erases(jenny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("stripe_erase", user=str(jenny.pk))
    assert "Jenny" in stored_text()
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    call_command("stripe_erase", user=str(jenny.pk), stdout=StringIO())
    assert "Jenny" not in stored_text()


@pytest.mark.parametrize("key", ["0", "nobody"])
def test_the_command_knows_who_is_not_there(db: None, key: str) -> None:
    with pytest.raises(CommandError, match="no user"):
        call_command("stripe_erase", user=key)


@pytest.mark.parametrize("kind", ["customer.create", "payment_intent.create"])
def test_what_a_pruned_call_made_is_still_found(paid: Payment, kind: str) -> None:
    grow_old(91)
    retention.prune()
    attempt = ApiOperation.objects.get(kind=kind)
    operation = operations.registered()[kind]
    found = operation.find(operation.target_of(attempt), attempt)
    assert found is not None
    assert found.id == attempt.stripe_id


def test_tracebacks_of_what_no_event_brought_are_emptied_too(
    user: Any, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    """The success page was faster than the webhook, and the receiver failed at first."""
    fails = [True]

    def receiver(payment: Payment, **named: Any) -> None:
        if fails:
            raise RuntimeError(f"no seat for Jenny: {fails.pop()}")

    connect(signals.payment_succeeded, receiver, dispatch_uid="seats")
    paid_payment(stripe_sandbox, user)
    sweep(only_due=False)
    assert "Jenny" in ReceiverDelivery.objects.get().last_error
    erase_user(user)
    assert ReceiverDelivery.objects.get().last_error == ""

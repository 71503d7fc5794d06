"""A call of ours whose answer was lost is asked again, or looked up where that is too late."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from django_stripe_payments import reconcile, signals
from django_stripe_payments.customers.customer import USER_KEY, get_or_create_customer
from django_stripe_payments.customers.setup import SETUP_KEY
from django_stripe_payments.disputes import apply as dispute_apply
from django_stripe_payments.exceptions import OutcomeUnknown, StripePaymentsError
from django_stripe_payments.models import (
    ApiOperation,
    Customer,
    Payment,
    PaymentMethod,
    Refund,
    SetupIntent,
)
from django_stripe_payments.payments.cancel import cancel_payment
from django_stripe_payments.payments.capture import capture_payment
from django_stripe_payments.payments.intents import create_payment
from django_stripe_payments.payments.lookup import PAYMENT_KEY
from django_stripe_payments.refunds.create import reserve
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts, operations
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import content, told
from tests.payments.support.reconciling import writes as written
from tests.payments.support.refunding import VISA, at_stripe, paid_payment
from tests.payments.support.writes import writes

pytestmark = pytest.mark.django_db

Status = ApiOperation.Status

#: Stripe does it, and its answer is lost on each of the SDK's tries.
CUT = {"kind": "cut", "times": 3}

#: Stripe fails, does nothing, and says so for as long as it knows the key.
FAILS = {"kind": "error", "times": 3}

#: How the answer was lost → how the call has ended.
LOST = [(CUT, Status.SUCCEEDED), (FAILS, Status.FAILED)]


def resolved(kind: str) -> ApiOperation:
    """Run the step alone; the operation of the kind as it is then."""
    reconcile.run(steps=["unknown_calls"])
    return ApiOperation.objects.filter(kind=kind).latest("attempt")


def lose(
    sandbox: Any, fault: dict[str, Any], path: str, act: Callable[[], Any], unknown: int = 1
) -> None:
    sandbox.faults.add(**fault, method="POST", path=path)
    with pytest.raises(OutcomeUnknown):
        act()
    sandbox.faults.clear()
    assert ApiOperation.objects.filter(status=Status.UNKNOWN).count() == unknown


def age() -> None:
    """Let the idempotency keys be forgotten."""
    ApiOperation.objects.update(created_at=timezone.now() - timedelta(days=2))


def unanswered(kind: str, row: Any, metadata: dict[str, str], **params: Any) -> None:
    """A call for a row of which nobody knows how it ended."""
    if "amount" in params:
        params["currency"] = "usd"
    ApiOperation.objects.create(
        kind=kind,
        target=attempts.name_of(row),
        params={**params, "metadata": metadata},
        status=Status.UNKNOWN,
    )


@pytest.mark.parametrize("late", [False, True])
def test_a_payments_intent_is_found_if_it_was_made(
    user: Any, stripe_sandbox: Any, late: bool
) -> None:
    get_or_create_customer(user)
    create = lambda: StripeService.create_payment_intent(user, "25.00", "ticket")  # noqa: E731
    lose(stripe_sandbox, CUT, "/v1/payment_intents", create)
    if late:
        age()
    assert resolved("payment_intent.create").status == Status.SUCCEEDED
    [event] = stripe_sandbox.events("payment_intent.created")
    assert Payment.objects.get().stripe_id == event["data"]["object"]["id"]


@pytest.mark.parametrize("late", [False, True])
def test_one_that_was_never_made_is_made_while_the_key_lives(
    user: Any, stripe_sandbox: Any, late: bool
) -> None:
    payment = create_payment(user, "25.00", "ticket")
    ApiOperation.objects.create(
        kind="payment_intent.create",
        target=f"payment:{payment.pk}",
        params={"amount": 2500, "currency": "usd", "metadata": {PAYMENT_KEY: str(payment.pk)}},
        status=Status.UNKNOWN,
    )
    if late:
        age()
    status = resolved("payment_intent.create").status
    assert status == (Status.FAILED if late else Status.SUCCEEDED)
    payment.refresh_from_db()
    assert (payment.stripe_id is None) == late
    assert len(stripe_sandbox.events("payment_intent.created")) == (0 if late else 1)


@pytest.mark.parametrize("changes", [{"status": "canceled"}, {"stripe_id": "pi_other"}])
def test_nobody_needs_an_intent_of_a_payment_that_is_over_or_has_one(
    user: Any, stripe_sandbox: Any, changes: dict[str, Any]
) -> None:
    payment = create_payment(user, "25.00", "ticket")
    Payment.objects.update(**changes)
    unanswered("payment_intent.create", payment, {PAYMENT_KEY: str(payment.pk)}, amount=2500)
    assert resolved("payment_intent.create").status == Status.FAILED
    assert stripe_sandbox.events("payment_intent.created") == []


def test_nobody_needs_a_second_customer(user: Any, stripe_sandbox: Any) -> None:
    customer = Customer.objects.create(user=user, stripe_id="cus_other")
    unanswered("customer.create", customer, {USER_KEY: str(user.pk)})
    assert resolved("customer.create").status == Status.FAILED
    assert stripe_sandbox.events("customer.created") == []


def test_nobody_needs_a_second_setup_intent(user: Any, stripe_sandbox: Any) -> None:
    customer = get_or_create_customer(user)
    row = SetupIntent.objects.create(customer=customer, stripe_id="seti_other")
    unanswered("setup_intent.create", row, {SETUP_KEY: str(row.pk)}, customer=customer.stripe_id)
    assert resolved("setup_intent.create").status == Status.FAILED
    assert stripe_sandbox.events("setup_intent.created") == []


def test_a_customer_is_one(user: Any, stripe_sandbox: Any, connect: Callable[..., None]) -> None:
    heard: list[Customer] = []
    connect(signals.customer_created, lambda customer, **_: heard.append(customer))
    lose(stripe_sandbox, CUT, "/v1/customers", lambda: get_or_create_customer(user))
    assert resolved("customer.create").status == Status.SUCCEEDED
    [event] = stripe_sandbox.events("customer.created")
    customer = Customer.objects.get()
    assert customer.stripe_id == event["data"]["object"]["id"]
    assert heard == [customer]


@pytest.mark.parametrize(("fault", "late"), [(CUT, False), (CUT, True), (FAILS, True)])
def test_a_refund_is_made_once(
    user: Any, stripe_sandbox: Any, fault: dict[str, Any], late: bool
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refund = lambda: StripeService.refund_payment(payment, "7.00")  # noqa: E731
    lose(stripe_sandbox, fault, "/v1/refunds", refund)
    if late:
        age()
    reconcile.run(steps=["unknown_calls"])
    assert [refund["amount"] for refund in at_stripe(stripe_sandbox, payment)] == [700]
    assert Refund.objects.get().status == "succeeded"
    assert not attempts.unresolved().exists()


@pytest.mark.parametrize(
    ("first", "again"),
    [({**FAILS, "executed": True}, None), (CUT, CUT)],
)
def test_a_second_run_writes_nothing_after_a_refund_that_was_made_without_an_answer(
    user: Any, stripe_sandbox: Any, first: dict[str, Any], again: dict[str, Any] | None
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    stripe_sandbox.faults.add(**first, method="POST", path="/v1/refunds")
    with suppress(OutcomeUnknown):
        StripeService.refund_payment(payment, "7.00")
    if again:
        stripe_sandbox.faults.add(**again, method="POST", path="/v1/refunds")
    report = reconcile.run()
    assert not report.needs_review
    before = content()
    with CaptureQueriesContext(connection) as queries:
        assert reconcile.run().findings == []
    assert (content(), written(queries)) == (before, [])
    assert [refund["amount"] for refund in at_stripe(stripe_sandbox, payment)] == [700]


def clock_was_ahead(sandbox: Any, kind: str, minutes: int = 10) -> None:
    """Let the site's clock have been ahead of Stripe's when it asked for the object."""
    age()
    [event] = sandbox.events(f"{kind}.created")
    made = sandbox.world.store.find(kind, event["data"]["object"]["id"])
    asked_at = ApiOperation.objects.get(status=Status.UNKNOWN).created_at
    made["created"] = int(asked_at.timestamp()) - minutes * 60


def test_a_refund_is_made_once_though_the_clock_is_ahead_of_stripes(
    user: Any, stripe_sandbox: Any
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    refund = lambda: StripeService.refund_payment(payment, "7.00")  # noqa: E731
    lose(stripe_sandbox, CUT, "/v1/refunds", refund)
    clock_was_ahead(stripe_sandbox, "refund")
    reconcile.run(steps=["unknown_calls"])
    assert [refund["amount"] for refund in at_stripe(stripe_sandbox, payment)] == [700]
    assert Refund.objects.get().status == "succeeded"


@pytest.mark.parametrize("is_guest", [False, True])
def test_an_intent_is_found_though_the_clock_is_ahead_of_stripes(
    user: Any, stripe_sandbox: Any, is_guest: bool
) -> None:
    if not is_guest:
        get_or_create_customer(user)
    payer = None if is_guest else user
    create = lambda: StripeService.create_payment_intent(payer, "25.00", "ticket")  # noqa: E731
    lose(stripe_sandbox, CUT, "/v1/payment_intents", create)
    clock_was_ahead(stripe_sandbox, "payment_intent")
    assert resolved("payment_intent.create").status == Status.SUCCEEDED


def test_a_customer_is_found_though_the_clock_is_ahead_of_stripes(
    user: Any, stripe_sandbox: Any
) -> None:
    lose(stripe_sandbox, CUT, "/v1/customers", lambda: get_or_create_customer(user))
    clock_was_ahead(stripe_sandbox, "customer")
    assert resolved("customer.create").status == Status.SUCCEEDED


@pytest.mark.parametrize(("fault", "status"), LOST)
def test_a_cancellation_is_finished(
    payment: Payment, stripe_sandbox: Any, fault: dict[str, Any], status: str
) -> None:
    lose(stripe_sandbox, fault, "/cancel", lambda: cancel_payment(payment))
    assert resolved("payment_intent.cancel").status == status
    payment.refresh_from_db()
    assert payment.status == stripe_sandbox.object(payment.stripe_id)["status"]
    assert (payment.status == "canceled") == (status == Status.SUCCEEDED)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(("fault", "status"), LOST)
def test_a_cancellation_of_an_orphan_is_finished(
    payment: Payment, stripe_sandbox: Any, fault: dict[str, Any], status: str, late: bool
) -> None:
    Payment.objects.update(status="canceled")
    stripe_sandbox.faults.add(**fault, method="POST", path="/cancel")
    with suppress(OutcomeUnknown):
        reconcile.run(steps=["payments"])
    stripe_sandbox.faults.clear()
    if late:
        age()
    assert resolved("payment_intent.cancel_orphan").status == status
    at_stripe = stripe_sandbox.object(payment.stripe_id)["status"]
    assert (at_stripe == "canceled") == (status == Status.SUCCEEDED)


def test_receivers_hear_how_a_call_ended(
    payment: Payment, stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[Payment] = []
    connect(signals.payment_canceled, lambda payment, **_: heard.append(payment))
    lose(stripe_sandbox, CUT, "/cancel", lambda: cancel_payment(payment))
    reconcile.run(steps=["unknown_calls"])
    assert heard == [payment]


def test_a_refund_that_was_reserved_and_never_asked_for_is_made(
    user: Any, stripe_sandbox: Any
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    reserve(payment, "7.00", "")
    Refund.objects.update(created_at=timezone.now() - attempts.left_behind())
    reconcile.run(steps=["unknown_calls"])
    assert [refund["amount"] for refund in at_stripe(stripe_sandbox, payment)] == [700]


@pytest.mark.parametrize(("submitted", "status"), [(0, Status.FAILED), (1, Status.SUCCEEDED)])
def test_evidence_is_looked_up_and_never_submitted_again(
    user: Any, stripe_sandbox: Any, submitted: int, status: str
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    dispute = dispute_apply.apply(stripe_sandbox.dispute(payment.stripe_id))
    at_stripe = stripe_sandbox.world.store.find("dispute", dispute.stripe_id)
    at_stripe["evidence_details"]["submission_count"] = submitted
    ApiOperation.objects.create(
        kind="dispute.submit",
        target=attempts.name_of(dispute),
        params={"evidence": {"uncategorized_text": "They played."}, "submit": True},
        status=Status.UNKNOWN,
    )
    assert resolved("dispute.submit").status == status
    assert at_stripe["evidence_details"]["submission_count"] == submitted
    dispute.refresh_from_db()
    assert (dispute.submitted_at is not None) == bool(submitted)


def test_one_to_which_somebody_came_back_is_left_alone(
    user: Any, stripe_sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        payment = create_payment(user, "25.00", "ticket")
        unanswered("payment_intent.create", payment, {PAYMENT_KEY: str(payment.pk)}, amount=2500)
    handle, asked = stripe_sandbox.app.handle, []

    def answer_all(method: str, *rest: Any) -> Any:
        asked.append(method)
        ApiOperation.objects.update(status=Status.SUCCEEDED)
        return handle(method, *rest)

    monkeypatch.setattr(stripe_sandbox.app, "handle", answer_all)
    reconcile.run(steps=["unknown_calls"])
    assert asked.count("POST") == 1


@pytest.mark.parametrize(("fault", "status"), LOST)
def test_a_capture_is_finished(
    user: Any, stripe_sandbox: Any, fault: dict[str, Any], status: str
) -> None:
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "ticket", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id, VISA)
    StripeService.confirm_payment(payment)
    lose(stripe_sandbox, fault, "/capture", lambda: capture_payment(payment, "20.00"))
    assert resolved("payment_intent.capture").status == status
    payment.refresh_from_db()
    assert payment.amount_received == (2000 if status == Status.SUCCEEDED else 0)


@pytest.mark.parametrize(
    ("fault", "status", "paid"),
    [(CUT, Status.SUCCEEDED, "succeeded"), (FAILS, Status.FAILED, "requires_payment_method")],
)
def test_a_charge_of_an_absent_customer_is_looked_up_and_never_made_later(
    user: Any, stripe_sandbox: Any, fault: dict[str, Any], status: str, paid: str
) -> None:
    StripeService.add_payment_method(user, "pm_card_visa")
    lose(
        stripe_sandbox,
        fault,
        "/confirm",
        lambda: StripeService.charge_saved_method(user, "25.00", "ticket"),
    )
    assert resolved("payment_intent.confirm").status == status
    assert Payment.objects.get().status == paid


def test_a_card_is_attached_and_removed_for_good(user: Any, stripe_sandbox: Any) -> None:
    get_or_create_customer(user)
    made = get_client().v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    add = lambda: StripeService.add_payment_method(user, made.id)  # noqa: E731
    lose(stripe_sandbox, CUT, "/attach", add)
    assert resolved("payment_method.attach").status == Status.SUCCEEDED
    # Whether it is a copy of a saved card was for its caller to say; a run only stores it.
    reconcile.run(steps=["payment_methods"])
    method = PaymentMethod.objects.get()
    assert method.is_attached
    remove = lambda: StripeService.remove_payment_method(user, method)  # noqa: E731
    lose(stripe_sandbox, CUT, "/detach", remove)
    assert resolved("payment_method.detach").status == Status.SUCCEEDED
    method.refresh_from_db()
    assert not method.is_attached


def test_a_process_that_died_before_its_answer_is_found(user: Any, stripe_sandbox: Any) -> None:
    customer = Customer.objects.create(user=user)
    operation = ApiOperation.objects.create(
        kind="customer.create",
        target=f"customer:{customer.pk}",
        params={"metadata": {"django_user_id": str(user.pk)}},
    )
    reconcile.run(steps=["unknown_calls"])
    operation.refresh_from_db()
    assert operation.status == Status.PENDING, "it may be on its way"
    ApiOperation.objects.update(updated_at=timezone.now() - attempts.left_behind())
    reconcile.run(steps=["unknown_calls"])
    operation.refresh_from_db()
    customer.refresh_from_db()
    assert (operation.status, operation.stripe_id) == (Status.SUCCEEDED, customer.stripe_id)


def test_one_that_still_has_no_answer_is_named_and_asked_again(
    payment: Payment, stripe_sandbox: Any
) -> None:
    lose(stripe_sandbox, CUT, "/cancel", lambda: cancel_payment(payment))
    operation = ApiOperation.objects.get(status=Status.UNKNOWN)
    stripe_sandbox.faults.add("cut", method="POST", path="/cancel", times=3)
    report = reconcile.run(steps=["unknown_calls"])
    assert told(report) == {(str(operation.pk), "unknown", "needs_review")}
    assert told(reconcile.run(steps=["unknown_calls"])) == {
        (str(operation.pk), "unknown", "repaired")
    }


def test_a_call_that_is_not_of_this_app_is_for_a_person(stripe_sandbox: Any) -> None:
    ApiOperation.objects.create(kind="shop.gift", target="x", status=Status.UNKNOWN)
    [finding] = reconcile.run(steps=["unknown_calls"]).needs_review
    assert "by hand" in finding.detail


#: Writes to Stripe that are no operations, and why a lost answer does no harm.
NO_OPERATIONS = {
    "customers.mobile.make_ephemeral_key": "a secret for an hour, asked for again",
    "customers.mobile.open_session": "a secret for half an hour, asked for again",
    "disputes.evidence.add_file": "an upload that is not stored here is never submitted",
    "maintenance.erasure._delete_at_stripe": "deleting twice is deleting once; it is repeated",
    "webhooks.endpoints.create": "a person sees the result, and ``ensure`` finds what exists",
    "webhooks.endpoints.ensure": "updating twice is updating once",
    "webhooks.endpoints.remove": "deleting twice is deleting once",
    "webhooks.thin._notification": "no call: it parses what was delivered",
}


def test_every_write_in_the_source_is_the_call_of_a_registered_operation() -> None:
    prefix = "django_stripe_payments."
    calls = [operation.call for operation in operations.registered().values()]
    own = [call for call in calls if call.__module__.startswith(prefix)]
    named = {f"{call.__module__}.{call.__name__}".removeprefix(prefix) for call in own}
    assert len(named) == len(own)
    assert writes() == named | NO_OPERATIONS.keys()


def test_an_unknown_kind_stops_no_other(payment: Payment, stripe_sandbox: Any) -> None:
    ApiOperation.objects.create(kind="shop.gift", target="x", status=Status.UNKNOWN)
    lose(stripe_sandbox, CUT, "/cancel", lambda: cancel_payment(payment), unknown=2)
    ApiOperation.objects.create(kind="shop.gift", target="y", status=Status.UNKNOWN)
    assert resolved("payment_intent.cancel").status == Status.SUCCEEDED
    assert ApiOperation.objects.filter(kind="shop.gift", status=Status.UNKNOWN).count() == 2


def test_one_whose_row_is_gone_is_for_a_person(stripe_sandbox: Any) -> None:
    ApiOperation.objects.create(kind="customer.create", target="customer:0", status=Status.UNKNOWN)
    [finding] = reconcile.run(steps=["unknown_calls"]).needs_review
    assert "row is gone" in finding.detail


def test_a_refusal_is_an_outcome(payment: Payment, stripe_sandbox: Any) -> None:
    lose(stripe_sandbox, FAILS, "/cancel", lambda: cancel_payment(payment))
    stripe_sandbox.confirm(payment.stripe_id, VISA)
    report = reconcile.run()
    assert not report.needs_review
    assert ApiOperation.objects.get(kind="payment_intent.cancel").status == Status.FAILED
    payment.refresh_from_db()
    assert payment.status == "succeeded"
    with pytest.raises(StripePaymentsError):
        cancel_payment(payment)

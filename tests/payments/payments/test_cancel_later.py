"""A payment that somebody wants canceled is canceled, though Stripe or the process is down."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from django_stripe_payments import reconcile
from django_stripe_payments.exceptions import StripeUnavailable
from django_stripe_payments.models import ApiOperation, Fact, Payment
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api import attempts

pytestmark = pytest.mark.django_db(transaction=True)

VISA = "4242424242424242"


@pytest.fixture
def started(user: Any, stripe_sandbox: Any) -> Payment:
    payment, _intent = StripeService.create_payment_intent(
        user, "25.00", "hire", capture_method="manual"
    )
    return payment


@pytest.fixture
def reserved(started: Payment, stripe_sandbox: Any) -> Payment:
    stripe_sandbox.confirm(started.stripe_id, VISA)
    return StripeService.confirm_payment(started)


#: Stripe is not there at all, or too busy to cancel.
DOWN = {"kind": "cut", "times": 100}
BUSY = {"kind": "error", "status": 429, "path": "/cancel", "times": 100}


def cancel_in_vain(payment: Payment, sandbox: Any, fault: dict[str, Any] = DOWN) -> None:
    sandbox.faults.add(**fault)
    with pytest.raises(StripeUnavailable):
        StripeService.cancel_payment(payment)
    sandbox.faults.clear()


def later(past: timedelta = timedelta(0)) -> None:
    """Reconcile, when nobody can be at work on the call any more."""
    wishes = ApiOperation.objects.filter(kind="payment_intent.cancel")
    wishes.update(updated_at=timezone.now() - attempts.left_behind())
    for row in (wishes, Fact.objects):
        row.update(created_at=F("created_at") - past)
    reconcile.run(steps=["unknown_calls"])


def status(payment: Payment, sandbox: Any) -> tuple[str, str]:
    """As our row says, and as Stripe says."""
    payment.refresh_from_db()
    return payment.status, sandbox.object(payment.stripe_id)["status"]


def test_inside_a_transaction_stripe_is_asked_after_the_commit(
    reserved: Payment, stripe_sandbox: Any
) -> None:
    with transaction.atomic():
        StripeService.cancel_payment(reserved, "abandoned")
        assert stripe_sandbox.object(reserved.stripe_id)["status"] == "requires_capture"
    assert status(reserved, stripe_sandbox) == ("canceled", "canceled")


def test_a_rollback_takes_the_wish_with_it(reserved: Payment, stripe_sandbox: Any) -> None:
    with transaction.atomic():
        StripeService.cancel_payment(reserved)
        transaction.set_rollback(True)
    later()
    assert status(reserved, stripe_sandbox) == ("requires_capture", "requires_capture")


@pytest.mark.parametrize("past", [timedelta(0), timedelta(days=2)])
@pytest.mark.parametrize("fault", [DOWN, BUSY])
def test_what_stripe_did_not_answer_is_canceled_by_the_reconciler(
    reserved: Payment, stripe_sandbox: Any, fault: dict[str, Any], past: timedelta
) -> None:
    cancel_in_vain(reserved, stripe_sandbox, fault)
    later(past)
    assert status(reserved, stripe_sandbox) == ("canceled", "canceled")


def test_so_is_what_stripe_did_not_answer_after_a_commit(
    reserved: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.faults.add(**DOWN)
    with transaction.atomic():
        StripeService.cancel_payment(reserved)
    stripe_sandbox.faults.clear()
    assert status(reserved, stripe_sandbox) == ("requires_capture", "requires_capture")
    later()
    assert status(reserved, stripe_sandbox) == ("canceled", "canceled")


@pytest.mark.parametrize("fault", [DOWN, BUSY])
def test_who_paid_since_then_keeps_what_they_paid_for(
    started: Payment, stripe_sandbox: Any, fault: dict[str, Any]
) -> None:
    cancel_in_vain(started, stripe_sandbox, fault)
    stripe_sandbox.confirm(started.stripe_id, VISA)
    StripeService.confirm_payment(started)
    later()
    assert status(started, stripe_sandbox) == ("requires_capture", "requires_capture")


def test_what_was_captured_since_then_is_not_asked_for_again(
    reserved: Payment, stripe_sandbox: Any
) -> None:
    cancel_in_vain(reserved, stripe_sandbox)
    StripeService.capture_payment(reserved)
    later()
    assert status(reserved, stripe_sandbox) == ("succeeded", "succeeded")
    assert not attempts.unresolved().exists()

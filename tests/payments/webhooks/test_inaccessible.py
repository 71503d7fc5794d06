"""What Stripe refuses for good while an event is applied finishes the event."""

from collections.abc import Callable
from typing import Any

import pytest

from django_stripe_payments.maintenance.sweep import sweep
from django_stripe_payments.models import Dispute, Fact, PaymentMethod, Payout, WebhookEvent
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = pytest.mark.django_db

STATUSES = pytest.mark.parametrize("status", [403, 404])


def refuse(sandbox: Any, path: str, status: int) -> None:
    sandbox.faults.add("error", method="GET", path=path, status=status, times=20)


def requests(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every path that is asked from now on."""
    asked: list[str] = []
    take = sandbox.faults.take

    def note(method: str, path: str) -> Any:
        asked.append(path)
        return take(method, path)

    monkeypatch.setattr(sandbox.faults, "take", note)
    return asked


@pytest.fixture
def story(user: Any, stripe_sandbox: Any) -> dict[str, dict[str, Any]]:
    """An event of each kind whose object is fetched when it is applied."""
    customer = StripeService.get_or_create_customer(user).stripe_id
    _row, setup = StripeService.create_setup_intent(user)
    method = stripe_sandbox.confirm(setup.id, "4242424242424242")["payment_method"]
    get_client().v1.payment_methods.update(method, {"card": {"exp_month": 11}})
    get_client().v1.customers.update(
        customer, {"invoice_settings": {"default_payment_method": method}}
    )
    wanted = (
        "payment_method.attached",
        "payment_method.updated",
        "setup_intent.succeeded",
        "customer.updated",
    )
    return {kind: stripe_sandbox.events(kind)[-1] for kind in wanted}


@STATUSES
@pytest.mark.parametrize(
    "kind",
    [
        "payment_method.attached",
        "payment_method.updated",
        "setup_intent.succeeded",
        "customer.updated",
    ],
)
def test_a_refused_fetch_finishes_the_event(
    story: dict[str, Any],
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    kind: str,
    status: int,
) -> None:
    path = "/v1/customers" if kind == "customer.updated" else "/v1/payment_methods"
    refuse(stripe_sandbox, path, status)
    assert deliver(story[kind]).status_code == 200
    stored = WebhookEvent.objects.get()
    assert (stored.finished_at is not None, stored.attempts) == (True, 0)
    assert "Stripe refused" in stored.last_error
    assert sweep(only_due=False).left == 0


@STATUSES
def test_a_refused_dispute_is_believed_as_it_was_delivered(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], status: int
) -> None:
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")
    stripe_sandbox.confirm(intent.id, "4000000000000259")
    refuse(stripe_sandbox, "/v1/disputes", status)
    [opened] = stripe_sandbox.events("charge.dispute.created")
    assert deliver(opened).status_code == 200
    assert Dispute.objects.get().payment == payment
    assert "dispute_opened" in Fact.objects.values_list("kind", flat=True)


@STATUSES
def test_a_refused_payout_is_believed_as_it_was_delivered(
    stripe_sandbox: Any, deliver: Callable[..., Any], status: int
) -> None:
    refuse(stripe_sandbox, "/v1/payouts", status)
    payout = {
        "id": "po_1",
        "object": "payout",
        "amount": 100,
        "currency": "usd",
        "status": "paid",
        "created": 1_800_000_000,
        "arrival_date": 1_800_000_000,
    }
    event = {
        "id": "evt_payout",
        "object": "event",
        "type": "payout.paid",
        "created": 1_800_000_000,
        "livemode": False,
        "data": {"object": payout},
    }
    assert deliver(event).status_code == 200
    assert Payout.objects.get().status == "paid"
    assert Fact.objects.get().kind == "payout_paid"


def test_a_passing_failure_still_waits(
    story: dict[str, Any], stripe_sandbox: Any, deliver: Callable[..., Any], settings: Any
) -> None:
    settings.STRIPE_API_MAX_RETRIES = 0
    refuse(stripe_sandbox, "/v1/payment_methods", 500)
    assert deliver(story["payment_method.attached"]).status_code == 500
    assert WebhookEvent.objects.get().finished_at is None


def test_nothing_is_fetched_for_a_customer_that_is_not_ours(
    db: None,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = get_client().v1.customers.create().id
    setup = get_client().v1.setup_intents.create(
        {"customer": theirs, "automatic_payment_methods": {"enabled": True}}
    )
    stripe_sandbox.confirm(setup.id, "4242424242424242")
    events = stripe_sandbox.events()
    asked = requests(stripe_sandbox, monkeypatch)
    for event in events:
        assert deliver(event).status_code == 200
    assert (asked, PaymentMethod.objects.count()) == ([], 0)

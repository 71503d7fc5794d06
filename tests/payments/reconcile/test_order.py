"""Whatever webhooks are lost, one reconciliation makes both sides equal, and a second changes none.

The events that are lost are drawn, and so is whether the reconciliation may read them or has to
do with the objects alone.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_stripe_payments import reconcile
from django_stripe_payments.facts import kinds
from django_stripe_payments.models import Dispute, Payment, Payout, Refund
from django_stripe_payments.services import StripeService
from tests.payments.support.reconciling import OBJECTS, content
from tests.payments.support.refunding import in_dashboard, sum_at_stripe, sum_here

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

#: What is true for good once it happened, so that every road to it tells it.
LASTING = {
    "payment_succeeded",
    "payment_canceled",
    "payment_refunded",
    "refund_failed",
    "dispute_opened",
    "dispute_closed",
    "dispute_funds_withdrawn",
    "dispute_funds_reinstated",
    "payout_paid",
    "payout_failed",
}


def story(sandbox: Any, user: Any, choices: list[str]) -> None:
    """Do to one payment after another what is chosen."""
    for choice in choices:
        payment, intent = StripeService.create_payment_intent(user, "100.00", "ticket")
        if choice == "cancel":
            StripeService.cancel_payment(payment)
            continue
        if choice != "leave":
            sandbox.confirm(
                intent.id, "4000000000000002" if choice == "decline" else "4242424242424242"
            )
        if choice == "refund":
            in_dashboard(payment, 700)
        if choice == "failing refund":
            sandbox.finish_refund(in_dashboard(payment, 700), "failed")
        if choice == "dispute":
            sandbox.close_dispute(sandbox.dispute(intent.id)["id"], "won")


CHOICES = ["leave", "pay", "decline", "cancel", "refund", "failing refund", "dispute"]


def lasting(heard: Counter[str]) -> Counter[str]:
    return Counter({key: number for key, number in heard.items() if key.split(":")[0] in LASTING})


def assert_both_sides_say_the_same(sandbox: Any) -> None:
    for payment in Payment.objects.all():
        assert payment.status == sandbox.object(str(payment.stripe_id))["status"]
        assert sum_here(payment) == sum_at_stripe(sandbox, payment)
    mirrored = [*Refund.objects.all(), *Dispute.objects.all(), *Payout.objects.all()]
    for row in mirrored:
        assert row.status == sandbox.object(str(row.stripe_id))["status"]
    kinds = {"refund": Refund, "dispute": Dispute, "payout": Payout}
    for name, model in kinds.items():
        assert model._default_manager.count() == len(sandbox.world.store.tables.get(name, {}))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    choices=st.lists(st.sampled_from(CHOICES), min_size=1, max_size=4),
    paid_out=st.booleans(),
    lost=st.floats(0, 1),
    seed=st.integers(0, 1000),
    by_objects=st.booleans(),
)
def test_any_webhooks_may_be_lost(
    user: Any,
    stripe_sandbox: Any,
    client: Client,
    connect: Callable[..., None],
    choices: list[str],
    paid_out: bool,
    lost: float,
    seed: int,
    by_objects: bool,
) -> None:
    heard: Counter[str] = Counter()
    for kind, known in kinds.registered().items():
        uid = f"{kind}-heard"
        known.signal.disconnect(dispatch_uid=uid)
        connect(known.signal, lambda fact, **_: heard.update([fact.key]), dispatch_uid=uid)
    story(stripe_sandbox, user, [*choices, "pay"])
    if paid_out:
        stripe_sandbox.finish_payout(stripe_sandbox.pay_out()["id"])
    stripe_sandbox.deliver(client, drop=lost, duplicates=0.3, shuffle=True, seed=seed)

    steps = [*OBJECTS, "leftovers"] if by_objects else None
    report = reconcile.run(steps=steps)
    assert not report.needs_review
    assert_both_sides_say_the_same(stripe_sandbox)
    assert set(lasting(heard).values()) <= {1}
    unpaid = sum(choices.count(choice) for choice in ("leave", "decline", "cancel"))
    told = Counter(key.split(":")[0] for key in lasting(heard))
    assert told["payment_succeeded"] == len(choices) + 1 - unpaid
    assert told["payment_canceled"] == choices.count("cancel")
    assert told["payment_refunded"] >= choices.count("refund")
    assert told["refund_failed"] == choices.count("failing refund")
    assert told["dispute_opened"] == told["dispute_closed"] == choices.count("dispute")
    assert told["payout_paid"] == paid_out

    before, said = content(), Counter(heard)
    assert reconcile.run(steps=steps).is_clean
    assert content() == before
    assert heard == said

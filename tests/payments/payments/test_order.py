"""In whatever order and however often news arrives, it ends in the same state and facts."""

import itertools
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_stripe_payments import signals
from django_stripe_payments.models import Fact, Payment, WebhookEvent
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

#: Which fact an event of Stripe's states.
FACTS = {
    "payment_intent.requires_action": "payment_requires_action",
    "payment_intent.payment_failed": "payment_failed",
    "payment_intent.processing": "payment_processing",
    "payment_intent.succeeded": "payment_succeeded",
    "payment_intent.canceled": "payment_canceled",
}

THREE_D_SECURE = "4000002760003184"
DECLINED = "4000000000000002"
SLOW_CARD = "pm_card_processing"


@pytest.fixture
def story(payment: Payment, stripe_sandbox: Any) -> list[dict[str, Any]]:
    """The events of a payment that went through everything before it succeeded."""
    sandbox, intent = stripe_sandbox, payment.stripe_id
    sandbox.confirm(intent, THREE_D_SECURE)
    sandbox.authenticate(intent, succeed=False)
    sandbox.confirm(intent, SLOW_CARD)
    sandbox.settle(intent, succeed=True)
    events = [e for e in sandbox.events() if e["type"].startswith("payment_intent.")]
    assert [e["type"].removeprefix("payment_intent.") for e in events] == [
        "created",
        "requires_action",
        "payment_failed",
        "processing",
        "succeeded",
    ]
    # Stripe's clock has seconds: nothing may hang on the order of these.
    return [{**event, "created": events[0]["created"]} for event in events]


def forget(payment: Payment) -> None:
    """Put the payment back to where it was before any news."""
    Fact.objects.all().delete()
    WebhookEvent.objects.all().delete()
    fresh = {"status": "requires_payment_method", "charge_id": "", "amount_received": 0}
    Payment.objects.filter(pk=payment.pk).update(
        **fresh, failure_code="", failure_message="", succeeded_at=None
    )


def outcome(payment: Payment) -> dict[str, Any]:
    payment.refresh_from_db()
    kept = ("status", "amount_received", "charge_id", "failure_code", "failure_message")
    return {
        **{name: getattr(payment, name) for name in kept},
        "facts": sorted(payment.facts.values_list("key", flat=True)),
    }


def test_every_permutation_ends_alike(
    payment: Payment, story: list[dict[str, Any]], deliver: Callable[..., Any]
) -> None:
    shuffler = random.Random(7)  # noqa: S311
    ends = []
    for order in itertools.permutations(story):
        repeated = [*order, shuffler.choice(order)]
        assert {deliver(event).status_code for event in repeated} == {200}
        ends.append(outcome(payment))
        forget(payment)
    assert ends[0]["status"] == "succeeded"
    assert len(ends[0]["facts"]) == 4
    assert all(end == ends[0] for end in ends)


def test_after_the_money_nobody_hears_of_an_earlier_decline(
    story: list[dict[str, Any]], deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    for name in ("payment_failed", "payment_processing", "payment_succeeded"):
        connect(
            getattr(signals, name),
            lambda fact, **named: heard.append(fact.kind),
            dispatch_uid=name,
        )
    for event in reversed(story):
        deliver(event)
    assert heard == ["payment_succeeded"]
    assert Fact.objects.get(kind="payment_failed").overtaken


def test_two_declines_are_two_facts(
    payment: Payment, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    for _ in range(2):
        stripe_sandbox.confirm(payment.stripe_id, DECLINED)
    for event in stripe_sandbox.events("payment_intent.payment_failed"):
        deliver(event)
        deliver(event)
    assert Fact.objects.filter(kind="payment_failed").count() == 2
    payment.refresh_from_db()
    assert payment.failure_code == "generic_decline"
    assert payment.failure_message


def test_a_success_clears_what_an_earlier_decline_left(
    payment: Payment, stripe_sandbox: Any
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, DECLINED)
    assert StripeService.confirm_payment(payment).failure_code == "generic_decline"
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    assert StripeService.confirm_payment(payment).failure_code == ""


def act(sandbox: Any, intent: str, action: str) -> None:
    """Let the customer or the bank do something, if it is possible at this moment."""
    status = sandbox.object(intent)["status"]
    payable = status in {"requires_payment_method", "requires_confirmation"}
    cards = {"pay": "pm_card_visa", "decline": DECLINED, "ask": THREE_D_SECURE}
    if action in cards and payable:
        sandbox.confirm(intent, cards[action])
    elif action == "slow" and payable:
        sandbox.confirm(intent, SLOW_CARD)
    elif action in {"agree", "refuse"} and status == "requires_action":
        sandbox.authenticate(intent, succeed=action == "agree")
    elif action in {"arrive", "bounce"} and status == "processing":
        sandbox.settle(intent, succeed=action == "arrive")
    elif action == "cancel" and status not in {"processing", "succeeded", "canceled"}:
        get_client().v1.payment_intents.cancel(intent)


ACTIONS = ["pay", "decline", "ask", "slow", "agree", "refuse", "arrive", "bounce", "cancel"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from([*ACTIONS, "deliver", "reload"]), max_size=14),
    shuffler=st.randoms(use_true_random=False),
)
def test_any_story_in_any_order_ends_as_stripe_says(
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    steps: list[str],
    shuffler: random.Random,
) -> None:
    payment, intent = StripeService.create_payment_intent(user, "25.00", "ticket")

    def events() -> list[dict[str, Any]]:
        return [e for e in stripe_sandbox.events() if e["data"]["object"]["id"] == intent.id]

    for step in steps:
        if step == "deliver":
            assert deliver(shuffler.choice(events())).status_code == 200
        elif step == "reload":
            StripeService.confirm_payment(payment)
        else:
            act(stripe_sandbox, intent.id, step)
    last = events() * 2
    shuffler.shuffle(last)
    assert {deliver(event).status_code for event in last} <= {200}

    payment.refresh_from_db()
    assert payment.status == stripe_sandbox.object(intent.id)["status"]
    said = Counter(FACTS[e["type"]] for e in events() if e["type"] in FACTS)
    assert Counter(payment.facts.values_list("kind", flat=True)) == said

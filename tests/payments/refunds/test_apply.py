"""What Stripe says of refunds arrives in any order, twice and late, and ends in one state."""

import contextlib
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_stripe_payments import signals
from django_stripe_payments.exceptions import (
    OutcomeUnknown,
    RefundExceedsBalance,
    StripeCallFailed,
    StripePaymentsError,
)
from django_stripe_payments.models import ApiOperation, Fact, Payment, Refund, WebhookEvent
from django_stripe_payments.refunds import (
    apply as refund_apply,
)
from django_stripe_payments.refunds import (
    balance as refund_balance,
)
from django_stripe_payments.refunds import (
    execute as refund_execute,
)
from django_stripe_payments.sandbox.wire.errors import ApiError
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.refunding import (
    FAILING_REFUNDS,
    PENDING_REFUNDS,
    VISA,
    at_stripe,
    in_dashboard,
    paid_payment,
    sum_at_stripe,
    sum_here,
)

pytestmark = pytest.mark.django_db

ABOUT_REFUNDS = ("refund.", "charge.refund")


def events_of_refunds(sandbox: Any) -> list[dict[str, Any]]:
    return [event for event in sandbox.events() if event["type"].startswith(ABOUT_REFUNDS)]


def test_a_refund_made_in_the_dashboard_appears(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[Refund] = []
    connect(signals.payment_refunded, lambda refund, **named: heard.append(refund))
    payment = paid_payment(stripe_sandbox, user)
    theirs = in_dashboard(payment, 700, reason="duplicate")
    for event in events_of_refunds(stripe_sandbox) * 2:
        assert deliver(event).status_code == 200
    refund = Refund.objects.get()
    assert (refund.stripe_id, refund.amount, refund.status) == (theirs, 700, "succeeded")
    assert (refund.payment, refund.reason, refund.requested_by) == (payment, "duplicate", None)
    assert heard == [refund]
    assert sum_here(payment) == 700
    with pytest.raises(RefundExceedsBalance):
        StripeService.refund_payment(payment, "18.01")


def test_charge_refunded_alone_finds_all_refunds_of_the_payment(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    for amount in (100, 200):
        in_dashboard(payment, amount)
    assert deliver(stripe_sandbox.events("charge.refunded")[0]).status_code == 200
    assert sum_here(payment) == 300


def test_a_refund_that_fails_afterwards_reopens_the_amount(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[tuple[str, Refund]] = []
    for signal in (signals.payment_refunded, signals.refund_failed):
        connect(signal, lambda fact, refund, **named: heard.append((fact.kind, refund)))
    payment = paid_payment(stripe_sandbox, user, card=FAILING_REFUNDS)
    refund = StripeService.refund_payment(payment)
    assert sum_here(payment) == 2500
    stripe_sandbox.finish_refund(refund.stripe_id, "failed")
    for event in events_of_refunds(stripe_sandbox):
        deliver(event)
    refund.refresh_from_db()
    assert (refund.status, refund.failure_reason) == ("failed", "expired_or_canceled_card")
    assert heard == [("payment_refunded", refund), ("refund_failed", refund)]
    assert sum_here(payment) == 0
    assert StripeService.refund_payment(payment).status == "succeeded"


def test_nobody_is_told_of_a_refund_that_had_come_back_already(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any], connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    for signal in (signals.payment_refunded, signals.refund_failed):
        connect(signal, lambda fact, **named: heard.append(fact.kind))
    payment = paid_payment(stripe_sandbox, user)
    stripe_sandbox.finish_refund(in_dashboard(payment, 2500), "failed")
    for event in reversed(events_of_refunds(stripe_sandbox)):
        deliver(event)
    assert heard == ["refund_failed"]
    assert Fact.objects.get(kind="payment_refunded").overtaken


def test_a_canceled_refund_stays_canceled(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user, card=PENDING_REFUNDS)
    theirs = in_dashboard(payment, 500)
    stripe_sandbox.finish_refund(theirs, "requires_action")
    get_client().v1.refunds.cancel(theirs)
    for event in reversed(events_of_refunds(stripe_sandbox)):
        assert deliver(event).status_code == 200
    assert Refund.objects.get().status == "canceled"
    assert sum_here(payment) == 0


def test_what_a_partial_capture_lets_go_is_no_refund(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment, intent = StripeService.create_payment_intent(
        user, "25.00", "ticket", capture_method="manual"
    )
    stripe_sandbox.confirm(intent.id)
    get_client().v1.payment_intents.capture(intent.id, {"amount_to_capture": 2000})
    for event in stripe_sandbox.events():
        assert deliver(event).status_code == 200
    assert Refund.objects.count() == 0
    assert StripeService.refund_payment(payment).amount == 2000


def test_the_event_of_a_foreign_refund_is_left_alone(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    in_dashboard(payment, 500)
    Fact.objects.all().delete()
    payment.delete()
    for event in events_of_refunds(stripe_sandbox):
        assert deliver(event).status_code == 200
    assert Refund.objects.count() == 0


def test_the_refund_of_a_copied_key_is_a_row_of_its_own(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    ours = StripeService.refund_payment(payment, 5)
    in_dashboard(payment, 500, metadata={"django_refund_id": str(ours.pk)})
    for event in events_of_refunds(stripe_sandbox):
        assert deliver(event).status_code == 200
    assert Refund.objects.count() == 2
    assert sum_here(payment) == 1000


def test_the_refund_of_a_copied_key_does_not_answer_for_one_of_another_amount(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    waiting = Refund.objects.create(payment=payment, amount=1000, currency="usd")
    in_dashboard(payment, 500, metadata={"django_refund_id": str(waiting.pk)})
    for event in events_of_refunds(stripe_sandbox):
        assert deliver(event).status_code == 200
    waiting.refresh_from_db()
    assert (waiting.stripe_id, waiting.status) == (None, "pending")
    assert sum_here(payment) == 1500


def test_a_refund_that_is_not_booked_yet_counts(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    """Only after a partial capture may one without a booking be what was let go."""
    payment = paid_payment(stripe_sandbox, user)
    in_dashboard(payment, 500)
    created = stripe_sandbox.events("refund.created")[0]
    created["data"]["object"]["balance_transaction"] = None
    assert deliver(created).status_code == 200
    assert sum_here(payment) == 500


def test_stripes_yes_is_stronger_than_the_refusal_that_we_noted(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    payment = paid_payment(stripe_sandbox, user)
    stripe_sandbox.faults.add("cut", method="POST", path="/v1/refunds", times=3)
    with pytest.raises(OutcomeUnknown):
        StripeService.refund_payment(payment)
    refund = Refund.objects.get()
    assert refund_apply.void(refund, "we were wrong")
    assert sum_here(payment) == 0
    deliver(stripe_sandbox.events("refund.created")[0])
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert sum_here(payment) == 2500


def test_never_more_is_counted_than_arrived(
    user: Any, stripe_sandbox: Any, deliver: Callable[..., Any]
) -> None:
    """The dashboard refunds what a refund of ours reserved and could not send yet."""
    payment = paid_payment(stripe_sandbox, user)
    stripe_sandbox.faults.add("error", path="/v1/refunds", status=429)
    with pytest.raises(Exception, match="rate limit"):
        StripeService.refund_payment(payment, 20)
    in_dashboard(payment, 2500)
    deliver(stripe_sandbox.events("refund.created")[0])
    payment.refresh_from_db()
    assert (payment.amount_refunded, payment.refundable) == (2500, 0)
    with pytest.raises(StripeCallFailed):
        StripeService.refund_payment(payment, 20)
    assert sum_here(payment) == 2500


# Any order


def forget(payment: Payment, ours: Refund | None) -> None:
    """Put everything back to where it was before any news."""
    Fact.objects.all().delete()
    WebhookEvent.objects.all().delete()
    Refund.objects.filter(payment=payment).exclude(pk=ours and ours.pk).delete()
    fresh: dict[str, Any] = {"status": "requires_payment_method", "amount_received": 0}
    Payment.objects.filter(pk=payment.pk).update(**fresh, amount_refunded=0, succeeded_at=None)
    if ours is not None:
        Refund.objects.filter(pk=ours.pk).update(
            stripe_id=None, status="pending", failure_reason=""
        )


def outcome(payment: Payment) -> dict[str, Any]:
    payment.refresh_from_db()
    kept = ("stripe_id", "amount", "status", "failure_reason", "reason")
    stripe_ids = {
        str(pk): stripe_id for pk, stripe_id in payment.refunds.values_list("pk", "stripe_id")
    }
    facts = [(fact.kind, stripe_ids.get(fact.subject_id)) for fact in Fact.objects.all()]
    return {
        "payment": (payment.status, payment.amount_received, payment.amount_refunded),
        "refunds": sorted(payment.refunds.values_list(*kept)),
        # That a refund had succeeded is overtaken in some orders, and a fact in all of them.
        "facts": sorted((kind, refund or "") for kind, refund in facts),
    }


@pytest.mark.slow
@pytest.mark.parametrize("maker", ["site", "dashboard"])
@pytest.mark.parametrize(
    ("card", "statuses"),
    [
        (VISA, []),
        (FAILING_REFUNDS, ["failed"]),
        (PENDING_REFUNDS, ["requires_action"]),
        (PENDING_REFUNDS, ["succeeded"]),
        (PENDING_REFUNDS, ["succeeded", "failed"]),
        (PENDING_REFUNDS, ["requires_action", "canceled"]),
    ],
)
def test_every_order_ends_alike(
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    card: str,
    statuses: list[str],
    maker: str,
) -> None:
    payment = paid_payment(stripe_sandbox, user, card=card)
    ours = StripeService.refund_payment(payment, 20) if maker == "site" else None
    theirs = str(ours.stripe_id) if ours else in_dashboard(payment, 2000)
    for status in statuses:
        stripe_sandbox.finish_refund(theirs, status)
    told = ("payment_intent.succeeded", *ABOUT_REFUNDS)
    story = [e for e in stripe_sandbox.events() if e["type"].startswith(told)]
    story = [{**event, "created": story[0]["created"]} for event in story]

    ends = []
    for order in orders(story):
        forget(payment, ours)
        assert {deliver(event).status_code for event in order} == {200}
        ends.append(outcome(payment))
    assert all(end == ends[0] for end in ends)
    (refund,) = ends[0]["refunds"]
    assert refund[2] == stripe_sandbox.object(theirs)["status"]
    expected = 0 if refund[2] in Refund.VOID_STATUSES else 2000
    assert ends[0]["payment"] == ("succeeded", 2500, expected)
    kinds = {kind for kind, _ in ends[0]["facts"]}
    assert ("refund_failed" in kinds) == (refund[2] in Refund.VOID_STATUSES)
    assert len(kinds) == len(ends[0]["facts"])


def orders(story: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """All orders of up to four events, and twenty of more; in each, one event comes again."""
    shuffler = random.Random(len(story))  # noqa: S311
    if len(story) <= 4:
        plain = [list(order) for order in itertools.permutations(story)]
    else:
        plain = [shuffler.sample(story, len(story)) for _ in range(20)]
        plain += [story, story[::-1]]
    return [[*order, shuffler.choice(order)] for order in plain]


# Any story

AMOUNTS = st.sampled_from([100, 300, 750, 1250, 2500])
STEPS = st.one_of(
    st.tuples(st.sampled_from(["refund", "lose", "limit", "dashboard"]), AMOUNTS),
    st.tuples(st.sampled_from(["deliver", "sweep", "rest"]), st.just(0)),
    st.tuples(st.sampled_from(["succeeded", "failed", "requires_action", "canceled"]), st.just(0)),
)


def step(sandbox: Any, payment: Payment, action: str, amount: int, shuffler: random.Random) -> None:
    """Do one thing that a site, a person at Stripe or a bank may do."""
    statuses = ("succeeded", "failed", "requires_action", "canceled")
    if action in ("refund", "lose", "limit", "rest"):
        if action == "lose":
            sandbox.faults.add("cut", method="POST", path="/v1/refunds", times=3)
        if action == "limit":
            sandbox.faults.add("error", method="POST", path="/v1/refunds", status=429)
        StripeService.refund_payment(payment, f"{amount / 100:.2f}" if amount else None)
    elif action == "dashboard":
        in_dashboard(payment, amount)
    elif action in statuses and (made := at_stripe(sandbox, payment)):
        sandbox.finish_refund(shuffler.choice(made)["id"], action)


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    card=st.sampled_from([VISA, PENDING_REFUNDS]),
    steps=st.lists(STEPS, max_size=12),
    shuffler=st.randoms(use_true_random=False),
)
def test_any_story_ends_with_the_same_sum_on_both_sides(
    user: Any,
    stripe_sandbox: Any,
    deliver: Callable[..., Any],
    card: str,
    steps: list[tuple[str, int]],
    shuffler: random.Random,
) -> None:
    payment = paid_payment(stripe_sandbox, user, card=card)

    def events() -> list[dict[str, Any]]:
        about = [e for e in stripe_sandbox.events() if e["type"].startswith(ABOUT_REFUNDS)]
        return [e for e in about if e["data"]["object"]["payment_intent"] == payment.stripe_id]

    for action, amount in steps:
        if action == "deliver" and events():
            assert deliver(shuffler.choice(events())).status_code == 200
        elif action == "sweep":
            list(refund_execute.finish_left_behind(only_due=False))
        else:
            with contextlib.suppress(StripePaymentsError, ApiError, stripe.StripeError):
                step(stripe_sandbox, payment, action, amount, shuffler)
            stripe_sandbox.faults.clear()
        payment.refresh_from_db()
        assert 0 <= payment.amount_refunded <= payment.amount_received == 2500
        assert sum_at_stripe(stripe_sandbox, payment) <= 2500

    last = events() * 2
    shuffler.shuffle(last)
    assert {deliver(event).status_code for event in last} <= {200}
    list(refund_execute.finish_left_behind(only_due=False))

    assert sum_here(payment) == sum_at_stripe(stripe_sandbox, payment)
    here = payment.refunds.exclude(stripe_id=None).values_list("stripe_id", "status")
    assert sorted(here) == sorted(
        (r["id"], r["status"]) for r in at_stripe(stripe_sandbox, payment)
    )
    assert not payment.refunds.filter(stripe_id=None).exclude(status="failed").exists()
    facts = list(Fact.objects.filter(payment=payment).values_list("key", flat=True))
    assert len(facts) == len(set(facts))


def test_a_sum_is_counted_from_the_refunds_that_stand(user: Any, stripe_sandbox: Any) -> None:
    payment = paid_payment(stripe_sandbox, user)
    for status in Refund.Status:
        Refund.objects.create(payment=payment, amount=100, currency="usd", status=status)
    refund_balance.recount(payment.pk)
    assert sum_here(payment) == 300
    Refund.objects.all().delete()
    refund_balance.recount(payment.pk)
    assert sum_here(payment) == 0
    assert not ApiOperation.objects.filter(kind="refund.create").exists()

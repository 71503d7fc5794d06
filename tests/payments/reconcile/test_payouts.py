"""Payouts are mirrored, announced once, and tied to the payments that they bring."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from django_stripe_payments import reconcile, signals
from django_stripe_payments.models import (
    BalanceTransaction,
    Dispute,
    Fact,
    Payment,
    Payout,
    Refund,
    SyncRun,
)
from django_stripe_payments.payouts import apply as payout_apply
from django_stripe_payments.payouts import items as payout_items
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import told
from tests.payments.support.refunding import in_dashboard, paid_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid_out(user: Any, stripe_sandbox: Any) -> dict[str, Any]:
    """A payout of two payments, a refund, a dispute, and somebody else's charge."""
    first = paid_payment(stripe_sandbox, user, "100.00")
    second = paid_payment(stripe_sandbox, user, "25.00")
    in_dashboard(first, 700)
    stripe_sandbox.dispute(second.stripe_id)
    foreign = get_client().v1.payment_intents.create({"amount": 900, "currency": "usd"})
    stripe_sandbox.confirm(foreign.id)
    made: dict[str, Any] = stripe_sandbox.pay_out()
    return made


def test_a_payout_is_tied_to_what_it_brings(paid_out: dict[str, Any]) -> None:
    reconcile.run()
    payout = Payout.objects.get()
    assert (payout.stripe_id, payout.amount) == (paid_out["id"], paid_out["amount"])
    assert sum(item.net for item in payout.balance_transactions.all()) == payout.amount
    tied = {
        (item.type, item.payment, item.refund, item.dispute)
        for item in payout.balance_transactions.all()
    }
    first, second = Payment.objects.order_by("-amount")
    assert tied == {
        ("charge", first, None, None),
        ("charge", second, None, None),
        ("charge", None, None, None),
        ("refund", first, Refund.objects.get(), None),
        ("adjustment", second, None, Dispute.objects.get()),
    }


def test_what_was_itemized_is_not_asked_for_again(
    paid_out: dict[str, Any], stripe_sandbox: Any
) -> None:
    reconcile.run(steps=["payouts"])
    stripe_sandbox.faults.add("error", path="/v1/balance_transactions", times=9)
    assert reconcile.run(steps=["payouts"]).is_clean


def test_items_that_do_not_add_up_are_for_a_person(
    paid_out: dict[str, Any], stripe_sandbox: Any
) -> None:
    stripe_sandbox.world.store.find("payout", paid_out["id"])["amount"] += 1
    report = reconcile.run(steps=["payouts"])
    assert (paid_out["id"], "items", "needs_review") in told(report)


def test_it_is_followed_to_its_end_and_beyond(
    paid_out: dict[str, Any], stripe_sandbox: Any, connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    connect(signals.payout_paid, lambda payout, **_: heard.append(f"paid {payout.status}"))
    connect(signals.payout_failed, lambda payout, **_: heard.append(payout.failure_code))
    reconcile.run(steps=["payouts"])
    stripe_sandbox.finish_payout(paid_out["id"])
    reconcile.run(steps=["payouts"])
    reconcile.run(steps=["payouts"])
    Payout.objects.update(created=timezone.now() - timedelta(days=60), status="in_transit")
    stripe_sandbox.finish_payout(paid_out["id"], "failed")
    reconcile.run(steps=["open_payouts"])
    assert heard == ["paid paid", "account_closed"]


def test_its_events_say_the_same_once(
    paid_out: dict[str, Any], stripe_sandbox: Any, client: Client, connect: Callable[..., None]
) -> None:
    heard: list[str] = []
    connect(signals.payout_paid, lambda payout, **_: heard.append(payout.stripe_id))
    stripe_sandbox.finish_payout(paid_out["id"])
    answers = stripe_sandbox.deliver(client, duplicates=1.0, shuffle=True, seed=5)
    assert {answer.status_code for answer in answers} == {200}
    reconcile.run()
    assert heard == [paid_out["id"]]
    assert Payout.objects.get().status == "paid"
    assert Fact.objects.filter(kind__startswith="payout_").count() == 1


@pytest.mark.parametrize(
    ("late", "end", "expected"),
    [("pending", "paid", ["payout_paid"]), ("paid", "failed", ["payout_failed", "payout_paid"])],
)
def test_what_an_old_event_says_and_what_is_true_now_are_both_told(
    paid_out: dict[str, Any], stripe_sandbox: Any, late: str, end: str, expected: list[str]
) -> None:
    stripe_sandbox.finish_payout(paid_out["id"], end)
    payout_apply.apply({**paid_out, "status": late})
    told = Fact.objects.filter(kind__startswith="payout_").values_list("kind", flat=True)
    assert sorted(told) == expected


def test_what_one_that_failed_had_to_bring_another_one_brings(paid_out: dict[str, Any]) -> None:
    reconcile.run(steps=["payouts"])
    first = Payout.objects.get()
    second = Payout.objects.create(
        stripe_id="po_2",
        amount=first.amount,
        currency="usd",
        arrival_date=first.arrival_date,
        created=first.created,
    )
    transactions = [item for item in payout_items.fetch(first) if item["type"] != "payout"]
    payout_items.store(second, transactions)
    assert not first.balance_transactions.exists()
    assert second.balance_transactions.count() == len(transactions) > 0


def test_it_arrives_on_the_day_that_stripe_names(paid_out: dict[str, Any]) -> None:
    """Its midnight in UTC is the evening before in Chicago, where this site is."""
    reconcile.run(steps=["payouts"])
    day = datetime.fromtimestamp(paid_out["arrival_date"], UTC).date()
    assert Payout.objects.get().arrival_date == day


def test_a_manual_payout_has_no_balance_transactions(user: Any, stripe_sandbox: Any) -> None:
    paid_payment(stripe_sandbox, user)
    get_client().v1.payouts.create({"amount": 100, "currency": "usd"})
    report = reconcile.run(steps=["payouts"])
    assert {problem for _, problem, _ in told(report)} == {"missing"}
    assert not Payout.objects.get().automatic
    assert not Payout.objects.get().balance_transactions.exists()


@pytest.mark.parametrize("state", ["in_progress", "completed"])
def test_an_older_one_whose_parts_are_not_known_yet_is_asked_for(
    paid_out: dict[str, Any], state: str
) -> None:
    reconcile.run(steps=["payouts"])
    old = timezone.now() - timedelta(days=40)
    items = BalanceTransaction.objects.count()
    BalanceTransaction.objects.all().delete()
    Payout.objects.update(created=old, status="paid", itemized_at=None, reconciliation_status=state)
    reconcile.run(steps=["open_payouts"])
    assert BalanceTransaction.objects.count() == items > 0


def test_older_ones_that_are_over_are_not_even_read(paid_out: dict[str, Any]) -> None:
    """A shop of ten years has thousands."""
    reconcile.run(steps=["payouts"])
    Payout.objects.update(created=timezone.now() - timedelta(days=40), status="paid")
    reconcile.run(steps=["open_payouts"])
    assert SyncRun.objects.latest("pk").position == ""

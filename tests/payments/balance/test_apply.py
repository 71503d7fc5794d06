"""Balance transactions are stored once, tied to what they are about, and never changed."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments import reconcile
from django_stripe_payments.balance import apply as balance_apply
from django_stripe_payments.models import BalanceTransaction, Payment, Payout
from django_stripe_payments.stripe_api.client import get_client
from tests.payments.support.reconciling import content
from tests.payments.support.refunding import in_dashboard, paid_payment

pytestmark = pytest.mark.django_db


def listed() -> list[dict[str, Any]]:
    found = get_client().v1.balance_transactions.list({"expand": ["data.source"]})
    return [each.to_dict(for_json=True) for each in found.auto_paging_iter()]


@pytest.fixture
def paid(user: Any, stripe_sandbox: Any) -> Payment:
    payment: Payment = paid_payment(stripe_sandbox, user, "100.00")
    in_dashboard(payment, 700)
    return payment


def test_they_are_tied_to_what_they_are_about(paid: Payment) -> None:
    assert balance_apply.apply(listed()) == 2
    charge, refund = BalanceTransaction.objects.order_by("-amount")
    assert (charge.type, charge.amount, charge.payment) == ("charge", 10_000, paid)
    assert charge.net == charge.amount - charge.fee
    assert (refund.type, refund.amount, refund.payment) == ("refund", -700, paid)


def test_what_is_stored_stays_as_it_is(paid: Payment) -> None:
    balance_apply.apply(listed())
    before = list(BalanceTransaction.objects.values())
    balance_apply.apply([{**each, "amount": 1, "type": "other"} for each in listed()])
    assert list(BalanceTransaction.objects.values()) == before


def test_a_payout_takes_what_another_did_not_bring(paid: Payment) -> None:
    first, second = (
        Payout.objects.create(
            stripe_id=stripe_id,
            amount=1,
            currency="usd",
            status="paid",
            arrival_date="2026-11-30",
            created="2026-11-30T00:00Z",
        )
        for stripe_id in ("po_1", "po_2")
    )
    balance_apply.apply(listed(), payout=first)
    balance_apply.apply(listed(), payout=second)
    assert set(BalanceTransaction.objects.values_list("payout", flat=True)) == {second.pk}


def test_an_exchange_rate_is_exact(paid: Payment) -> None:
    [first, *_rest] = listed()
    balance_apply.apply([{**first, "exchange_rate": 0.849235}])
    assert BalanceTransaction.objects.get().exchange_rate == Decimal("0.849235")


def test_events_bring_those_that_they_name(user: Any, stripe_sandbox: Any, client: Client) -> None:
    payment = paid_payment(stripe_sandbox, user, "100.00")
    stripe_sandbox.finish_refund(in_dashboard(payment, 700), "failed")
    stripe_sandbox.dispute(payment.stripe_id)
    stripe_sandbox.deliver(client)
    kept = BalanceTransaction.objects.all()
    assert {each.stripe_id for each in kept} == {each["id"] for each in listed()}
    assert {each.payment for each in kept} == {payment}
    refund, dispute = payment.refunds.get(), payment.disputes.get()
    assert [each.amount for each in refund.balance_transactions.order_by("amount")] == [-700, 700]
    assert dispute.balance_transactions.get().amount == -10_000


def test_a_reconciliation_stores_every_one_and_a_second_none(paid: Payment) -> None:
    report = reconcile.run(steps=["balance_transactions"])
    assert report.counts["balance_transaction"] == {"compared": 2, "stored": 2}
    before = content()
    report = reconcile.run(steps=["balance_transactions"])
    assert report.counts["balance_transaction"] == {"compared": 2}
    assert content() == before


def test_what_one_is_about_is_added_when_it_is_known(paid: Payment, stripe_sandbox: Any) -> None:
    balance_apply.apply(listed())
    BalanceTransaction.objects.update(payment=None)
    balance_apply.apply(listed())
    assert not BalanceTransaction.objects.filter(payment=None).exists()


def test_a_refund_counts_although_its_balance_transaction_cannot_be_read(
    paid: Payment, stripe_sandbox: Any, client: Client
) -> None:
    stripe_sandbox.deliver(client)
    BalanceTransaction.objects.all().delete()
    in_dashboard(paid, 300)
    stripe_sandbox.faults.add("error", path="/v1/balance_transactions", status=403, times=9)
    answers = stripe_sandbox.deliver(client)
    assert {answer.status_code for answer in answers} <= {200}
    paid.refresh_from_db()
    assert paid.amount_refunded == 1000

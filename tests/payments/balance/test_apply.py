"""Balance transactions are stored once, tied to what they are about, and never changed."""

from decimal import Decimal
from typing import Any

import pytest

from django_stripe_payments.balance import apply as balance_apply
from django_stripe_payments.models import BalanceTransaction, Payment, Payout
from django_stripe_payments.stripe_api.client import get_client
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

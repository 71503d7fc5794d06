"""Charges are kept with what the network answered, in whatever order their news arrives."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from django_stripe_payments.balance import charges
from django_stripe_payments.models import Charge, Payment
from django_stripe_payments.sandbox.shapes.charge import charge as shape


def snapshot(**changes: Any) -> dict[str, Any]:
    """A charge of 25.00 by a Visa card, as Stripe described it at some moment."""
    card = {"brand": "visa", "last4": "4242", "country": "US", "wallet": {"type": "apple_pay"}}
    return shape(created=1_790_000_000) | {
        "id": "ch_1",
        "amount": 2500,
        "payment_intent": "pi_1",
        "payment_method_details": {"type": "card", "card": card},
        "outcome": {"type": "authorized", "network_status": "approved_by_network"},
        **changes,
    }


#: The life of a charge that was reserved, captured in part, settled and disputed.
LIFE = [
    snapshot(status="succeeded"),
    snapshot(status="succeeded", captured=True, amount_captured=2000),
    snapshot(status="succeeded", captured=True, amount_captured=2000, balance_transaction="txn_1"),
    snapshot(
        status="succeeded",
        captured=True,
        amount_captured=2000,
        balance_transaction="txn_1",
        disputed=True,
    ),
]


def columns() -> dict[str, Any]:
    [row] = Charge.objects.values()
    return {name: value for name, value in row.items() if name not in {"id", "created_at"}}


@pytest.mark.django_db
def test_every_order_of_a_charges_news_ends_alike() -> None:
    ends = []
    for order in permutations(LIFE):
        Charge.objects.all().delete()
        for news in order:
            charges.apply(news, None)
        ends.append(columns())
    assert all(end == ends[0] for end in ends)
    assert (ends[0]["amount_captured"], ends[0]["balance_transaction_id"]) == (2000, "txn_1")
    assert (ends[0]["captured"], ends[0]["disputed"]) == (True, True)
    assert (ends[0]["brand"], ends[0]["last4"], ends[0]["wallet"]) == ("visa", "4242", "apple_pay")


class Orders(TestCase):
    @given(st.lists(st.sampled_from([snapshot(status="pending"), *LIFE]), min_size=1))
    def test_a_charge_that_succeeded_stays_so(self, order: list[dict[str, Any]]) -> None:
        for news in order:
            charges.apply(news, None)
        succeeded = any(news["status"] == "succeeded" for news in order)
        assert Charge.objects.get().status == ("succeeded" if succeeded else "pending")


@pytest.mark.django_db
def test_a_declined_charge_keeps_the_banks_reason() -> None:
    outcome = {"type": "issuer_declined", "reason": "insufficient_funds"}
    charges.apply(snapshot(status="failed", failure_code="card_declined", outcome=outcome), None)
    charge = Charge.objects.get()
    assert (charge.failure_code, charge.decline_code) == ("card_declined", "insufficient_funds")
    assert charge.method_label == "Visa •••• 4242"


@pytest.mark.django_db
def test_news_that_knows_the_payment_ties_the_charge_to_it(payment: Payment) -> None:
    charges.apply(snapshot(status="succeeded"), None)
    charges.apply(snapshot(status="succeeded"), payment)
    charges.apply(snapshot(status="succeeded"), None)
    assert Charge.objects.get().payment == payment

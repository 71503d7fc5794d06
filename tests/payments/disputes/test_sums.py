"""What a payment is worth knows its refunds and its disputes."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from django_stripe_payments import reconcile
from django_stripe_payments.exceptions import RefundExceedsBalance
from django_stripe_payments.models import Payment
from django_stripe_payments.refunds import balance as refund_balance
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import in_dashboard, paid_payment

SUMS = st.integers(0, 10**12)


@given(received=SUMS, refunded=SUMS, disputed=SUMS, fee=st.none() | SUMS, platform=SUMS)
def test_every_minor_unit_is_somewhere(
    received: int, refunded: int, disputed: int, fee: int | None, platform: int
) -> None:
    payment = Payment(
        amount_received=received,
        amount_refunded=refunded,
        amount_disputed=disputed,
        stripe_fee=fee,
        platform_fee=platform,
    )
    assert payment.net + refunded + disputed + (fee or 0) + platform == received
    assert 0 <= payment.refundable <= received
    assert payment.refundable in (0, received - refunded - disputed)


class Reservations(TestCase):
    @given(
        received=st.integers(1, 5000),
        parts=st.lists(st.tuples(st.booleans(), st.integers(1, 3000)), max_size=6),
    )
    def test_no_refund_takes_what_a_bank_has(
        self, received: int, parts: list[tuple[bool, int]]
    ) -> None:
        payment = Payment.objects.create(
            amount=received, amount_received=received, currency="usd", status="succeeded"
        )
        for is_dispute, amount in parts:
            payment.refresh_from_db()
            if is_dispute:
                Payment.objects.update(amount_disputed=payment.amount_disputed + amount)
            else:
                reserved = refund_balance.reserve(payment.pk, amount)
                assert reserved == (amount <= payment.refundable)


@pytest.fixture
def disputed(user: Any, stripe_sandbox: Any) -> tuple[Payment, str]:
    """30.00 paid, 10.00 refunded, and a dispute over 20.00 that nobody here heard of."""
    payment = paid_payment(stripe_sandbox, user, "30.00")
    in_dashboard(payment, 1000)
    return payment, stripe_sandbox.dispute(payment.stripe_id, amount=2000)["id"]


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["events", "reconciliation"])
@pytest.mark.parametrize(
    ("outcome", "withdrawn"), [("", 2000), ("lost", 2000), ("won", 0)], ids=["open", "lost", "won"]
)
def test_what_the_bank_has_is_neither_net_nor_refundable(
    disputed: tuple[Payment, str],
    stripe_sandbox: Any,
    client: Client,
    outcome: str,
    withdrawn: int,
    by: str,
) -> None:
    payment, dispute = disputed
    if outcome:
        stripe_sandbox.close_dispute(dispute, outcome)
    if by == "events":
        stripe_sandbox.deliver(client)
    else:
        reconcile.run()
    payment.refresh_from_db()
    assert payment.amount_disputed == withdrawn
    assert payment.refundable == 2000 - withdrawn
    assert payment.net == 2000 - withdrawn - 117
    assert not payment.is_fully_refunded


@pytest.mark.django_db
def test_an_inquiry_takes_nothing(user: Any, stripe_sandbox: Any, client: Client) -> None:
    payment = paid_payment(stripe_sandbox, user, "30.00")
    stripe_sandbox.dispute(payment.stripe_id, inquiry=True)
    stripe_sandbox.deliver(client)
    payment.refresh_from_db()
    assert (payment.amount_disputed, payment.refundable) == (0, 3000)


@pytest.mark.django_db
def test_a_lost_payment_has_nothing_left_to_refund(
    disputed: tuple[Payment, str], stripe_sandbox: Any, client: Client
) -> None:
    payment, _dispute = disputed
    stripe_sandbox.deliver(client)
    with pytest.raises(RefundExceedsBalance, match="nothing left"):
        StripeService.refund_payment(payment)

"""Rows that follow an object at Stripe know its mode and whose it is."""

from typing import Any

import pytest

from django_stripe_payments.customers import apply as method_apply
from django_stripe_payments.customers import setup
from django_stripe_payments.models import Customer, Payment, PaymentMethod, Refund, SetupIntent
from django_stripe_payments.refunds import apply as refund_apply
from django_stripe_payments.services import StripeService
from tests.payments.support.refunding import in_dashboard, paid_payment

pytestmark = pytest.mark.django_db

ACCOUNT = "acct_seller"


@pytest.fixture
def live_payment(user: Any, stripe_sandbox: Any) -> Payment:
    payment = paid_payment(stripe_sandbox, user)
    Payment.objects.update(livemode=True, account=ACCOUNT)
    payment.refresh_from_db()
    return payment


def test_a_refund_is_of_its_payments_mode(live_payment: Payment, stripe_sandbox: Any) -> None:
    """Stripe's refunds do not say in which mode they are."""
    StripeService.refund_payment(live_payment, 1)
    refund_apply.apply(refund_apply.fetch(in_dashboard(live_payment, 100)))
    assert set(Refund.objects.values_list("livemode", "account")) == {(True, ACCOUNT)}
    assert Refund.objects.count() == 2


def test_a_saved_card_says_its_mode(live_payment: Payment, user: Any, stripe_sandbox: Any) -> None:
    Customer.objects.update(account=ACCOUNT)
    method = StripeService.add_payment_method(user, "pm_card_visa")
    assert (method.livemode, method.account) == (False, ACCOUNT)
    live = {**method_apply.fetch(method.stripe_id), "livemode": True}
    assert not method_apply.is_current(method, live)


def test_a_setup_intent_says_its_mode(user: Any, stripe_sandbox: Any) -> None:
    Customer.objects.create(user=user, account=ACCOUNT)
    row, intent = StripeService.create_setup_intent(user)
    assert (row.livemode, row.account) == (False, ACCOUNT)
    setup.apply({**intent.to_dict(), "livemode": True, "status": "canceled"})
    assert SetupIntent.objects.get().livemode


def test_the_row_of_a_setup_intent_learns_its_mode_with_its_id(
    user: Any, stripe_sandbox: Any
) -> None:
    row, intent = StripeService.create_setup_intent(user)
    SetupIntent.objects.update(stripe_id=None)
    intent.livemode = True
    setup.CREATE.settle(row, intent)
    assert SetupIntent.objects.get().livemode
    assert not PaymentMethod.objects.exists()

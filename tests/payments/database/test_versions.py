"""A row is written only by the process that read its latest version."""

import pytest

from django_stripe_payments.database.versions import compare_and_set
from django_stripe_payments.models import Payment

pytestmark = pytest.mark.django_db


def test_a_row_is_written_once_for_each_version_that_was_read(payment: Payment) -> None:
    early = Payment.objects.get(pk=payment.pk)
    assert compare_and_set(payment, {"fee_is_final": True, "user": None})
    assert payment.version == early.version + 1
    assert not compare_and_set(early, {"amount": 1})
    assert early.amount == 2500
    payment.refresh_from_db()
    assert (payment.amount, payment.fee_is_final, payment.user) == (2500, True, None)


def test_only_that_row_is_written(payment: Payment) -> None:
    other = Payment.objects.create(payment_type="tip", amount=700, currency="usd")
    assert compare_and_set(payment, {"amount": 1})
    other.refresh_from_db()
    assert (other.amount, other.version) == (700, 0)

"""An argument that can't be stored is refused in a sentence that says what to give instead."""

from typing import Any

import pytest

from django_stripe_payments.exceptions import InvalidMetadata
from django_stripe_payments.models import Payment, Refund
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"payment_type": "x" * 65}, "payment_type can have at most 64 characters, not 65"),
        ({"payment_type": None}, "payment_type must be a string"),
        ({"description": None}, "description must be a string"),
        ({"description": "a\0b"}, "description contains a NUL"),
    ],
)
def test_a_payments_texts(
    user: Any, stripe_sandbox: Any, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InvalidMetadata, match=sentence):
        StripeService.create_payment_intent(
            user, **{"amount": "25.00", "payment_type": "ticket", **arguments}
        )
    assert Payment.objects.count() == 0


@pytest.mark.parametrize(
    ("reason", "sentence"), [(None, "reason must be a string"), ("a\0b", "reason contains a NUL")]
)
def test_a_refunds_reason(
    payment: Payment, stripe_sandbox: Any, reason: Any, sentence: str
) -> None:
    stripe_sandbox.confirm(payment.stripe_id, "4242424242424242")
    StripeService.confirm_payment(payment)
    with pytest.raises(InvalidMetadata, match=sentence):
        StripeService.refund_payment(payment, reason=reason)
    assert Refund.objects.count() == 0

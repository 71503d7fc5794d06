"""What the site's processes in the tests of refunds do."""

from typing import Any
from unittest.mock import patch
from uuid import UUID

#: Where the process dies → what is replaced by dying.
POINTS = {
    "between row and call": "django_stripe_payments.stripe_api.calls.perform",
    "between the call's row and the call": "django_stripe_payments.stripe_api.attempts.send",
    "between call and answer": "django_stripe_payments.stripe_api.attempts.close",
    "between answer and row": "django_stripe_payments.refunds.apply.apply",
}


def die_at(point: str, payment_id: UUID, inside: bool) -> None:
    """Refund $10.00, in a transaction or not, and be killed at the named point."""
    from django.db import transaction

    from django_stripe_payments.services import StripeService
    from tests.payments.support import processes

    def killed(*args: Any, **kwargs: Any) -> None:
        processes.die()

    with patch(POINTS[point], killed):
        if not inside:
            StripeService.refund_payment(payment_id, 10)
        with transaction.atomic():
            StripeService.refund_payment(payment_id, 10)

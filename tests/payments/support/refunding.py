"""What the tests of refunds share: a paid payment, and sums on both sides."""

from typing import Any

from django_stripe_payments.models import Payment, Refund
from django_stripe_payments.services import StripeService
from django_stripe_payments.stripe_api.client import get_client

VISA = "4242424242424242"
#: Refunds of this card wait, and succeed when the sandbox is told to.
PENDING_REFUNDS = "4000000000007726"
#: Refunds of this card succeed, and fail when the sandbox is told to.
FAILING_REFUNDS = "4000000000005126"


def paid_payment(sandbox: Any, user: Any, amount: str = "25.00", card: str = VISA) -> Payment:
    """A payment that was paid, and that we know is paid."""
    payment, intent = StripeService.create_payment_intent(user, amount, "ticket", "A ticket")
    sandbox.confirm(intent.id, card)
    return StripeService.confirm_payment(payment)


def in_dashboard(payment: Payment, amount: int, **params: Any) -> str:
    """A person refunds in Stripe's dashboard, which knows nothing of us; the refund's id."""
    params |= {"payment_intent": payment.stripe_id, "amount": amount}
    return get_client().v1.refunds.create(params).id  # type: ignore[arg-type]


def at_stripe(sandbox: Any, payment: Payment) -> list[dict[str, Any]]:
    """The refunds that the sandbox knows of a payment, oldest first."""
    made = [event["data"]["object"]["id"] for event in sandbox.events("refund.created")]
    found = [sandbox.object(refund_id) for refund_id in made]
    return [refund for refund in found if refund["payment_intent"] == payment.stripe_id]


def sum_at_stripe(sandbox: Any, payment: Payment) -> int:
    standing = [r for r in at_stripe(sandbox, payment) if r["status"] not in Refund.VOID_STATUSES]
    return sum(refund["amount"] for refund in standing)


def sum_here(payment: Payment) -> int:
    """What the payment says is refunded, after checking that its refunds say the same."""
    payment.refresh_from_db()
    standing = payment.refunds.exclude(status__in=Refund.VOID_STATUSES)
    assert payment.amount_refunded == sum(refund.amount for refund in standing)
    assert 0 <= payment.amount_refunded <= payment.amount_received
    return payment.amount_refunded

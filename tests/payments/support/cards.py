"""What the tests of saved cards share."""

from typing import Any

from django_stripe_payments.models import PaymentMethod
from django_stripe_payments.services import StripeService


def save(user: Any, *tokens: str) -> list[PaymentMethod]:
    """Save Stripe's test cards; the first is the default."""
    return [StripeService.add_payment_method(user, token) for token in tokens]


def attached_at_stripe(sandbox: Any, user: Any) -> set[str]:
    customer = user.stripe_customer.stripe_id
    methods = sandbox.world.store.all("payment_method")
    return {method["id"] for method in methods if method["customer"] == customer}


def default_at_stripe(sandbox: Any, user: Any) -> Any:
    customer = sandbox.object(user.stripe_customer.stripe_id)
    return customer["invoice_settings"]["default_payment_method"]

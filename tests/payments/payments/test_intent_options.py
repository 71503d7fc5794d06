"""What a site adds to a payment's intent: a receipt, an address, a line on the statement."""

from typing import Any

import pytest

from django_stripe_payments.exceptions import ConfigurationError
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

SHIPPING = {"name": "Ada", "address": {"line1": "1 Main St", "country": "US"}}


def options(payment: Any) -> dict[str, Any]:
    return {"receipt_email": "ada@example.com", "shipping": SHIPPING}


def refused_address(payment: Any) -> dict[str, Any]:
    return {"receipt_email": "name@com"}


def nothing(payment: Any) -> dict[str, Any]:
    return {"receipt_email": "", "shipping": None}


def amount(payment: Any) -> dict[str, Any]:
    return {"amount": 1}


def create(settings: Any, function: Any, user: Any) -> Any:
    settings.STRIPE_INTENT_OPTIONS = f"{__name__}.{function.__name__}"
    return StripeService.create_payment_intent(user, "25.00", "ticket")[1]


def test_a_receipt_and_an_address_reach_stripe(
    settings: Any, user: Any, stripe_sandbox: Any
) -> None:
    intent = stripe_sandbox.object(create(settings, options, user).id)
    assert intent["receipt_email"] == "ada@example.com"
    assert intent["shipping"]["name"] == "Ada"


@pytest.mark.parametrize("function", [refused_address, nothing])
def test_a_payment_does_not_depend_on_them(
    settings: Any, user: Any, stripe_sandbox: Any, function: Any
) -> None:
    intent = stripe_sandbox.object(create(settings, function, user).id)
    assert (intent["amount"], intent["receipt_email"]) == (2500, None)


def test_nothing_else_of_an_intent_can_be_changed(
    settings: Any, user: Any, stripe_sandbox: Any
) -> None:
    with pytest.raises(ConfigurationError, match="amount"):
        create(settings, amount, user)

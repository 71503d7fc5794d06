"""The least and most that one payment may be."""

import json
from typing import Any

import pytest
from django.test import Client

from django_stripe_payments.exceptions import AmountNotAllowed, InvalidAmount
from django_stripe_payments.limits import amounts as limits
from django_stripe_payments.models import Payment
from django_stripe_payments.services import StripeService

pytestmark = pytest.mark.django_db

LIMITS = {
    "usd": {"minimum": "1.00", "maximum": "5000"},
    "usd:donation": {"maximum": 50},
    "jpy": {"minimum": 500},
}


@pytest.mark.parametrize(
    ("amount", "currency", "payment_type", "allowed"),
    [
        (100, "usd", "ticket", True),
        (99, "usd", "ticket", False),
        (500_000, "usd", "ticket", True),
        (500_001, "usd", "ticket", False),
        (5000, "usd", "donation", True),
        (5001, "usd", "donation", False),
        (99, "usd", "donation", False),  # the currency's minimum holds for the type
        (500, "jpy", "ticket", True),
        (499, "jpy", "ticket", False),
        (10**9, "jpy", "ticket", True),
        (1, "eur", "ticket", True),
    ],
)
def test_limits_are_by_currency_and_type(
    settings: Any, amount: int, currency: str, payment_type: str, allowed: bool
) -> None:
    settings.STRIPE_AMOUNT_LIMITS = LIMITS
    if allowed:
        limits.check(amount, currency, payment_type)
    else:
        with pytest.raises(AmountNotAllowed):
            limits.check(amount, currency, payment_type)


def test_the_service_says_what_is_allowed_and_stores_nothing(
    settings: Any, user: Any, stripe_sandbox: Any
) -> None:
    settings.STRIPE_AMOUNT_LIMITS = LIMITS
    with pytest.raises(InvalidAmount, match=r"The maximum .* is \$5,000.00"):
        StripeService.create_payment_intent(user, "5000.01", "ticket")
    with pytest.raises(InvalidAmount, match=r"The minimum .* is \$1.00"):
        StripeService.create_payment_intent(user, "0.99", "ticket")
    assert Payment.objects.count() == 0


def test_a_browser_is_told_in_words(
    settings: Any, own_client: Client, stripe_sandbox: Any, ticket_type: None
) -> None:
    settings.STRIPE_AMOUNT_LIMITS = {"usd": {"maximum": "20"}}
    response = own_client.post(
        "/payments/create-intent/",
        json.dumps({"payment_type": "ticket", "metadata": {"seat": "7"}}),
        content_type="application/json",
    )
    assert response.status_code == 400
    assert response.json()["error"] == {
        "code": "amount_not_allowed",
        "message": "The maximum amount is $20.00.",
    }


def test_the_checkout_says_so_before_the_form(
    settings: Any, own_client: Client, ticket_type: None
) -> None:
    settings.STRIPE_AMOUNT_LIMITS = {"usd": {"maximum": "20"}}
    page = own_client.get("/payments/checkout/?payment_type=ticket&seat=7")
    assert page.status_code == 400
    assert "maximum amount is $20.00" in page.content.decode()

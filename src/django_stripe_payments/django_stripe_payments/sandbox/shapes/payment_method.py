"""The payment method: a card or a bank account."""

from typing import Any

from ..bank.cards import Card
from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "payment_method",
        "pm",
        expandable={
            "customer": "customer",
        },
    )
)


def payment_method(*, created: int, **fields: Any) -> Resource:
    """``fields`` must hold ``type`` and the hash that is named like it."""
    return {
        "id": None,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {},
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    } | fields


def card(card: Card, *, exp_month: int, exp_year: int, fingerprint: str) -> dict[str, Any]:
    return {
        "brand": card.brand,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "unchecked",
        },
        "country": card.country,
        "display_brand": card.brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint,
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": card.brand != "unionpay"},
        "wallet": None,
    }


def us_bank_account(*, fingerprint: str, last4: str = "6789") -> dict[str, Any]:
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint,
        "last4": last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {},
    }

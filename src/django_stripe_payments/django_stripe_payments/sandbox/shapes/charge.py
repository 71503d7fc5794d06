"""The charge: one attempt to take money."""

from typing import Any

from ..bank.cards import Decline
from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "charge",
        "ch",
        expandable={
            "application": "",
            "application_fee": "",
            "balance_transaction": "balance_transaction",
            "customer": "customer",
            "failure_balance_transaction": "balance_transaction",
            "on_behalf_of": "",
            "payment_intent": "payment_intent",
            "review": "",
            "source_transfer": "",
            "transfer": "",
        },
        includable={
            "refunds": ("refund", "charge"),
        },
    )
)


def charge(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "charge",
        "amount": 0,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {},
        "calculated_statement_descriptor": "SANDBOX",
        "captured": False,
        "created": created,
        "currency": "usd",
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": None,
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    } | fields


def authorized() -> dict[str, Any]:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": "normal",
        "risk_score": 42,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }


def declined(decline: Decline) -> dict[str, Any]:
    if decline.blocked:
        return authorized() | {
            "network_status": "not_sent_to_network",
            "reason": "highest_risk_level",
            "risk_level": "highest",
            "risk_score": 92,
            "seller_message": "Stripe blocked this payment as too risky.",
            "type": "blocked",
        }
    return authorized() | {
        "advice_code": "try_again_later",
        "network_decline_code": "05",  # the network's "do not honor"
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "seller_message": f"The bank returned the decline code `{decline.decline_code}`.",
        "type": "issuer_declined",
    }


def card_details(card: Resource, amount: int, three_d_secure: Resource | None) -> Resource:
    """``card`` is the hash of the payment method."""
    shown = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        "amount_authorized": amount,
        "authorization_code": None,
        "checks": card["checks"] | {"cvc_check": "pass"},
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": "104101011121314",
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": card["regulated_status"],
        "three_d_secure": three_d_secure,
        "transaction_link_id": None,
        "wallet": None,
    } | {name: card[name] for name in shown}


def bank_details(account: Resource) -> Resource:
    shown = (
        "account_holder_type",
        "account_type",
        "bank_name",
        "fingerprint",
        "last4",
        "routing_number",
    )
    return {
        "expected_debit_date": None,
        "mandate": None,
        "payment_reference": None,
    } | {name: account[name] for name in shown}


def three_d_secure(result: str) -> dict[str, Any]:
    passed = result == "authenticated"
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05" if passed else "07",
        "exemption_indicator": None,
        "result": result,
        "result_reason": None if passed else "rejected",
        "transaction_id": None,
        "version": "2.2.0",
    }

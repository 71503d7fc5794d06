"""The refund."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "refund",
        "re",
        expandable={
            "balance_transaction": "balance_transaction",
            "charge": "charge",
            "customer": "customer",
            "failure_balance_transaction": "balance_transaction",
            "payment_intent": "payment_intent",
            "payment_method": "payment_method",
            "source_transfer_reversal": "",
            "transfer_reversal": "",
        },
    )
)


def refund(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "refund",
        "amount": 0,
        "balance_transaction": None,
        "charge": None,
        "created": created,
        "currency": "usd",
        "customer": None,
        "customer_account": None,
        "destination_details": None,
        "metadata": {},
        "payment_intent": None,
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    } | fields


def card_destination(status: str) -> dict[str, Any]:
    available = status == "succeeded"
    return {
        "type": "card",
        "card": {
            # An acquirer's reference has 23 digits, and is not a card number.
            "reference": "74537600000000000000017" if available else None,
            "reference_status": "available" if available else "pending",
            "reference_type": "acquirer_reference_number",
            "type": "refund",
        },
    }

"""The balance transaction: what a charge, refund or dispute did to the balance."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

#: Seconds until money is available: two days, as for most accounts.
AVAILABLE_AFTER = 2 * 24 * 3600

declare(
    Kind(
        "balance_transaction",
        "txn",
        expandable={
            "source": "*",
        },
    )
)


def balance_transaction(*, created: int, amount: int, fee: int = 0, **fields: Any) -> Resource:
    """Amounts in the currency's minor unit; ``amount`` is negative when money leaves."""
    currency = fields["currency"]
    return {
        "id": None,
        "object": "balance_transaction",
        "amount": amount,
        "available_on": created + AVAILABLE_AFTER,
        "balance_type": "payments",
        "created": created,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_detail(fee, currency, fields["type"])] if fee else [],
        "net": amount - fee,
        "reporting_category": fields["type"],
        "source": None,
        "status": "pending",
    } | fields


def _detail(fee: int, currency: str, kind: str) -> dict[str, Any]:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Dispute fee" if kind == "adjustment" else "Stripe processing fees",
        "type": "stripe_fee",
    }

"""The payout: money on its way to the bank account."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

#: Seconds until the bank has the money: two days.
ARRIVES_AFTER = 2 * 24 * 3600

DAY = 24 * 3600

declare(
    Kind(
        "payout",
        "po",
        expandable={
            "application_fee": "",
            "balance_transaction": "balance_transaction",
            "destination": "",
            "failure_balance_transaction": "balance_transaction",
            "original_payout": "payout",
            "reversed_by": "payout",
        },
    )
)


def payout(*, created: int, automatic: bool, **fields: Any) -> Resource:
    """``amount`` is in the currency's minor unit."""
    arrival = created + ARRIVES_AFTER
    return {
        "id": None,
        "object": "payout",
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": arrival - arrival % DAY,
        "automatic": automatic,
        "balance_transaction": None,
        "created": created,
        "description": "STRIPE PAYOUT" if automatic else None,
        "destination": "ba_sandbox",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        # Stripe only lists the parts of automatic payouts.
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
    } | fields

"""The top-up: money from the bank account to the balance."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(
    Kind(
        "topup",
        "tu",
        expandable={"balance_transaction": "balance_transaction", "payment_method": ""},
    )
)


def topup(*, created: int, **fields: Any) -> Resource:
    """``amount`` is in the currency's minor unit."""
    return {
        "id": None,
        "object": "topup",
        "balance_transaction": None,
        "created": created,
        "description": None,
        "expected_availability_date": created,
        "failure_code": None,
        "failure_message": None,
        "initiated_by": "user",
        "livemode": False,
        "metadata": {},
        "payment_method": None,
        "payment_method_options": None,
        "source": None,
        "statement_descriptor": None,
        "status": "pending",
        "transfer_group": None,
    } | fields

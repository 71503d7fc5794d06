"""What Stripe keeps of a charge, and the balance transactions that say so."""

from ..wire.resource import Resource
from ..world.world import World
from .ledger import write_transaction

#: Parts per thousand of the amount, and a fixed part in minor units: 2.9 % + 30.
RATE_PER_MILLE = 29
FIXED = 30

#: Minor units that a dispute costs, also if it is won.
DISPUTE_FEE = 1500


def stripe_fee(amount: int) -> int:
    """Fee for ``amount``, both in minor units, halves rounded up."""
    return (amount * RATE_PER_MILLE + 500) // 1000 + FIXED


def write_charge_transaction(world: World, charge: Resource) -> None:
    """Write the balance transaction of what was captured."""
    amount = charge["amount_captured"]
    card = charge["payment_method_details"]["type"] == "card"
    transaction = write_transaction(
        world,
        amount=amount,
        fee=stripe_fee(amount),
        currency=charge["currency"],
        description=charge["description"],
        reporting_category="charge",
        source=charge["id"],
        type="charge" if card else "payment",
    )
    charge["balance_transaction"] = transaction["id"]

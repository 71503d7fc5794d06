"""Balance transactions: each change of the balance, and when it becomes available."""

from typing import Any

from ..shapes.balance_transaction import balance_transaction
from ..wire.resource import Resource
from ..world.world import World


def write_transaction(world: World, **fields: Any) -> Resource:
    """Write a balance transaction; ``amount`` and ``fee`` are in minor units."""
    transaction = world.create(balance_transaction, **fields)
    if transaction["status"] == "pending":
        world.timetable.add(transaction["available_on"], "release", transaction["currency"])
    return transaction

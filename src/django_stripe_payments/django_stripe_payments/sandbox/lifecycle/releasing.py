"""Money becomes available: two days after it was taken, it can be paid out."""

from ..shapes.balance import balance
from ..wire.resource import Resource
from ..world.timetable import ACTIONS
from ..world.world import World

KIND = "balance_transaction"


def release(world: World, currency: str) -> None:
    """Make available what is due in one currency, and report the balance if there was any."""
    now = world.now()
    due = [
        item
        for item in world.store.all(KIND)
        if item["status"] == "pending"
        and item["currency"] == currency
        and item["available_on"] <= now
    ]
    for item in due:
        item["status"] = "available"
    if due:
        world.emit("balance.available", current(world))


def current(world: World) -> Resource:
    """Return the balance as it is now."""
    return balance(world.store.all(KIND))


ACTIONS["release"] = release

"""The end of ``processing``: the bank paid, or did not."""

from ..bank import banks, cards
from ..wire.errors import unexpected_state
from ..wire.resource import Resource
from ..world.timetable import ACTIONS
from ..world.world import World
from . import confirmation, wallet
from .charging import fail


def settle(world: World, intent: Resource, *, succeed: bool) -> None:
    if intent["status"] != "processing":
        raise unexpected_state(
            f"There is nothing to settle: the status is {intent['status']}.", intent
        )
    method = world.store.find("payment_method", intent["payment_method"])
    charge = world.store.find("charge", intent["latest_charge"])
    if succeed:
        confirmation.finish(world, intent, method, charge)
        return
    reason = cards.GENERIC
    if method["type"] != "card":
        reason = wallet.bank_of(method).failure or banks.UNPAID
    fail(world, charge, reason)
    confirmation.refuse(world, intent, method, reason, charge["id"])


def settle_by_itself(world: World, intent_id: str) -> None:
    """End a payment as its test account is known to end, if it is still waiting."""
    intent = world.store.get("payment_intent", intent_id)
    if intent is None or intent["status"] != "processing":
        return
    method = world.store.find("payment_method", intent["payment_method"])
    bank = None if method["type"] == "card" else wallet.bank_of(method)
    settle(world, intent, succeed=not (bank and bank.failure))


ACTIONS["settle"] = settle_by_itself

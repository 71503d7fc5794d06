"""What follows a payment by itself: settlement, disputes, fraud warnings."""

from . import cards, disputing, wallet
from .store import Resource
from .world import World


def settle_later(world: World, intent: Resource, method: Resource) -> None:
    """Put a processing intent on the timetable, unless it is one that waits for a command."""
    endless = method["type"] != "card" and wallet.bank_of(method).endless
    if world.settle_after is not None and not endless:
        world.timetable.add(world.clock() + world.settle_after, "settle", intent["id"])


def follow(world: World, charge: Resource) -> None:
    """Do to a successful charge what its test card is known for, after the answer."""
    card = cards.BY_NUMBER.get(world.store.note(charge["id"]).get("card", ""))
    if card is None:
        return
    if card.dispute:
        reason, inquiry = card.dispute, card.inquiry
        world.afterwards(lambda: disputing.open_dispute(world, charge, reason, inquiry=inquiry))
    if card.fraud_warning:
        world.afterwards(lambda: disputing.warn(world, charge))

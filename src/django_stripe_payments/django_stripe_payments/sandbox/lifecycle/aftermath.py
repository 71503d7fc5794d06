"""What follows a payment by itself: settlement, disputes, fraud warnings."""

from ..bank import cards
from ..wire.resource import Resource
from ..world.world import World
from . import disputing, wallet


def settle_later(world: World, intent: Resource, method: Resource) -> None:
    """Put a processing intent on the timetable, unless it is one that waits for a command."""
    endless = method["type"] != "card" and wallet.bank_of(method).endless
    if world.settle_after is not None and not endless:
        world.timetable.add(world.clock() + world.settle_after, "settle", intent["id"])


def follow(world: World, charge: Resource) -> None:
    """Do to a successful charge what its card or account is known for, after the answer."""
    bank = charge["payment_method_details"].get("us_bank_account")
    if bank:
        reason = wallet.known_bank(bank["last4"]).dispute
        if reason:
            world.afterwards(lambda: disputing.open_dispute(world, charge, reason))
        return
    card = cards.BY_NUMBER[world.store.note(charge["id"])["card"]]
    if card.dispute:
        known, inquiry = card.dispute, card.inquiry
        world.afterwards(lambda: disputing.open_dispute(world, charge, known, inquiry=inquiry))
    if card.fraud_warning:
        world.afterwards(lambda: disputing.warn(world, charge))

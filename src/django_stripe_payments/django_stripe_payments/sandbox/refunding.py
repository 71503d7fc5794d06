"""Refunds: money given back, at once, later, or in vain."""

from . import cards
from .errors import conflict
from .shapes import refund as shapes
from .shapes.balance_transaction import balance_transaction
from .store import Resource
from .world import World


def release(world: World, charge: Resource, amount: int) -> Resource:
    """Give back money that was only reserved; no money moves, so nothing is booked."""
    refund = _write(world, charge, amount, reason=None, status="succeeded")
    _announce(world, refund, charge, amount)
    return refund


def refund(world: World, charge: Resource, amount: int | None, reason: str | None) -> Resource:
    """Refund ``amount`` minor units of a charge (None: what is left)."""
    left = charge["amount_captured"] - _given_back(charge)
    amount = left if amount is None else amount
    check(charge, amount, left)
    behaviour = _behaviour(world, charge)
    status = "pending" if behaviour == "pending" else "succeeded"
    written = _write(world, charge, amount, reason=reason, status=status)
    if status == "succeeded":
        _book(world, written)
    _announce(world, written, charge, amount)
    if behaviour != "succeeded" and world.settle_after is not None:
        action = "refund_failed" if behaviour == "failed" else "refund_succeeded"
        world.timetable.add(world.clock() + world.settle_after, action, written["id"])
    return written


def _given_back(charge: Resource) -> int:
    """What was refunded of the captured part, in minor units."""
    released = charge["amount"] - charge["amount_captured"]
    return int(charge["amount_refunded"]) - (released if charge["captured"] else 0)


def check(charge: Resource, amount: int, left: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise conflict(
            f"Charge {charge['id']} is not captured, so that it cannot be refunded.",
            "charge_not_refundable",
        )
    if left <= 0:
        raise conflict(
            f"Charge {charge['id']} has already been refunded.", "charge_already_refunded"
        )
    if amount > left:
        raise conflict(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            "amount_too_large",
        )
    if charge["disputed"] and not charge.get("_refundable", False):
        raise conflict(f"Charge {charge['id']} has been charged back.", "charge_disputed")


def _behaviour(world: World, charge: Resource) -> str:
    card = cards.BY_NUMBER.get(world.store.note(charge["id"]).get("card", ""))
    return card.refund if card else "succeeded"


def _write(
    world: World, charge: Resource, amount: int, *, reason: str | None, status: str
) -> Resource:
    card = charge["payment_method_details"]["type"] == "card"
    return world.create(
        shapes.refund,
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details=shapes.card_destination(status) if card else None,
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=reason,
        status=status,
    )


def _book(world: World, refund: Resource, *, back: bool = False) -> Resource:
    """Write what the refund took from the balance, or its return."""
    return world.create(
        balance_transaction,
        amount=refund["amount"] if back else -refund["amount"],
        currency=refund["currency"],
        source=refund["id"],
        type="refund_failure" if back else "refund",
    )


def _announce(world: World, refund: Resource, charge: Resource, amount: int) -> None:
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount"]
    world.emit("refund.created", refund)
    changed = {name: value for name, value in before.items() if charge[name] != value}
    world.emit("charge.refunded", charge, changed)

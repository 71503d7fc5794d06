"""Payouts: what is on the balance goes to the bank, and sometimes comes back."""

from ..shapes import payout as shapes
from ..wire.errors import ApiError, conflict
from ..wire.resource import Resource
from ..world.world import World
from .booking import book

#: How a payout may be ended by command.
OUTCOMES = ("paid", "failed")

OPEN = ("pending", "in_transit")

#: Bookings that are no part of a payout: its own, and its return.
NO_PARTS = ("payout", "payout_failure", "payout_cancel")


def pay_out(world: World, currency: str) -> Resource:
    """Pay out everything on the balance, as Stripe does by itself every day.

    Its parts are known at once: Stripe takes a while.
    """
    parts = [
        booked
        for booked in world.store.all("balance_transaction")
        if booked["currency"] == currency and not is_paid_out(world, booked)
    ]
    amount = sum(booked["net"] for booked in parts)
    if amount <= 0:
        raise _insufficient()
    made = write(world, amount, currency, automatic=True)
    for booked in parts:
        booked["status"] = "available"
        world.store.note(booked["id"])["payout"] = made["id"]
    with world.change("payout.updated", made):
        made["status"] = "in_transit"
    with world.change("payout.reconciliation_completed", made):
        made["reconciliation_status"] = "completed"
    return made


def is_paid_out(world: World, booked: Resource) -> bool:
    return booked["type"] in NO_PARTS or "payout" in world.store.note(booked["id"])


def balance(world: World, currency: str) -> int:
    """Return what is on the balance, in minor units; money that is still on its way too."""
    booked = world.store.all("balance_transaction")
    return sum(item["net"] for item in booked if item["currency"] == currency)


def write(world: World, amount: int, currency: str, *, automatic: bool) -> Resource:
    """Write a payout of ``amount`` minor units, and its booking."""
    if amount > balance(world, currency):
        raise _insufficient()
    made = world.create(shapes.payout, amount=amount, currency=currency, automatic=automatic)
    booked = _book(world, made, -amount, "payout", "STRIPE PAYOUT")
    made["balance_transaction"] = booked["id"]
    # Stripe lists the payout's own booking among its parts.
    world.store.note(booked["id"])["payout"] = made["id"]
    world.emit("payout.created", made)
    return made


def finish(world: World, payout: Resource, outcome: str) -> None:
    """The bank takes it, or sends it back: even after it was paid."""
    if outcome not in OUTCOMES:
        raise ValueError(f"A payout is paid or failed, not {outcome!r}.")
    if payout["status"] not in (OPEN if outcome == "paid" else (*OPEN, "paid")):
        raise conflict(f"The payout is {payout['status']} already.", "payout_not_allowed")
    with world.change(f"payout.{outcome}", payout):
        payout["status"] = outcome
        if outcome == "failed":
            payout["failure_code"] = "account_closed"
            payout["failure_message"] = "The bank account has been closed."
            _give_back(world, payout, "payout_failure", "STRIPE PAYOUT FAILURE")


def cancel(world: World, payout: Resource) -> None:
    """Stop a payout that has not left yet."""
    if payout["automatic"] or payout["status"] != "pending":
        raise conflict("Only pending manual payouts can be canceled.", "payout_not_allowed")
    with world.change("payout.canceled", payout):
        payout["status"] = "canceled"
        _give_back(world, payout, "payout_cancel", "STRIPE PAYOUT CANCEL")


def _give_back(world: World, payout: Resource, kind: str, description: str) -> None:
    booked = _book(world, payout, payout["amount"], kind, description)
    payout["failure_balance_transaction"] = booked["id"]


def _book(world: World, payout: Resource, amount: int, kind: str, text: str) -> Resource:
    return book(
        world,
        amount=amount,
        currency=payout["currency"],
        description=text,
        source=payout["id"],
        status="available",
        type=kind,
    )


def _insufficient() -> ApiError:
    return ApiError(
        400,
        "You have insufficient funds in your Stripe account for this transfer.",
        code="balance_insufficient",
    )

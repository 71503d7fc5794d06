"""Payouts: what is on the balance goes to the bank, and sometimes comes back."""

from ..shapes import payout as shapes
from ..wire.errors import ApiError, conflict
from ..wire.resource import Resource
from ..world.world import World
from .ledger import write_transaction

#: How a payout may be ended by command.
OUTCOMES = ("paid", "failed")

OPEN = ("pending", "in_transit")

#: Types of balance transactions that are no part of a payout: its own, and its return.
NO_PARTS = ("payout", "payout_failure", "payout_cancel")


def pay_out(world: World, currency: str) -> Resource:
    """Pay out everything on the balance, as Stripe does by itself every day.

    Its parts are known at once: Stripe takes a while.
    """
    parts = [
        transaction
        for transaction in world.store.all("balance_transaction")
        if transaction["currency"] == currency and not is_paid_out(world, transaction)
    ]
    amount = sum(transaction["net"] for transaction in parts)
    if amount <= 0:
        raise _insufficient()
    payout = write(world, amount, currency, automatic=True)
    for transaction in parts:
        transaction["status"] = "available"
        world.store.note(transaction["id"])["payout"] = payout["id"]
    with world.change("payout.updated", payout):
        payout["status"] = "in_transit"
    with world.change("payout.reconciliation_completed", payout):
        payout["reconciliation_status"] = "completed"
    return payout


def is_paid_out(world: World, transaction: Resource) -> bool:
    return transaction["type"] in NO_PARTS or "payout" in world.store.note(transaction["id"])


def balance(world: World, currency: str) -> int:
    """Return what is on the balance, in minor units; money that is still on its way too."""
    transactions = world.store.all("balance_transaction")
    return sum(item["net"] for item in transactions if item["currency"] == currency)


def write(world: World, amount: int, currency: str, *, automatic: bool) -> Resource:
    """Write a payout of ``amount`` minor units, and its balance transaction."""
    if amount > balance(world, currency):
        raise _insufficient()
    payout = world.create(shapes.payout, amount=amount, currency=currency, automatic=automatic)
    transaction = _write_transaction(world, payout, -amount, "payout", "STRIPE PAYOUT")
    payout["balance_transaction"] = transaction["id"]
    # Stripe lists the payout's own transaction among its parts.
    world.store.note(transaction["id"])["payout"] = payout["id"]
    world.emit("payout.created", payout)
    return payout


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
    transaction = _write_transaction(world, payout, payout["amount"], kind, description)
    payout["failure_balance_transaction"] = transaction["id"]


def _write_transaction(
    world: World, payout: Resource, amount: int, kind: str, text: str
) -> Resource:
    return write_transaction(
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

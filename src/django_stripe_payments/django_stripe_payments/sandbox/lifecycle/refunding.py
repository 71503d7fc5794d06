"""Refunds: money given back, at once, later, or in vain."""

from ..bank import cards
from ..shapes import refund as shapes
from ..wire.errors import ApiError, conflict, invalid
from ..wire.resource import Resource
from ..world.timetable import ACTIONS
from ..world.world import World
from .ledger import write_transaction

STATUSES = ("succeeded", "failed", "canceled", "requires_action")

#: What Stripe says when it cannot say more.
FAILURE_REASON = "expired_or_canceled_card"


def release(world: World, charge: Resource, amount: int) -> Resource:
    """Give back money that was only reserved, which needs no balance transaction."""
    refund = _write(world, charge, amount, reason=None, status="succeeded")
    _announce(world, refund, charge)
    return refund


def refund(
    world: World,
    charge: Resource,
    amount: int | None,
    *,
    reason: str | None = None,
    metadata: dict[str, str] | None = None,
) -> Resource:
    """Refund ``amount`` minor units of a charge (None: what is refundable)."""
    refundable = charge["amount_captured"] - given_back(charge)
    amount = refundable if amount is None else amount
    _check(world, charge, amount, refundable)
    behavior = _behavior(world, charge)
    status = "pending" if behavior == "pending" else "succeeded"
    written = _write(world, charge, amount, reason=reason, status=status)
    written["metadata"] = metadata or {}
    _write_transaction(world, written)
    _announce(world, written, charge)
    if behavior != "succeeded" and world.settle_after is not None:
        world.timetable.add(world.clock() + world.settle_after, "refund", written["id"])
    return written


def given_back(charge: Resource) -> int:
    """What was refunded of the captured part, in minor units."""
    released = charge["amount"] - charge["amount_captured"]
    return int(charge["amount_refunded"]) - (released if charge["captured"] else 0)


def _check(world: World, charge: Resource, amount: int, refundable: int) -> None:
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise conflict(
            f"Charge {charge['id']} is not captured, so that it cannot be refunded.",
            "charge_not_refundable",
        )
    if charge["disputed"] and not world.store.note(charge["id"]).get("refundable"):
        raise conflict(f"Charge {charge['id']} has been charged back.", "charge_disputed")
    if refundable <= 0:
        raise conflict(
            f"Charge {charge['id']} has already been refunded.", "charge_already_refunded"
        )
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > refundable:
        # Stripe names no code for this one; the message is all that tells it apart.
        raise ApiError(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({refundable})",
            param="amount",
            replayed=True,
        )


def _behavior(world: World, charge: Resource) -> str:
    card = cards.BY_NUMBER.get(world.store.note(charge["id"]).get("card", ""))
    return card.refund if card else "succeeded"


def _write(
    world: World, charge: Resource, amount: int, *, reason: str | None, status: str
) -> Resource:
    card = charge["payment_method_details"]["type"] == "card"
    written = world.create(
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
    if status == "pending":
        written["pending_reason"] = "processing"
    return written


def _write_transaction(world: World, refund: Resource, *, back: bool = False) -> None:
    """Write what the refund took from the balance, or its return."""
    transaction = write_transaction(
        world,
        amount=refund["amount"] if back else -refund["amount"],
        currency=refund["currency"],
        description="REFUND FAILURE" if back else "REFUND FOR CHARGE",
        source=refund["id"],
        type="refund_failure" if back else "refund",
    )
    refund["failure_balance_transaction" if back else "balance_transaction"] = transaction["id"]


def _announce(world: World, refund: Resource, charge: Resource) -> None:
    world.emit("refund.created", refund)
    with world.change("charge.refunded", charge):
        charge["amount_refunded"] += refund["amount"]
        charge["refunded"] = charge["amount_refunded"] >= charge["amount"]


def finish(world: World, refund: Resource, status: str) -> None:
    """End a refund: a pending one succeeds, and any may still fail or be canceled."""
    if status not in STATUSES:
        raise ValueError(f"A refund ends as one of {', '.join(STATUSES)}, not as {status!r}.")
    # The customer is asked for nothing any more once the money went out.
    is_too_late = status == "requires_action" and refund["status"] != "pending"
    if is_too_late or refund["status"] in ("failed", "canceled", status):
        raise conflict(f"The refund is {refund['status']} already.", "refund_unexpected_state")
    with world.change("refund.updated", refund), world.change("charge.refund.updated", refund):
        refund["status"] = status
        refund.pop("pending_reason", None)
        if refund["destination_details"]:
            refund["destination_details"] = shapes.card_destination(status)
        if status in ("failed", "canceled"):
            _reopen(world, refund, status)
    if status == "failed":
        world.emit("refund.failed", refund)


def _reopen(world: World, refund: Resource, status: str) -> None:
    """The money is back in the balance, and the charge can be refunded again."""
    if status == "failed":
        refund["failure_reason"] = FAILURE_REASON
    _write_transaction(world, refund, back=True)
    charge = world.store.find("charge", refund["charge"])
    with world.change("charge.updated", charge):
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False


def finish_by_itself(world: World, refund_id: str) -> None:
    """End a refund as its test card is known to end it, if it has not ended otherwise."""
    refund = world.store.get("refund", refund_id)
    if refund is None:
        return
    behavior = _behavior(world, world.store.find("charge", refund["charge"]))
    if behavior == "failed" and refund["status"] == "succeeded":
        finish(world, refund, "failed")
    elif behavior == "pending" and refund["status"] == "pending":
        finish(world, refund, "succeeded")


ACTIONS["refund"] = finish_by_itself

"""Taking reserved money, in full or in part, and letting it go."""

from ..wire.errors import conflict, unexpected_state
from ..wire.resource import Resource
from ..world.world import World
from . import charging, refunding

CANCELLATION_REASONS = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_confirmation",
    "requires_action",
    "processing",
)


def capture(world: World, intent: Resource, amount: int | None) -> None:
    """Take ``amount`` minor units (None: all); the rest goes back to the customer."""
    if intent["status"] != "requires_capture":
        raise unexpected_state(
            f"This PaymentIntent could not be captured because it has a status of "
            f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be "
            "captured: requires_capture.",
            intent,
        )
    reserved = intent["amount_capturable"]
    amount = reserved if amount is None else amount
    if not 0 < amount <= reserved:
        raise conflict(
            f"The amount_to_capture ({amount}) must be positive and at most the amount_capturable "
            f"({reserved}).",
            "amount_too_large" if amount > reserved else "amount_too_small",
        )
    charge = world.store.find("charge", intent["latest_charge"])
    charging.collect(world, charge, amount, later=False)
    if amount < reserved:
        refunding.release(world, charge, reserved - amount)
    intent["amount_capturable"] = 0
    intent["amount_received"] = amount
    intent["status"] = "succeeded"
    world.emit("charge.captured", charge)
    world.emit("payment_intent.succeeded", intent)


def cancel(world: World, intent: Resource, reason: str | None) -> None:
    if intent["status"] not in CANCELABLE:
        raise unexpected_state(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
            "Only a PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELABLE)}.",
            intent,
        )
    charge = world.store.get("charge", intent["latest_charge"])
    if charge and intent["status"] == "requires_capture":
        refunding.release(world, charge, intent["amount_capturable"])
    if charge and intent["status"] == "processing":
        charge["status"] = "failed"
        world.emit("charge.failed", charge)
    intent["amount_capturable"] = 0
    intent["canceled_at"] = world.now()
    intent["cancellation_reason"] = reason
    intent["next_action"] = None
    intent["processing"] = None
    intent["status"] = "canceled"
    world.emit("payment_intent.canceled", intent)

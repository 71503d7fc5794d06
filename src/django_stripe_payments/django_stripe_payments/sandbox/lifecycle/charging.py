"""Charges: one per attempt to take the money of a payment intent."""

from typing import Any

from ..bank.cards import Decline
from ..shapes import charge as shapes
from ..wire.resource import Resource
from ..world.world import World
from . import fees, wallet


def attempt(
    world: World, intent: Resource, method: Resource, three_d_secure: str | None = None
) -> Resource:
    """Write a charge that is pending. ``three_d_secure``: the result, if it was asked for."""
    copied = (
        "amount",
        "application_fee_amount",
        "currency",
        "customer",
        "description",
        "on_behalf_of",
        "receipt_email",
        "shipping",
        "statement_descriptor",
        "statement_descriptor_suffix",
        "transfer_data",
        "transfer_group",
    )
    charge = world.create(
        shapes.charge,
        billing_details=method["billing_details"],
        metadata=dict(intent["metadata"]),
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method, intent["amount"], three_d_secure),
        **{name: intent[name] for name in copied},
    )
    intent["latest_charge"] = charge["id"]
    world.store.note(charge["id"]).update(world.store.note(method["id"]))
    return charge


def _details(method: Resource, amount: int, result: str | None) -> dict[str, Any]:
    kind = method["type"]
    if kind == "card":
        secure = shapes.three_d_secure(result) if result else None
        return {"type": kind, kind: shapes.card_details(method[kind], amount, secure)}
    return {"type": kind, kind: shapes.bank_details(method[kind])}


def succeed(world: World, charge: Resource, *, capture: bool, later: bool) -> None:
    """The bank agrees. ``later``: write the balance transaction after the answer, as
    ``automatic_async`` does.
    """
    charge["status"] = "succeeded"
    charge["paid"] = True
    charge["outcome"] = shapes.authorized()
    charge["receipt_url"] = f"{world.base_url}/_sandbox/receipts/{charge['id']}"
    if capture:
        collect(world, charge, charge["amount"], later=later)


def collect(world: World, charge: Resource, amount: int, *, later: bool) -> None:
    """Capture ``amount`` minor units of an authorized charge."""
    charge["captured"] = True
    charge["amount_captured"] = amount
    if not later:
        fees.write_charge_transaction(world, charge)
        return

    def write() -> None:
        with world.change("charge.updated", charge):
            fees.write_charge_transaction(world, charge)

    world.afterwards(write)


def fail(world: World, charge: Resource, decline: Decline) -> None:
    charge["status"] = "failed"
    charge["failure_code"] = decline.code
    charge["failure_message"] = decline.message
    charge["outcome"] = shapes.declined(decline)
    world.emit("charge.failed", charge)


def keep_method(world: World, intent: Resource, method: Resource) -> None:
    """After a success: save the method if the intent says so, or mark it as used up.

    A method that was to be saved can still be attached to a customer later.
    """
    if not intent["setup_future_usage"]:
        world.store.note(method["id"])["used"] = True
        return
    if intent["setup_future_usage"] == "off_session":
        world.store.note(method["id"])["saved"] = True
    if intent["customer"]:
        wallet.keep(world, method, intent["customer"])

"""Setup intents: saving a card for later without charging it."""

import copy
from typing import Any

from ..bank.cards import Decline
from ..shapes import charge as charge_shapes
from ..shapes import setup_attempt as shapes
from ..wire.errors import ApiError, invalid, unexpected_state
from ..wire.resource import Resource
from ..world.world import World
from . import wallet
from .confirmation import Terms, next_action

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")

#: Cards whose bank wants to see the customer when the card is saved.
AUTHENTICATED_ON_SAVING = ("always", "until_saved")


def check_confirmable(intent: Resource) -> None:
    if intent["status"] not in CONFIRMABLE:
        raise unexpected_state(
            f"You cannot confirm this SetupIntent because it has a status of {intent['status']}.",
            intent,
        )


def check_method(world: World, intent: Resource, method: Resource) -> None:
    wallet.check_usable(world, method, intent["customer"])
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this SetupIntent.",
            "payment_method",
        )


def confirm(world: World, intent: Resource, terms: Terms) -> None:
    """Move the intent on. Raises the 402 of a decline after it has been written."""
    method = world.store.get("payment_method", intent["payment_method"])
    if method is None:
        raise unexpected_state(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update "
            "the SetupIntent with a payment method and then confirm it again.",
            intent,
        )
    check_method(world, intent, method)
    intent["last_setup_error"] = None
    intent["next_action"] = None
    if not _must_authenticate(world, intent, method):
        save(world, intent, method, None)
        return
    intent["status"] = "requires_action"
    intent["next_action"] = next_action(world, intent, terms)
    world.emit("setup_intent.requires_action", intent)


def _must_authenticate(world: World, intent: Resource, method: Resource) -> bool:
    if method["type"] != "card":
        return False
    card = wallet.card_of(world, method)
    options = intent["payment_method_options"].get("card", {})
    requested = options.get("request_three_d_secure") in ("any", "challenge")
    return card.authentication in AUTHENTICATED_ON_SAVING or (
        card.authentication == "on_request" and requested
    )


def save(world: World, intent: Resource, method: Resource, three_d_secure: str | None) -> None:
    """The bank agrees, or raises the 402 of its decline."""
    card = wallet.card_of(world, method) if method["type"] == "card" else None
    if card and card.decline and not card.saves:
        raise refuse(world, intent, method, card.decline, three_d_secure)
    attempt = _attempt(world, intent, method, "succeeded", None, three_d_secure)
    intent["latest_attempt"] = attempt["id"]
    intent["status"] = "succeeded"
    if intent["usage"] == "off_session":
        world.store.note(method["id"])["saved"] = True
    if card:
        method["card"]["checks"]["cvc_check"] = "pass"
    if intent["customer"]:
        wallet.keep(world, method, intent["customer"])
    world.emit("setup_intent.succeeded", intent)


def refuse(
    world: World,
    intent: Resource,
    method: Resource,
    reason: Decline,
    three_d_secure: str | None = None,
) -> ApiError:
    """Back to ``requires_payment_method`` with the reason; returns the 402."""
    error = wallet.decline_error(reason, {"payment_method": copy.deepcopy(method)})
    attempt = _attempt(world, intent, method, "failed", dict(error.error), three_d_secure)
    intent["latest_attempt"] = attempt["id"]
    intent["last_setup_error"] = dict(error.error)
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    world.emit("setup_intent.setup_failed", intent)
    error.error["setup_intent"] = copy.deepcopy(intent)
    return error


def _attempt(
    world: World,
    intent: Resource,
    method: Resource,
    status: str,
    error: dict[str, Any] | None,
    three_d_secure: str | None,
) -> Resource:
    secure = charge_shapes.three_d_secure(three_d_secure) if three_d_secure else None
    return world.create(
        shapes.setup_attempt,
        customer=intent["customer"],
        payment_method=method["id"],
        payment_method_details=shapes.details(method, secure),
        setup_error=error,
        setup_intent=intent["id"],
        status=status,
        usage=intent["usage"],
    )

"""Confirming a payment intent: which way it goes with this card, and each state on that way."""

import copy
from dataclasses import dataclass
from typing import Any

from ..bank import cards
from ..bank.cards import Card, Decline
from ..wire.errors import ApiError, invalid, unexpected_state
from ..wire.resource import Resource
from ..world.world import World
from . import aftermath, charging, wallet

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a confirmation was asked for."""

    off_session: bool = False
    #: The customer's bank may not be asked: fail instead.
    no_action: bool = False
    #: The caller is Stripe.js, which shows the bank's dialog itself.
    browser: bool = True
    return_url: str | None = None


def check_confirmable(intent: Resource) -> None:
    if intent["status"] in CONFIRMABLE:
        return
    if intent["status"] == "succeeded":
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it has already succeeded after being "
            "previously confirmed.",
            intent,
        )
    raise unexpected_state(
        f"You cannot confirm this PaymentIntent because it has a status of {intent['status']}. "
        "Only a PaymentIntent with one of the following statuses may be confirmed: "
        "requires_confirmation, requires_action.",
        intent,
    )


def check_method(world: World, intent: Resource, method: Resource) -> None:
    wallet.check_usable(world, method, intent["customer"])
    if method["type"] not in intent["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod provided ({method['type']}) is not allowed for this PaymentIntent. "
            "Please attach a PaymentMethod of one of the following types: "
            f"{', '.join(intent['payment_method_types'])}.",
            "payment_method",
        )


def confirm(world: World, intent: Resource, terms: Terms) -> None:
    """Move the intent on. Raises the 402 of a decline after it has been written."""
    method = world.store.get("payment_method", intent["payment_method"])
    if method is None:
        raise unexpected_state(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method or ConfirmationToken.",
            intent,
        )
    check_method(world, intent, method)
    intent["last_payment_error"] = None
    intent["next_action"] = None
    if method["type"] != "card":
        start_processing(world, intent, method)
        return
    card = wallet.card_of(world, method)
    if not must_authenticate(world, intent, method, card, terms):
        charge_card(world, intent, method)
    elif terms.off_session or terms.no_action:
        decline(world, intent, method, cards.AUTHENTICATION_REQUIRED)
    else:
        require_action(world, intent, terms)


def must_authenticate(
    world: World, intent: Resource, method: Resource, card: Card, terms: Terms
) -> bool:
    """Whether the bank wants to see its customer for this payment."""
    options = intent["payment_method_options"].get("card", {})
    requested = options.get("request_three_d_secure") in ("any", "challenge")
    if card.authentication == "until_saved":
        return not (terms.off_session and world.store.note(method["id"]).get("saved"))
    if card.authentication == "saved":
        return not terms.off_session
    return card.authentication == "always" or (card.authentication == "on_request" and requested)


def require_action(world: World, intent: Resource, terms: Terms) -> None:
    intent["status"] = "requires_action"
    intent["next_action"] = next_action(world, intent, terms)
    world.emit("payment_intent.requires_action", intent)


def next_action(world: World, intent: Resource, terms: Terms) -> dict[str, Any]:
    """The bank's dialog: shown by Stripe.js, or a page to send the customer to."""
    if terms.browser or not terms.return_url:
        return {
            "type": "use_stripe_sdk",
            "use_stripe_sdk": {
                "type": "stripe_3ds2_fingerprint",
                "server_transaction_id": world.ids.letters(36),
                "three_d_secure_2_source": f"payatt_{world.ids.letters(24)}",
                "three_ds_method_url": "",
            },
        }
    page = f"{world.base_url}/_sandbox/browser/redirect/{intent['id']}"
    url = f"{page}?client_secret={intent['client_secret']}"
    world.store.note(intent["id"])["return_url"] = terms.return_url
    return {
        "type": "redirect_to_url",
        "redirect_to_url": {"return_url": terms.return_url, "url": url},
    }


def start_processing(world: World, intent: Resource, method: Resource) -> None:
    charge = charging.attempt(world, intent, method)
    world.emit("charge.pending", charge)
    intent["status"] = "processing"
    # Only cards say more here; Stripe leaves it null for bank debits.
    intent["processing"] = {"type": "card", "card": {}} if method["type"] == "card" else None
    world.emit("payment_intent.processing", intent)
    aftermath.settle_later(world, intent, method)


def charge_card(
    world: World, intent: Resource, method: Resource, three_d_secure: str | None = None
) -> None:
    """Ask the bank for the money. Raises the 402 of a decline after it has been written."""
    card = wallet.card_of(world, method)
    if card.decline:
        decline(world, intent, method, card.decline, three_d_secure)
    if card.slow:
        start_processing(world, intent, method)
        return
    charge = charging.attempt(world, intent, method, three_d_secure)
    finish(world, intent, method, charge)


def finish(world: World, intent: Resource, method: Resource, charge: Resource) -> None:
    """The money is there, or reserved."""
    capture = intent["capture_method"] != "manual"
    later = intent["capture_method"] == "automatic_async"
    charging.succeed(world, charge, capture=capture, later=later)
    charging.keep_method(world, intent, method)
    world.emit("charge.succeeded", charge)
    intent["processing"] = None
    if capture:
        intent["status"] = "succeeded"
        intent["amount_received"] = intent["amount"]
        world.emit("payment_intent.succeeded", intent)
    else:
        intent["status"] = "requires_capture"
        intent["amount_capturable"] = intent["amount"]
        world.emit("payment_intent.amount_capturable_updated", intent)
    aftermath.follow(world, charge)


def decline(
    world: World,
    intent: Resource,
    method: Resource,
    reason: Decline,
    three_d_secure: str | None = None,
) -> None:
    """Write the failed attempt, then raise what the caller is answered."""
    charge = charging.attempt(world, intent, method, three_d_secure)
    charging.fail(world, charge, reason)
    raise refuse(world, intent, method, reason, charge["id"])


def refuse(
    world: World, intent: Resource, method: Resource, reason: Decline, charge_id: str | None
) -> ApiError:
    """Back to ``requires_payment_method`` with the reason; returns the 402."""
    extra: dict[str, Any] = {"charge": charge_id} if charge_id else {}
    extra["payment_method"] = copy.deepcopy(method)
    error = wallet.decline_error(reason, extra)
    intent["last_payment_error"] = dict(error.error)
    intent["status"] = "requires_payment_method"
    intent["payment_method"] = None
    intent["next_action"] = None
    intent["processing"] = None
    world.emit("payment_intent.payment_failed", intent)
    error.error["payment_intent"] = copy.deepcopy(intent)
    return error

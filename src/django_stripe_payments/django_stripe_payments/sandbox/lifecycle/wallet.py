"""Payment methods: made from tokens and card numbers, saved to customers, taken away again."""

import hashlib
from typing import Any

from ..bank import banks, cards
from ..bank.banks import Bank
from ..bank.cards import Card, Decline
from ..shapes import payment_method as shapes
from ..shapes.address import billing_details
from ..wire.calls import within
from ..wire.errors import ApiError, card_error, invalid, missing, missing_parameter
from ..wire.forms import Params
from ..wire.parameters import choice, email, integer, mapping, merged_metadata, text
from ..wire.resource import Resource
from ..world.world import World

#: What a bank account says of itself, as far as the caller gives it.
BANK_FIELDS = ("account_holder_type", "account_type", "routing_number")

#: The parameters that describe a new payment method.
DETAILS = (
    "allow_redisplay",
    "billing_details",
    "card[cvc]",
    "card[exp_month]",
    "card[exp_year]",
    "card[number]",
    "card[token]",
    "metadata",
    "type",
    "us_bank_account[account_number]",
    *within("us_bank_account", BANK_FIELDS),
)

REDISPLAY = ("always", "limited", "unspecified")

#: Test cards expire in the distant future, unless the caller says otherwise.
YEARS_AHEAD = 4

USED_UP = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer "
    "attachment, shared with a connected account without Customer attachment, or was detached "
    "from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must "
    "attach it to a Customer first."
)

RAW_CARD_REFUSED = (
    "Sending credit card numbers directly to the Stripe API is generally unsafe. We suggest you "
    "use test tokens that map to the test card you are using (pm_card_visa), or let the browser "
    "send the number with the publishable key."
)


def find_customer(world: World, customer_id: str, param: str | None = "customer") -> Resource:
    """Return a customer that is not deleted, or raise (404 if ``param`` is None)."""
    customer = world.store.find("customer", customer_id, param)
    if customer.get("deleted"):
        raise missing("customer", customer_id, param or "id", 400 if param else 404)
    return customer


def find_method(world: World, identifier: str, param: str | None = "payment_method") -> Resource:
    """Return a payment method; one of Stripe's test tokens makes a new one."""
    card = cards.by_token(identifier)
    if card:
        return add_card(world, card)
    bank = banks.by_token(identifier)
    if bank:
        return add_bank(world, bank)
    return world.store.find("payment_method", identifier, param)


def add_card(world: World, card: Card, fields: Params | None = None) -> Resource:
    year = world_year(world) + YEARS_AHEAD
    fields = {"exp_month": 12, "exp_year": year} | (fields or {})
    shape = shapes.card(card, fingerprint=fingerprint(card.number), **fields)
    method = world.create(
        shapes.payment_method, type="card", card=shape, billing_details=billing_details(None)
    )
    world.store.note(method["id"])["card"] = card.number
    return method


def add_bank(world: World, bank: Bank, fields: Params | None = None) -> Resource:
    shape = shapes.us_bank_account(fingerprint=fingerprint(bank.last4), last4=bank.last4)
    shape |= fields or {}
    return world.create(
        shapes.payment_method,
        type="us_bank_account",
        us_bank_account=shape,
        billing_details=billing_details({"name": "Jenny Rosen"}),
    )


def world_year(world: World) -> int:
    return 1970 + int(world.now() // (365.2425 * 24 * 3600))


def fingerprint(number: str) -> str:
    """The same number always has the same fingerprint, for every customer."""
    return hashlib.sha256(number.encode()).hexdigest()[:16]


def card_of(world: World, method: Resource) -> Card:
    return cards.BY_NUMBER[world.store.note(method["id"])["card"]]


def bank_of(method: Resource) -> Bank:
    return known_bank(method["us_bank_account"]["last4"])


def known_bank(last4: str) -> Bank:
    """Any account that the table does not name pays."""
    return banks.BY_LAST4.get(last4, banks.BANKS[0])


def from_details(world: World, data: Params, *, publishable: bool, at: str = "") -> Resource:
    """Make a payment method of ``{type: card, card: {number, …}, billing_details: …}``.

    ``at`` is the parameter that holds the details, for the errors.
    """
    kind = text(data, "type")
    billing = mapping(data, "billing_details")
    email(billing, "email", f"{at}[billing_details]" if at else "billing_details")
    if not kind:
        raise missing_parameter(f"{at}[type]" if at else "type")
    if kind == "card":
        method = _from_card(world, mapping(data, "card"), publishable=publishable)
    elif kind == "us_bank_account":
        method = _from_bank(world, mapping(data, kind))
    else:
        raise invalid(f"The sandbox has no payment method type {kind}.", "type")
    method["billing_details"] = billing_details(billing)
    redisplay = choice(data, "allow_redisplay", REDISPLAY)
    method["allow_redisplay"] = redisplay or method["allow_redisplay"]
    method["metadata"] = merged_metadata({}, data)
    return method


def _from_bank(world: World, given: Params) -> Resource:
    fields = {name: text(given, name) for name in BANK_FIELDS if text(given, name)}
    return add_bank(world, known_bank((text(given, "account_number") or "")[-4:]), fields)


def _from_card(world: World, given: Params, *, publishable: bool) -> Resource:
    token = text(given, "token")
    if token:
        test_card = cards.by_token(token)
        if not test_card:
            raise missing("token", token, "card[token]", 400)
        return add_card(world, test_card)
    if not given.get("number"):
        raise missing_parameter("card[number]")
    if not publishable:
        raise ApiError(402, RAW_CARD_REFUSED)
    number = "".join(str(given["number"]).replace("-", " ").split())
    expiry = _expiry(world, given)
    card = cards.BY_NUMBER.get(number)
    if not (number.isdigit() and 12 <= len(number) <= 19 and cards.passes_luhn(number)):
        raise refusal("incorrect_number", "Your card number is incorrect.", "number")
    if card is None:
        raise decline_error(cards.NOT_A_TEST_CARD)
    cvc = text(given, "cvc")
    if cvc is not None and not (cvc.isdigit() and len(cvc) in (3, 4)):
        raise refusal("invalid_cvc", "Your card's security code is invalid.", "cvc")
    return add_card(world, card, expiry)


def _expiry(world: World, given: Params) -> dict[str, int]:
    month = integer(given, "exp_month", 0) or 0
    year = integer(given, "exp_year", 0) or 0
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        raise refusal(
            "invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month"
        )
    if not world_year(world) <= year <= world_year(world) + 50:
        raise refusal("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
    return {"exp_month": month, "exp_year": year}


def refusal(code: str, message: str, param: str) -> ApiError:
    return card_error(message, code, {"param": param})


def decline_error(decline: Decline, extra: dict[str, Any] | None = None) -> ApiError:
    """The error that a decline is answered with, and what an intent keeps of it."""
    details = {"decline_code": decline.decline_code} if decline.decline_code else {}
    return card_error(decline.message, decline.code, details | (extra or {}), decline.type)


def check_usable(world: World, method: Resource, customer: str | None) -> None:
    """Refuse a method that was used up, or that belongs to another customer."""
    if method["customer"] is None and world.store.note(method["id"]).get("used"):
        raise invalid(USED_UP, "payment_method", "payment_method_unexpected_state")
    if method["customer"] and method["customer"] != customer:
        whose = (
            "does not belong to the Customer you supplied"
            if customer
            else "belongs to a Customer. Please include the Customer in the `customer` parameter"
        )
        raise invalid(f"The provided PaymentMethod {whose}.", "payment_method")


def attach(world: World, method: Resource, customer_id: str) -> None:
    """Save a method to a customer; a card whose bank refuses that is a 402."""
    check_usable(world, method, customer_id)
    if method["type"] == "card":
        card = card_of(world, method)
        if card.decline and not card.saves:
            raise decline_error(card.decline)
    keep(world, method, customer_id)


def keep(world: World, method: Resource, customer_id: str) -> None:
    if method["customer"] == customer_id:
        return
    method["customer"] = customer_id
    world.emit("payment_method.attached", method)


def detach(world: World, method: Resource) -> None:
    customer = world.store.get("customer", method["customer"])
    if customer:
        settings = customer["invoice_settings"]
        if settings["default_payment_method"] == method["id"]:
            with world.change("customer.updated", customer):
                settings["default_payment_method"] = None
    world.store.note(method["id"])["used"] = True
    before = method["customer"]
    method["customer"] = None
    world.emit("payment_method.detached", method, {"customer": before})

"""Parameters that name connected accounts. They are refused for accounts that do not exist."""

from typing import Any

from ..shapes.payment_intent import transfer_data
from ..wire.errors import invalid, missing
from ..wire.forms import Params
from ..wire.parameters import integer, mapping, text
from ..wire.resource import Resource
from ..world.world import World

#: The parameters that :func:`fields` reads.
READS = (
    "application_fee_amount",
    "on_behalf_of",
    "transfer_data[amount]",
    "transfer_data[destination]",
)

FEE_WITHOUT_ACCOUNT = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct "
    "payment (using an OAuth key or Stripe-Account header) or destination payment (using "
    "`transfer_data[destination]`)."
)


def fields(world: World, params: Params, current: Resource) -> dict[str, Any]:
    """Return who else gets a share of a payment intent; raises a 400 for an unknown account."""
    changed: dict[str, Any] = {}
    if "on_behalf_of" in params:
        changed["on_behalf_of"] = behalf(world, params)
    if "transfer_data" in params:
        given = transfer_data(mapping(params, "transfer_data"))
        _check_destination(world, given["destination"])
        changed["transfer_data"] = given
    if "application_fee_amount" in params:
        if not changed.get("transfer_data", current["transfer_data"]):
            raise invalid(FEE_WITHOUT_ACCOUNT, "application_fee_amount")
        changed["application_fee_amount"] = integer(params, "application_fee_amount")
    return changed


def behalf(world: World, params: Params) -> str | None:
    """Return the account that a payment or a saved card is for."""
    account_id = text(params, "on_behalf_of")
    return world.store.find("account", account_id, "on_behalf_of")["id"] if account_id else None


def _check_destination(world: World, account_id: str | None) -> None:
    if world.store.get("account", account_id) is None:
        param = "transfer_data[destination]"
        raise missing("destination", account_id or "", param, 400)

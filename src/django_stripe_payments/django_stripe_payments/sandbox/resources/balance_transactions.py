# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/balance_transactions"""

from stripe.params import BalanceTransactionListParams, BalanceTransactionRetrieveParams

from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.parameters import text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

FILTERS = ("source", "type", "currency")


def retrieve(world: World, call: Call, identifier: str) -> Resource:
    return world.store.find("balance_transaction", identifier)


def index(world: World, call: Call) -> Resource:
    matches = matching(world.store.all("balance_transaction"), call.params, *FILTERS)
    payout_id = text(call.params, "payout")
    if payout_id:
        _check_automatic(world, payout_id)
        # The object does not say which payout it is in; only the list can be asked.
        notes = world.store.notes
        matches = (item for item in matches if notes.get(item["id"], {}).get("payout") == payout_id)
    return page(call.path, matches, call.params, "balance_transaction")


def _check_automatic(world: World, payout_id: str) -> None:
    payout = world.store.find("payout", payout_id, "payout")
    if not payout["automatic"]:
        raise invalid(
            "Balance transaction history can only be filtered on automatic transfers, not manual.",
            "payout",
        )


LISTED = (*PAGE, *FILTERS, "created", "payout")

ROUTES = (
    Route("GET", "/v1/balance_transactions", index, BalanceTransactionListParams, LISTED),
    Route("GET", "/v1/balance_transactions/{id}", retrieve, BalanceTransactionRetrieveParams),
)

# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/balance_transactions"""

from stripe.params import BalanceTransactionListParams, BalanceTransactionRetrieveParams

from ..calls import Call, Route
from ..lists import matching, page
from ..store import Resource
from ..world import World


def retrieve(world: World, call: Call, identifier: str) -> Resource:
    return world.store.find("balance_transaction", identifier)


def index(world: World, call: Call) -> Resource:
    filters = ("source", "type", "currency", "payout")
    found = matching(world.store.all("balance_transaction"), call.params, *filters)
    return page(call.path, found, call.params, "balance_transaction")


ROUTES = (
    Route("GET", "/v1/balance_transactions", index, BalanceTransactionListParams),
    Route("GET", "/v1/balance_transactions/{id}", retrieve, BalanceTransactionRetrieveParams),
)

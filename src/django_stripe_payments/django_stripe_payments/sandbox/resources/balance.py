"""/v1/balance"""

from stripe.params import BalanceRetrieveParams

from ..lifecycle import releasing
from ..wire.calls import Call, Route
from ..wire.resource import Resource
from ..world.world import World


def retrieve(world: World, call: Call) -> Resource:  # noqa: ARG001 - every handler takes both
    return releasing.current(world)


ROUTES = (Route("GET", "/v1/balance", retrieve, BalanceRetrieveParams),)

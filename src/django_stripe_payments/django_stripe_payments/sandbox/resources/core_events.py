# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v2/core/events: thin events."""

from ..wire.calls import Call, Route
from ..wire.resource import Resource
from ..world.thin import KIND
from ..world.world import World


def retrieve(world: World, call: Call, event_id: str) -> Resource:
    return world.store.find(KIND, event_id)


ROUTES = (Route("GET", "/v2/core/events/{id}", retrieve),)

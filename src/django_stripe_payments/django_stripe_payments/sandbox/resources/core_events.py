# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v2/core/events: thin events."""

from ..calls import Call, Route
from ..store import Resource
from ..thin import KIND
from ..world import World


def retrieve(world: World, call: Call, event_id: str) -> Resource:
    return world.store.find(KIND, event_id)


ROUTES = (Route("GET", "/v2/core/events/{id}", retrieve),)

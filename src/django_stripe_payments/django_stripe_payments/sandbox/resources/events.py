# ruff: noqa: ARG001 - every handler takes the same arguments
"""/v1/events"""

from fnmatch import fnmatchcase

from stripe.params import EventListParams, EventRetrieveParams

from ..wire.calls import Call, Route
from ..wire.errors import invalid
from ..wire.parameters import boolean, strings, text
from ..wire.resource import Resource
from ..world.lists import PAGE, matching, page
from ..world.world import World

#: Seconds that Stripe answers for an event: 30 days.
KEPT = 30 * 24 * 3600


def retrieve(world: World, call: Call, event_id: str) -> Resource:
    return world.store.find("event", event_id)


def index(world: World, call: Call) -> Resource:
    params = call.params
    one, several = text(params, "type"), strings(params, "types")
    if one and several:
        raise invalid("You may pass either `type` or `types`, not both.", "types")
    patterns = several or ([one] if one else [])
    oldest = world.now() - KEPT

    def is_listed(event: Resource) -> bool:
        if event["created"] < oldest:
            return False
        if "delivery_success" in params:
            delivered = event["pending_webhooks"] == 0
            if delivered != boolean(params, "delivery_success"):
                return False
        # Stripe's only wildcard is a trailing ".*", for one family of events.
        return not patterns or any(fnmatchcase(event["type"], item) for item in patterns)

    matches = (event for event in matching(world.store.all("event"), params) if is_listed(event))
    return page(call.path, matches, params, "event")


LISTED = (*PAGE, "created", "type", "types", "delivery_success")

ROUTES = (
    Route("GET", "/v1/events", index, EventListParams, LISTED),
    Route("GET", "/v1/events/{id}", retrieve, EventRetrieveParams),
)

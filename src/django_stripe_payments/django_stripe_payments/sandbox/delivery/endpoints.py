"""The webhook endpoints that were made by the API, as deliveries know them."""

from ..resources.webhook_endpoints import KIND, SECRET
from ..world.world import World
from .webhooks import Endpoint


def enabled(world: World) -> list[Endpoint]:
    """Return the endpoints that are not disabled."""
    with world.lock:
        return [
            Endpoint(
                found["url"],
                world.store.note(found["id"])[SECRET],
                tuple(found["enabled_events"]),
            )
            for found in world.store.all(KIND)
            if found["status"] == "enabled"
        ]

"""The webhook endpoints that were made by the API, as deliveries know them."""

from ..resources.webhook_endpoints import KIND, SECRET
from ..world.world import World
from .webhooks import Endpoint


def enabled(world: World) -> list[Endpoint]:
    """Return the endpoints that are not disabled."""
    with world.lock:
        return [
            Endpoint(
                resource["url"],
                world.store.note(resource["id"])[SECRET],
                tuple(resource["enabled_events"]),
            )
            for resource in world.store.all(KIND)
            if resource["status"] == "enabled"
        ]

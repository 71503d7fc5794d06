"""Thin events: the notification of a change, for a site that gets it beside the snapshot event."""

from datetime import UTC, datetime
from typing import Any

from ..wire.resource import Resource
from .world import World

KIND = "v2.core.event"

#: Kind of object → where the API answers for it; of the others only an ``s`` is missing.
PATHS = {"radar.early_fraud_warning": "radar/early_fraud_warnings"}


def make(world: World, snapshot: Resource) -> Resource:
    """Store the thin event that tells of the same change as a snapshot event, and return it."""
    about = snapshot["data"]["object"]
    kind = about["object"]
    related = None
    if about.get("id"):
        path = PATHS.get(kind, f"{kind}s")
        related = {"id": about["id"], "type": kind, "url": f"/v1/{path}/{about['id']}"}
    return world.store.add(
        {
            "id": world.ids.new(KIND),
            "object": KIND,
            "changes": None,
            "context": None,
            "created": datetime.fromtimestamp(snapshot["created"], UTC).strftime("%FT%T.000Z"),
            "livemode": False,
            "reason": None,
            "related_object": related,
            "snapshot_event": snapshot["id"],
            "type": f"v1.{snapshot['type']}",
        }
    )


def notification(event: Resource) -> dict[str, Any]:
    """Return what is delivered of a thin event: all but what has to be fetched."""
    return {
        name: value for name, value in event.items() if name not in ("changes", "snapshot_event")
    }

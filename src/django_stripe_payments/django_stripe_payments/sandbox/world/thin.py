"""Thin events: notifications of a change, for a site that gets them alongside snapshot events."""

from datetime import UTC, datetime
from typing import Any

from ..wire.resource import Resource
from .kinds import Kind, declare, find
from .world import World

KIND = "v2.core.event"

declare(Kind(KIND, "evt"))


def make(world: World, snapshot: Resource) -> Resource:
    """Store the thin event of the same change as a snapshot event, and return it."""
    about = snapshot["data"]["object"]
    kind = about["object"]
    related = None
    if about.get("id"):
        declared = find(kind) or Kind(kind, "")
        related = {"id": about["id"], "type": kind, "url": f"{declared.url}/{about['id']}"}
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

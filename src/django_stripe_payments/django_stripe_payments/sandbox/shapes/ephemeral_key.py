"""The ephemeral key."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(Kind("ephemeral_key", "ephkey"))


def ephemeral_key(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "ephemeral_key",
        "created": created,
        "expires": None,
        "livemode": False,
    } | fields

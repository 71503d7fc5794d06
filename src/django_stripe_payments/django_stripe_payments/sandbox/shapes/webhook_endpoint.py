"""The webhook endpoint."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(Kind("webhook_endpoint", "we"))


def webhook_endpoint(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": created,
        "description": None,
        "enabled_events": [],
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": "",
    } | fields

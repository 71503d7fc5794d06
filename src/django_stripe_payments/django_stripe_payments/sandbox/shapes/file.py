"""The uploaded file."""

from typing import Any

from ..wire.resource import Resource
from ..world.kinds import Kind, declare

declare(Kind("file", "file"))


def file(*, created: int, **fields: Any) -> Resource:
    return {
        "id": None,
        "object": "file",
        "created": created,
        "expires_at": None,
        "filename": None,
        "links": None,
        "purpose": "dispute_evidence",
        "size": 0,
        "title": None,
        "type": None,
        "url": None,
    } | fields

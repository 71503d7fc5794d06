"""Where the sandbox keeps its objects: in memory, in the order of creation."""

from collections.abc import Iterator
from typing import Any

from ..wire.errors import missing
from ..wire.resource import Resource


class Store:
    """Objects by kind and id, and notes: what the sandbox knows of an object but never shows."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, Resource]] = {}
        self.notes: dict[str, dict[str, Any]] = {}

    def add(self, resource: Resource) -> Resource:
        self.tables.setdefault(resource["object"], {})[resource["id"]] = resource
        return resource

    def get(self, kind: str, identifier: str | None) -> Resource | None:
        return self.tables.get(kind, {}).get(identifier or "")

    def find(
        self, kind: str, identifier: str, param: str | None = None, status: int | None = None
    ) -> Resource:
        """Return the object, or raise Stripe's ``resource_missing``.

        Without ``param`` the id stands in the URL (404); with it, in that parameter (400).
        """
        resource = self.get(kind, identifier)
        if resource is None:
            raise missing(kind, identifier, param or "id", status or (400 if param else 404))
        return resource

    def all(self, kind: str) -> Iterator[Resource]:
        """Newest first, as Stripe lists them."""
        return reversed(self.tables.get(kind, {}).values())

    def note(self, identifier: str) -> dict[str, Any]:
        return self.notes.setdefault(identifier, {})

    def clear(self) -> None:
        self.tables.clear()
        self.notes.clear()

    def dump(self) -> dict[str, Any]:
        return {"tables": self.tables, "notes": self.notes}

    def load(self, data: dict[str, Any]) -> None:
        self.tables = data["tables"]
        self.notes = data["notes"]

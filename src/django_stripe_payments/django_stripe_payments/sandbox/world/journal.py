"""The events that the sandbox emits: one per change, each with a snapshot of that moment."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..wire.resource import Resource
from ..wire.version import API_VERSION
from .kinds import Kind, declare
from .store import Store

declare(Kind("event", "evt"))

Listener = Callable[[Resource], None]


class Journal:
    """Writes events to the store and passes each to the listener."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.listener: Listener | None = None
        #: How many endpoints await an event of a type; 1 stands for the site that is tested in
        #: process.
        self.audience: Callable[[str], int] = lambda _: 1

    def write(
        self,
        identifier: str,
        created: int,
        name: str,
        resource: Resource,
        previous: Mapping[str, Any] | None,
        request: Mapping[str, str | None],
    ) -> Resource:
        data: dict[str, Any] = {"object": copy.deepcopy(resource)}
        if previous is not None:
            data["previous_attributes"] = dict(previous)
        event = self._store.add(
            {
                "id": identifier,
                "object": "event",
                "api_version": API_VERSION,
                "created": created,
                "data": data,
                "livemode": False,
                "pending_webhooks": self.audience(name),
                "request": dict(request),
                "type": name,
            }
        )
        if self.listener:
            self.listener(event)
        return event


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return Stripe's ``previous_attributes``: old values of what differs, hashes cut down."""
    previous: dict[str, Any] = {}
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            previous[name] = changed(old, new)
        else:
            previous[name] = copy.deepcopy(old)
    return previous

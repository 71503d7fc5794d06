"""What every part of the sandbox shares: the objects, the clock, the ids, the events."""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..wire.resource import Resource
from .clock import Clock
from .ids import Ids
from .journal import Journal, changed
from .store import Store
from .timetable import Timetable

#: What an event says of its cause when no request caused it.
NO_REQUEST: dict[str, str | None] = {"id": None, "idempotency_key": None}


class World:
    """The state of one sandbox. Hold ``lock`` to change it."""

    def __init__(self, clock: Clock | None = None, seed: int | None = None) -> None:
        self.lock = threading.RLock()
        self.clock = clock or Clock()
        self.ids = Ids(seed)
        self.store = Store()
        self.journal = Journal(self.store)
        self.timetable = Timetable()
        self.request = NO_REQUEST
        #: Where the sandbox's own pages are served, once a server runs.
        self.base_url = "http://127.0.0.1:12111"
        #: Seconds until ``processing`` and pending refunds end by themselves; None: never.
        self.settle_after: float | None = None
        self._afterwards: list[Callable[[], object]] = []

    def now(self) -> int:
        """Whole seconds, like Stripe's: equal timestamps are ordinary."""
        return int(self.clock())

    def create(self, shape: Callable[..., Resource], **fields: Any) -> Resource:
        """Build an object by its shape, give it an id and a time, and store it."""
        resource = shape(created=self.now(), **fields)
        if not resource.get("id"):
            resource["id"] = self.ids.new(resource["object"])
        return self.store.add(resource)

    def emit(
        self, name: str, resource: Resource, previous: dict[str, Any] | None = None
    ) -> Resource:
        identifier = self.ids.new("event")
        return self.journal.write(identifier, self.now(), name, resource, previous, self.request)

    @contextmanager
    def change(self, name: str, resource: Resource) -> Iterator[None]:
        """Emit ``name`` with the previous attributes, if the block changed anything."""
        before = copy.deepcopy(resource)
        yield
        previous = changed(before, resource)
        if previous:
            self.emit(name, resource, previous)

    def afterwards(self, action: Callable[[], object]) -> None:
        """Do ``action`` once the answer to the present call is written, as Stripe does later."""
        self._afterwards.append(action)

    def finish(self) -> None:
        """Run what was put off. The lock is held."""
        while self._afterwards:
            self._afterwards.pop(0)()

    @contextmanager
    def acting(self, request: dict[str, str | None] = NO_REQUEST) -> Iterator[None]:
        """Hold the lock for one call or command, which the events name as their cause."""
        with self.lock:
            before, self.request = self.request, request
            try:
                yield
            finally:
                self.finish()
                self.request = before

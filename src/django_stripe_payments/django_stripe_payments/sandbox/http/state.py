"""Keep the sandbox's objects in a file, so that a restarted demo still has them."""

import json
import os
import tempfile
from pathlib import Path

from ..wire.resource import Resource
from .app import App


class StateFile:
    """One JSON file, replaced as a whole: a crash leaves the old or the new one."""

    def __init__(self, path: Path, app: App) -> None:
        self.path = path
        self._app = app
        self._events: frozenset[str] = frozenset()

    def load(self) -> None:
        """Read the file, if there is one."""
        if not self.path.exists():
            return
        data = json.loads(self.path.read_text(encoding="utf-8"))
        self._app.world.store.load(data["store"])
        self._app.world.timetable.load(data["timetable"])
        self._app.idempotency.load(data["idempotency"])
        self._app.world.clock.offset = data.get("clock_offset", 0.0)

    def keep(self, event: Resource) -> None:
        """Write the file unless it has this event: what was sent must not be forgotten."""
        if event["id"] not in self._events:
            self.save()

    def save(self) -> None:
        """Write the file."""
        with self._app.world.lock:
            self._write()

    def _write(self) -> None:
        data = {
            "store": self._app.world.store.dump(),
            "timetable": self._app.world.timetable.dump(),
            "idempotency": self._app.idempotency.dump(),
            "clock_offset": self._app.world.clock.offset,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=self.path.parent, delete=False, encoding="utf-8"
        ) as file:
            json.dump(data, file)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.path)
        self._events = frozenset(self._app.world.store.tables.get("event", ()))

"""What the sandbox will do later by itself, kept with the objects so that a restart keeps it."""

from collections.abc import Callable
from typing import Any

#: What can be due: name of the action -> what does it to an id (or to a currency). Each part of
#: the sandbox adds its own. The first argument is the world.
ACTIONS: dict[str, Callable[[Any, str], None]] = {}


class Timetable:
    """Entries of a time, the name of an action, and what it acts on; each is there once."""

    def __init__(self) -> None:
        self._entries: list[list[Any]] = []

    def add(self, when: float, action: str, identifier: str) -> None:
        entry = [when, action, identifier]
        if entry not in self._entries:
            self._entries.append(entry)

    def take(self, now: float) -> list[tuple[str, str]]:
        """Remove and return what is due, the earliest first."""
        due = sorted(entry for entry in self._entries if entry[0] <= now)
        self._entries = [entry for entry in self._entries if entry[0] > now]
        return [(action, identifier) for _, action, identifier in due]

    def clear(self) -> None:
        self._entries.clear()

    def dump(self) -> list[list[Any]]:
        return self._entries

    def load(self, data: list[list[Any]]) -> None:
        self._entries = data

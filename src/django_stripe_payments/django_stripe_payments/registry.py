"""The one shape of the registries with which an opt-in app takes part in the work of the core."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """What a registry holds."""

    @property
    def name(self) -> str:
        """The unique name of the entry in its registry."""


class Ordered(Named, Protocol):
    """What a registry of steps holds."""

    @property
    def before(self) -> str | None:
        """The name of the step that comes later; None if this one comes last."""


Entry = TypeVar("Entry", bound=Named)
Step = TypeVar("Step", bound=Ordered)


class Registry(Generic[Entry]):
    """Entries by name, in the order of their registration.

    An app registers its entries in the ``ready()`` of its config. What is not registered any more,
    because its app was removed, is not missed.
    """

    def __init__(self, noun: str) -> None:
        self._noun = noun
        self._entries: dict[str, Entry] = {}

    def register(self, entry: Entry) -> Entry:
        """Add an entry, and return it. Raises ValueError if another one has its name."""
        if self._entries.setdefault(entry.name, entry) is not entry:
            msg = f"Another {self._noun} is registered as {entry.name!r}."
            raise ValueError(msg)
        return entry

    def unregister(self, entry: Entry) -> None:
        """Remove an entry, for example at the end of a test."""
        if self._entries.get(entry.name) is entry:
            del self._entries[entry.name]

    def registered(self) -> Mapping[str, Entry]:
        """Return the entries by name."""
        return dict(self._entries)


def ordered(steps: Iterable[Step], default: str) -> dict[str, Step]:
    """Return steps by name, each before the one that it names.

    A step that names one that is not there comes before ``default``.
    """
    order: list[Step] = []
    # Those that come last are placed first, so that the others can name them.
    for step in sorted(steps, key=lambda step: step.before is not None):
        names = [placed.name for placed in order]
        place = step.before if step.before in names else default
        is_last = step.before is None or place not in names
        order.insert(len(order) if is_last else names.index(str(place)), step)
    return {step.name: step for step in order}

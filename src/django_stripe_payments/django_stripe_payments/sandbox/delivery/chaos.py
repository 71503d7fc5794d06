"""Chaos in the delivery of events: duplicates, wrong order, delay, loss; the same for one seed."""

import random
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chaos:
    """``duplicate`` and ``drop`` are probabilities from 0 to 1; ``delay`` is in seconds."""

    duplicate: float = 0.0
    drop: float = 0.0
    shuffle: bool = False
    #: Each delivery waits for a random time up to this.
    delay: float = 0.0
    #: How often each event goes out that is not lost, without the duplicates.
    copies: int = 1
    seed: int = 0


class Scrambler:
    """Applies a :class:`Chaos`, with one stream of chance."""

    def __init__(self, chaos: Chaos) -> None:
        self.chaos = chaos
        self._random = random.Random(chaos.seed)  # noqa: S311

    def copies(self) -> int:
        """How often the next event is delivered; 0 for one that is lost."""
        if self._random.random() < self.chaos.drop:
            return 0
        duplicate = self._random.random() < self.chaos.duplicate
        return self.chaos.copies + duplicate

    def wait(self) -> float:
        """Seconds until the next delivery; what shuffles waits for different times."""
        spread = self.chaos.delay or (0.2 if self.chaos.shuffle else 0.0)
        return self._random.uniform(0, spread) if spread else 0.0

    def scramble(self, items: list[Item]) -> list[Item]:
        """Return what of ``items`` arrives, in the order of its arrival."""
        arriving = [item for item in items for _ in range(self.copies())]
        if self.chaos.shuffle:
            self._random.shuffle(arriving)
        return arriving

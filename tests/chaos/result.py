"""What a run came to."""

import time
from dataclasses import dataclass, field
from typing import Any

#: A reader who looks at a hundred differences has seen enough.
SHOWN = 100


class Drift(Exception):
    """Something is not as it was promised; the message says what."""


@dataclass
class Result:
    """The numbers of a run, and how long each part of it took."""

    title: str
    seed: int
    seconds: float = 0.0
    counts: dict[str, Any] = field(default_factory=dict)
    laps: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def lap(self, name: str) -> None:
        """Note how long what was done since the last lap took."""
        self.seconds = time.monotonic() - self.started
        self.laps[name] = self.seconds - sum(self.laps.values())

    def lines(self) -> list[str]:
        laps = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in self.laps.items())
        told = [f"{self.title}, seed {self.seed}, {self.seconds:.0f} s: {laps}"]
        return told + [f"  {name}: {_in_words(value)}" for name, value in self.counts.items()]


def told(found: list[str]) -> str:
    """Return lines of differences, as many as a reader wants."""
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return "\n".join(f"  {line}" for line in [*found[:SHOWN], *more])


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number} {name}" for name, number in value.items()) or "none"
    return str(value)

"""Times of the same work by several contenders, taken in turns, and what they say.

A shared machine is now fast, now slow. So the contenders take turns, and a ratio is the median of
the ratios within each turn: whatever slows a turn down, slows down all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any

#: Given how often, returns the seconds of each run.
Contender = Callable[[int], list[float]]


@dataclass
class Times:
    """Seconds of one contender, turn by turn."""

    turns: list[list[float]]
    statements: int | None = None

    @property
    def all(self) -> list[float]:
        return [seconds for turn in self.turns for seconds in turn]

    def summary(self) -> dict[str, Any]:
        """In milliseconds: the median, and between what nine of ten lie."""
        ordered = sorted(self.all)
        low, high = _spread(ordered)
        return {
            "median": _ms(median(ordered)),
            "low": _ms(low),
            "high": _ms(high),
            "runs": len(ordered),
            "statements": self.statements,
        }


def _spread(ordered: list[float]) -> tuple[float, float]:
    if len(ordered) < 10:
        return ordered[0], ordered[-1]
    cuts = quantiles(ordered, n=20)
    return cuts[0], cuts[-1]


def _ms(seconds: float) -> float:
    return float(f"{seconds * 1000:.4g}")


def in_turns(
    contenders: Mapping[str, Contender], turns: int, times: int = 1, *, warm_up: bool = True
) -> dict[str, Times]:
    """Let each contender run ``times`` times in each turn; the order turns around every time."""
    found: dict[str, Times] = {name: Times([]) for name in contenders}
    if warm_up:
        for run in contenders.values():
            run(1)
    for turn in range(turns):
        for name in list(contenders)[:: -1 if turn % 2 else 1]:
            found[name].turns.append(contenders[name](times))
    return found


def ratio(above: Times, below: Times) -> float:
    """Return how many times as long the one takes: the median of the turns' ratios."""
    pairs = zip(above.turns, below.turns, strict=True)
    return median(median(one) / median(other) for one, other in pairs)


@dataclass
class Mark:
    """What a number must be: at most, or at least, so much."""

    what: str
    value: float
    limit: float | None = None
    at_least: bool = False
    unit: str = "×"

    @property
    def met(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass
class Benchmark:
    """One row of the report: the same work by several contenders."""

    name: str
    title: str
    group: str
    times: dict[str, dict[str, Any]]
    marks: list[Mark] = field(default_factory=list)
    unit: str = "ms"

    def as_json(self) -> dict[str, Any]:
        rounded = [
            {**asdict(mark), "value": float(f"{mark.value:.3g}"), "met": mark.met}
            for mark in self.marks
        ]
        return {**asdict(self), "marks": rounded}


def benchmark(
    name: str,
    title: str,
    group: str,
    found: dict[str, Times],
    limit: float | None = None,
    *,
    floor: float | None = None,
) -> Benchmark:
    """A benchmark of times, with "ours" marked against "minimum", and against the "sql" floor."""
    times = {contender: each.summary() for contender, each in found.items()}
    marks = []
    if {"ours", "minimum"} <= set(found):
        marks.append(Mark("ours ÷ minimum", ratio(found["ours"], found["minimum"]), limit))
    if floor is not None:
        marks.append(Mark("ours ÷ bare SQL", ratio(found["ours"], found["sql"]), floor))
    return Benchmark(name, title, group, times, marks)

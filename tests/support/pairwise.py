"""Combinations of choices in which each pair of values occurs: far fewer than all of them.

Most faults of a configuration need two choices together. Ten choices of two values have 1,024
combinations and 180 pairs, and about ten combinations hold all of the pairs.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any

Choices = Mapping[str, Sequence[Any]]
Combination = dict[str, Any]
#: Two names with the index of a value each. Values need not be hashable.
Pair = tuple[str, int, str, int]


def pairwise(choices: Choices) -> list[Combination]:
    """Combinations that hold each pair of values of two different names. Always the same ones."""
    left = list(_pairs(choices))
    found: list[Combination] = []
    while left:
        chosen = _next(choices, left)
        left = [pair for pair in left if not _holds(chosen, pair)]
        found.append({name: choices[name][at] for name, at in chosen.items()})
    return _without_idle(choices, found)


def described(combination: Combination) -> str:
    """A short name for a test: the values, in order."""
    return "-".join(str(value).strip("/") or "none" for value in combination.values())


def _pairs(choices: Choices) -> Iterator[Pair]:
    for one, two in combinations(choices, 2):
        for first, second in product(range(len(choices[one])), range(len(choices[two]))):
            yield one, first, two, second


def _next(choices: Choices, left: list[Pair]) -> dict[str, int]:
    """Start with the first pair that is missing; then take, name by name, what holds most."""
    one, first, two, second = left[0]
    chosen = {one: first, two: second}
    for name in choices:
        if name not in chosen:
            chosen[name] = max(
                range(len(choices[name])),
                key=lambda at, name=name: _gain({**chosen, name: at}, left),  # type: ignore[misc]
            )
    return {name: chosen[name] for name in choices}


def _without_idle(choices: Choices, found: list[Combination]) -> list[Combination]:
    """Drop combinations whose pairs all occur in others: a late one can make an early one so."""
    for each in list(found):
        others = [other for other in found if other is not each]
        if all(any(_shows(choices, one, pair) for one in others) for pair in _pairs(choices)):
            found = others
    return found


def _shows(choices: Choices, combination: Combination, pair: Pair) -> bool:
    one, first, two, second = pair
    return bool(
        combination[one] == choices[one][first] and combination[two] == choices[two][second]
    )


def _gain(chosen: dict[str, int], left: list[Pair]) -> int:
    return sum(_holds(chosen, pair) for pair in left)


def _holds(chosen: dict[str, int], pair: Pair) -> bool:
    one, first, two, second = pair
    return chosen.get(one) == first and chosen.get(two) == second

"""The generator of combinations: each pair occurs, and there are few."""

from itertools import combinations, product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pairwise import described, pairwise
from tests.support.sites import CHOICES, SITES

CHOICE = st.lists(st.integers(), min_size=1, max_size=4, unique=True)


def missing(choices, found):
    return [
        (one, first, two, second)
        for one, two in combinations(choices, 2)
        for first, second in product(choices[one], choices[two])
        if not any(each[one] == first and each[two] == second for each in found)
    ]


@given(st.dictionaries(st.sampled_from("abcdef"), CHOICE, min_size=2))
def test_each_pair_occurs(choices):
    found = pairwise(choices)
    assert missing(choices, found) == []
    assert len(found) <= prod(map(len, choices.values()))


def test_ten_switches_need_few_combinations():
    assert len(pairwise({str(n): [False, True] for n in range(10)})) <= 12


@pytest.mark.parametrize("gone", range(3))
def test_no_combination_of_the_sites_is_idle(gone):
    assert missing(CHOICES, SITES) == []
    assert missing(CHOICES, SITES[:gone] + SITES[gone + 1 :]) != []


def test_each_has_a_name_of_its_own():
    assert len({described(each) for each in SITES}) == len(SITES)

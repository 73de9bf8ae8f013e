"""Statuses of one second: put into an order in which each follows the one before it."""

from __future__ import annotations

import random
from itertools import pairwise, permutations

from hypothesis import given
from hypothesis import strategies as st
from tests.engine.work import sighting

from callboard.engine.reading.order import chain, in_order

Step = tuple[str | None, str | None]
WALK = st.lists(st.sampled_from("ABCD"), min_size=2, max_size=12)


def order(steps: list[Step], start: str | None = None) -> list[Step]:
    return chain(steps, lambda step: step, start)


def gaps(steps: list[Step]) -> int:
    return sum(earlier[1] != later[0] for earlier, later in pairwise(steps))


@given(WALK, st.randoms())
def test_a_walk_is_found_again_from_its_start_whatever_the_order(places: list[str], chance: random.Random) -> None:
    steps: list[Step] = list(pairwise(places))
    shuffled = chance.sample(steps, len(steps))
    found = order(shuffled, places[0])
    assert sorted(found, key=repr) == sorted(steps, key=repr)
    assert gaps(found) == 0
    assert (found[0][0], found[-1][1]) == (places[0], places[-1])


@given(st.lists(WALK, min_size=1, max_size=3), st.randoms())
def test_where_steps_are_missing_there_are_no_more_gaps_than_parts(
    walks: list[list[str]], chance: random.Random
) -> None:
    steps: list[Step] = [step for places in walks for step in pairwise(places)]
    found = order(chance.sample(steps, len(steps)))
    assert sorted(found, key=repr) == sorted(steps, key=repr)
    assert gaps(found) <= len(walks) - 1


def test_a_detour_is_no_dead_end() -> None:
    steps: list[Step] = [(None, "NS"), ("NS", "IP"), ("IP", "RC"), ("RC", "IP"), ("IP", "A")]
    for shuffled in permutations(steps):
        assert order(list(shuffled)) == steps


@given(WALK, WALK, st.randoms())
def test_each_second_begins_where_the_one_before_it_ended(
    first: list[str], then: list[str], chance: random.Random
) -> None:
    walks = [first, [first[-1], *then]]
    sightings = [
        sighting("a", after=after, kind="status", from_status=begin, status=end)
        for after, places in enumerate(walks)
        for begin, end in [(None, places[0])] * (after == 0) + list(pairwise(places))
    ]
    found = [(one.change.from_status, one.change.status) for one in in_order(chance.sample(sightings, len(sightings)))]
    assert gaps(list(found)) == 0

"""Which units a wish gets; and a pool is never full on paper only."""

from itertools import product
from unittest.mock import patch

from hypothesis import assume, example, given
from hypothesis import strategies as st

from booking.availability import (
    free_spans,
    pick,
    repack,
    units,
)
from booking.timespan import TimeSpan
from tests.availability.spans import DAY, span, spans, units_taken


def test_pick_takes_the_tightest_gap_first():
    taken = {1: [], 2: [span(0, 60)], 3: [span(0, 60), span(150, 200)], 4: [span(0, 60), span(120, 200)]}
    assert pick([1, 2, 3, 4], taken, span(60, 120), 4) == [4, 3, 2, 1]
    assert pick([1, 2, 3, 4], taken, span(60, 120), 2) == [4, 3]
    assert pick([1, 2, 3, 4], taken, span(60, 130), 1) == [3]


def test_pick_keeps_the_given_order_among_equals():
    assert pick([7, 3, 5], {}, span(0, 60), 2) == [7, 3]


def test_pick_says_none_when_there_are_too_few():
    assert pick([1, 2], {1: [span(30, 90)]}, span(0, 60), 2) is None


def test_a_claim_moves_so_that_the_wish_fits():
    movable = [("a", span(0, 60), 1), ("b", span(60, 120), 2)]
    chosen, moves = repack([1, 2], {}, movable, span(0, 120), 1)
    assert (chosen, moves) in [([1], {"a": 2}), ([2], {"b": 1})]


def test_a_claim_that_has_begun_stays():
    fixed = {1: [span(0, 60)]}
    assert repack([1, 2], fixed, [("b", span(60, 120), 2)], span(0, 120), 1) == ([2], {"b": 1})
    assert repack([1, 2], {1: [span(0, 60)], 2: [span(60, 120)]}, [], span(0, 120), 1) is None


def test_nothing_moves_when_a_unit_is_free_anyway():
    movable = [("a", span(0, 60), 1), ("b", span(60, 120), 2)]
    assert repack([1, 2, 3], {}, movable, span(0, 120), 1) == ([3], {})


def test_two_claims_of_one_reservation_stay_on_two_units():
    movable = [(("r", 1), span(0, 60), 1), (("r", 2), span(0, 60), 2), ("s", span(60, 120), 3)]
    chosen, moves = repack([1, 2, 3], {}, movable, span(0, 120), 1)
    held = {("r", 1): 1, ("r", 2): 2, **moves}
    assert held["r", 1] != held["r", 2]
    assert chosen[0] not in (held["r", 1], held["r", 2])


def test_a_clash_with_maintenance_is_left_to_the_manager():
    """Maintenance came over the claim 'a' on unit 1; making room on 2 and 3 does not stumble over it."""
    fixed = {1: [span(0, 30)]}
    movable = [("a", span(0, 60), 1), ("b", span(0, 60), 2), ("c", span(60, 120), 3)]
    chosen, moves = repack([1, 2, 3], fixed, movable, span(0, 120), 1)
    assert "a" not in moves
    assert (chosen, moves) in [([2], {"b": 3}), ([3], {"c": 2})] or moves.get("c") == 1


def test_a_claim_on_a_unit_that_is_gone_is_left_alone():
    assert repack([1], {}, [("a", span(0, 60), 99)], span(0, 60), 1) == ([1], {})


def test_full_at_one_instant_is_full():
    movable = [("a", span(0, 61), 1), ("b", span(60, 120), 2)]
    assert repack([1, 2], {}, movable, span(0, 120), 1) is None
    assert repack([1, 2], {}, [], span(0, 60), 3) is None


def laid_out(taken: dict[int, list[TimeSpan]]) -> list[tuple[tuple[int, int], TimeSpan, int]]:
    return [((unit, number), each, unit) for unit, held in taken.items() for number, each in enumerate(held)]


def sound(fixed, movable, wish, count, answer) -> bool:
    """Whether the answer leaves no two spans on one unit, and moves only into free time."""
    chosen, moves = answer
    held = [(moves.get(key, unit), each) for key, each, unit in movable] + [(unit, wish) for unit in chosen]
    clash = any(
        one[0] == other[0] and one[1].overlaps(other[1])
        for place, one in enumerate(held)
        for other in held[place + 1 :]
    )
    moved = [(unit, each) for unit, each in held[len(movable) :]]
    moved += [(moves[key], each) for key, each, _ in movable if key in moves]
    into = any(each.overlaps(stays) for unit, each in moved for stays in fixed.get(unit, ()))
    return len(set(chosen)) == count and not clash and not into


@given(units_taken, spans, st.integers(1, 3))
def test_with_nothing_fixed_a_pool_is_full_only_when_it_is(taken, wish, count):
    movable = laid_out(taken)
    answer = repack(list(taken), {}, movable, wish, count)
    enough = free_spans([wish], taken, takes="any", count=count) == [wish]
    assert (answer is not None) == enough
    assert answer is None or sound({}, movable, wish, count, answer)


@given(units_taken, spans, st.integers(1, 3))
@example({1: [span(20, 30)], 2: [span(40, 50)]}, span(10, 100), 1)
def test_with_nothing_fixed_it_never_has_to_search_back(taken, wish, count):
    with patch.object(units, "MOST_TRIES", 0):
        answer = repack(list(taken), {}, laid_out(taken), wish, count)
    assert (answer is not None) == (free_spans([wish], taken, takes="any", count=count) == [wish])


@given(units_taken, spans, st.integers(1, 2), st.data())
def test_around_fixed_spans_it_finds_what_trying_everything_finds(taken, wish, count, data):
    everything = laid_out(taken)
    stays = data.draw(
        st.sets(st.sampled_from([key for key, _, _ in everything])) if everything else st.just(set())
    )
    fixed = {
        unit: [each for key, each, home in everything if home == unit and key in stays] for unit in taken
    }
    movable = [item for item in everything if item[0] not in stays]
    assume(len(movable) + count <= 6)
    answer = repack(list(taken), fixed, movable, wish, count)
    assert answer is None or sound(fixed, movable, wish, count, answer)
    possible = any(
        sound(
            fixed,
            movable,
            wish,
            count,
            (
                list(places[:count]),
                {
                    key: place
                    for (key, _, home), place in zip(movable, places[count:], strict=True)
                    if place != home
                },
            ),
        )
        for places in product(taken, repeat=count + len(movable))
    )
    assert (answer is not None) == possible


def test_a_large_pool_is_packed_quickly_and_gently():
    """Twelve desks for three months of days, all mornings on odd desks and all afternoons on even ones."""
    movable = []
    for day in range(90):
        for desk in range(1, 13):
            half = 0 if desk % 2 else 240
            movable.append(((day, desk), span(day * DAY + 540 + half, day * DAY + 780 + half), desk))
    chosen, moves = repack(range(1, 13), {}, movable, span(540, 1020), 1)
    assert sound({}, movable[:12], span(540, 1020), 1, (chosen, moves))
    assert len(moves) == 1


def test_a_puzzle_without_end_ends():
    """No unit is free throughout, and finding that out has no end: the search gives up, and takes nothing."""
    fixed = {unit: [span(200 + unit, 201 + unit)] for unit in range(1, 21)}
    movable = [(unit, span(0, 100), unit) for unit in range(1, 19)]
    taken = {unit: [*fixed[unit], *(each for key, each, _ in movable if key == unit)] for unit in fixed}
    assert free_spans([span(1, 400)], taken, takes="any", count=1) == [span(1, 400)]
    assert repack(range(1, 21), fixed, movable, span(1, 400), 1) is None

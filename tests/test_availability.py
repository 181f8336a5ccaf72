"""Free is open, minus closed, minus taken; and a pool is never full on paper only."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, product
from unittest.mock import patch

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from booking.availability import (
    Hours,
    Run,
    bookable_spans,
    free_spans,
    nearest,
    on_raster,
    open_spans,
    pick,
    repack,
    timeline_runs,
    units,
)
from booking.timespan import NoSuchTime, TimeSpan, day_span, union, wall_to_utc

BRUSSELS = "Europe/Brussels"
MONDAY = date(2026, 3, 2)
ZERO = wall_to_utc(MONDAY, 0, BRUSSELS)
DAY = 24 * 60


def span(begins: int, ends: int) -> TimeSpan:
    """Minutes from Monday's midnight in Brussels."""
    return TimeSpan(ZERO + timedelta(minutes=begins), ZERO + timedelta(minutes=ends))


def minutes(found: list[TimeSpan]) -> list[tuple[int, int]]:
    one = timedelta(minutes=1)
    return [((each.begins_at - ZERO) // one, (each.ends_at - ZERO) // one) for each in found]


spans = st.builds(
    lambda begins, length: span(begins, begins + length), st.integers(0, 200), st.integers(1, 60)
)


def apart(found: list[TimeSpan]) -> list[TimeSpan]:
    """Of these spans, those that fit on one unit, first come."""
    kept: list[TimeSpan] = []
    for each in found:
        if not any(each.overlaps(other) for other in kept):
            kept.append(each)
    return kept


units_taken = st.lists(st.lists(spans, max_size=5).map(apart), min_size=1, max_size=4).map(
    lambda lists: dict(enumerate(lists, start=1))
)


def test_it_works():
    hours = [Hours(1, 9 * 60, 18 * 60)]
    open_ = open_spans(hours, span(0, DAY), BRUSSELS, shut_days=())
    bookable = bookable_spans(open_, [span(12 * 60, 13 * 60)])
    taken = {1: [span(540, 600)], 2: [span(540, 720)]}
    assert minutes(free_spans(bookable, taken, takes="any", count=1)) == [(600, 720), (780, 1080)]
    assert pick([1, 2], taken, span(600, 660), 1) == [1]
    assert repack([1, 2], {}, [], span(600, 660), 1) == ([1], {})


# Opening hours


def test_hours_hold_on_their_weekday_within_their_dates():
    hours = [Hours(1, 540, 1080, valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 9))]
    found = open_spans(hours, span(-7 * DAY, 21 * DAY), BRUSSELS, shut_days=())
    assert minutes(found) == [(540, 1080), (7 * DAY + 540, 7 * DAY + 1080)]  # both days included


def test_hours_past_midnight_belong_to_the_evening():
    hours = [Hours(1, 20 * 60, 26 * 60)]
    assert minutes(open_spans(hours, span(DAY, 2 * DAY), BRUSSELS, shut_days=())) == [(DAY, DAY + 120)]
    assert open_spans(hours, span(0, 2 * DAY), BRUSSELS, shut_days={MONDAY}) == []
    tuesday = MONDAY + timedelta(days=1)
    assert minutes(open_spans(hours, span(0, 2 * DAY), BRUSSELS, shut_days={tuesday})) == [(1200, 1560)]


def test_hours_of_two_days_ago_still_count_at_their_very_end():
    hours = [Hours(1, 60, 2 * DAY)]
    assert minutes(open_spans(hours, span(2 * DAY - 30, 3 * DAY), BRUSSELS, shut_days=())) == [
        (2 * DAY - 30, 2 * DAY)
    ]


def test_day_and_night_is_one_span():
    hours = [Hours(weekday, 0, DAY) for weekday in range(1, 8)]
    window = span(100, 6 * DAY + 7)
    assert open_spans(hours, window, BRUSSELS, shut_days=()) == [window]


def test_neighbouring_hours_merge():
    hours = [Hours(1, 540, 720), Hours(1, 720, 1080), Hours(1, 700, 800)]
    assert minutes(open_spans(hours, span(0, DAY), BRUSSELS, shut_days=())) == [(540, 1080)]


@pytest.mark.parametrize(
    "weekday, opens, closes",
    [(0, 0, 60), (8, 0, 60), (1, 60, 60), (1, -1, 60), (1, 1440, 1500), (1, 0, 2881)],
)
def test_hours_that_mean_nothing_are_refused(weekday, opens, closes):
    with pytest.raises(ValueError):
        Hours(weekday, opens, closes)


@given(st.integers(0, 1439), st.integers(1, 1440), st.integers(-300, 3000), st.integers(1, 3000))
def test_a_window_only_cuts(opens, length, begins, window_length):
    hours = [Hours(weekday, opens, opens + length) for weekday in (1, 2, 5)]
    wide = open_spans(hours, span(-10 * DAY, 20 * DAY), BRUSSELS, shut_days=())
    window = span(begins, begins + window_length)
    cut = [part for each in wide if (part := each.intersection(window))]
    assert open_spans(hours, window, BRUSSELS, shut_days=()) == cut


# Free spans


def test_all_units_must_be_free_for_a_whole():
    taken = {1: [span(60, 120)], 2: [span(180, 240)]}
    assert minutes(free_spans([span(0, 300)], taken, takes="all")) == [(0, 60), (120, 180), (240, 300)]


def test_any_needs_enough_units_at_each_instant():
    taken = {1: [span(0, 150)], 2: [span(150, 300)], 3: [span(100, 200)]}
    assert minutes(free_spans([span(0, 300)], taken, takes="any", count=1)) == [(0, 300)]
    assert minutes(free_spans([span(0, 300)], taken, takes="any", count=2)) == [(0, 100), (200, 300)]
    assert free_spans([span(0, 300)], taken, takes="any", count=3) == []
    assert free_spans([span(0, 300)], taken, takes="any", count=4) == []


def test_no_units_is_never_free():
    assert free_spans([span(0, 300)], {}, takes="all") == []
    assert free_spans([span(0, 300)], {}, takes="any", count=1) == []


def test_buffers_fit_between_claims_but_may_lie_outside_of_opening_hours():
    taken = {1: [span(0, 100), span(200, 300)]}
    found = free_spans([span(50, 300)], taken, takes="all", buffers=(15, 30))
    assert minutes(found) == [(115, 170)]
    assert minutes(free_spans([span(50, 300)], {1: []}, takes="all", buffers=(15, 30))) == [(50, 300)]


def test_a_gap_that_the_buffers_fill_is_not_free():
    taken = {1: [span(0, 100), span(145, 300)]}
    assert free_spans([span(0, 300)], taken, takes="all", buffers=(15, 30)) == []


def test_busy_times_may_overlap_on_one_unit():
    taken = {1: [span(0, 100), span(50, 150)], 2: []}
    assert minutes(free_spans([span(0, 200)], taken, takes="any", count=2)) == [(150, 200)]


def test_less_than_one_unit_is_refused():
    with pytest.raises(ValueError):
        free_spans([span(0, 300)], {1: []}, takes="any", count=0)
    with pytest.raises(ValueError):
        pick([1], {}, span(0, 60), 0)


@given(units_taken, st.integers(1, 4), st.tuples(st.integers(0, 20), st.integers(0, 20)), spans)
def test_free_means_that_the_wish_with_its_buffers_finds_enough_units(taken, count, buffers, wish):
    """Compared with counting, minute by minute, the units that nothing has."""
    bookable = [span(10, 130), span(140, 240)]
    found = free_spans(bookable, taken, takes="any", count=count, buffers=buffers)
    needs = wish.widened(*buffers)
    enough = all(
        sum(not any(each.covers(instant) for each in busy) for busy in taken.values()) >= count
        for instant in (needs.begins_at + timedelta(minutes=number) for number in range(needs.minutes))
    )
    expected = enough and any(each.contains(wish) for each in bookable)
    assert any(each.contains(wish) for each in found) == expected


@given(units_taken, st.tuples(st.integers(0, 20), st.integers(0, 20)))
def test_all_is_any_of_them_all(taken, buffers):
    bookable = [span(0, 250)]
    assert free_spans(bookable, taken, takes="all", buffers=buffers) == free_spans(
        bookable, taken, takes="any", count=len(taken), buffers=buffers
    )


# Units


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


# Timeline


def runs(day: date = MONDAY, zone: str = BRUSSELS, **given_: list) -> list[Run]:
    whole = [day_span(day, zone)]
    return timeline_runs(day, zone, **{"free": whole, "taken": [], "bookable": whole, **given_})


def test_a_day_of_runs():
    bookable = [span(540, 1080)]
    taken = [(span(600, 655), "booked", 7), (span(655, 720), "mine", 8)]
    free = [span(540, 600), span(735, 1080)]
    found = runs(free=free, taken=taken, bookable=bookable, at=ZERO + timedelta(minutes=550))
    shown = [(run.from_quarter, run.to_quarter, run.state, run.key) for run in found]
    assert shown == [
        (0, 36, "closed", None),
        (36, 37, "past", None),
        (37, 40, "free", None),
        (40, 44, "booked", 7),
        (44, 48, "mine", 8),
        (48, 49, "booked", None),  # the next one's set-up time
        (49, 72, "free", None),
        (72, 96, "closed", None),
    ]
    assert minutes([TimeSpan(found[4].begins_at, found[4].ends_at)]) == [(655, 720)]
    assert minutes([TimeSpan(found[2].begins_at, found[2].ends_at)]) == [(555, 600)]


def test_taken_rounds_outwards_and_free_inwards():
    found = runs(free=[span(0, 607), span(644, DAY)], taken=[(span(607, 644), "booked", 1)])
    assert [(run.from_quarter, run.to_quarter, run.state) for run in found] == [
        (0, 40, "free"),
        (40, 43, "booked"),
        (43, 96, "free"),
    ]


def test_a_span_over_midnight_keeps_its_own_times():
    found = runs(taken=[(span(-60, 60), "booked", 1), (span(DAY - 30, DAY + 30), "booked", 2)])
    assert [(run.from_quarter, run.to_quarter, run.key) for run in found] == [
        (0, 4, 1),
        (4, 94, None),
        (94, 96, 2),
    ]
    assert minutes([TimeSpan(found[0].begins_at, found[0].ends_at)]) == [(-60, 60)]


def test_a_shut_day_is_one_run():
    assert runs(free=[], bookable=[]) == [Run(0, 96, "closed", ZERO, ZERO + timedelta(days=1))]


def test_what_was_booked_is_still_shown_when_it_is_past():
    found = runs(taken=[(span(0, 60), "booked", 1)], at=ZERO + timedelta(days=1))
    assert [(run.state, run.to_quarter) for run in found] == [("booked", 4), ("past", 96)]


def test_a_date_that_was_left_out_has_no_timeline():
    with pytest.raises(NoSuchTime):
        timeline_runs(date(2011, 12, 30), "Pacific/Apia", free=[], taken=[], bookable=[])


@given(
    st.lists(spans, max_size=6),
    st.lists(spans, max_size=6),
    st.lists(spans, max_size=6),
    st.none() | st.integers(-100, 2000),
    st.sampled_from([BRUSSELS, "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana"]),
    st.integers(0, 365),
)
def test_runs_cover_each_quarter_exactly_once(free, taken, bookable, past, zone, offset):
    day = MONDAY + timedelta(days=offset)
    whole = day_span(day, zone)
    offset_to_day = whole.begins_at - ZERO - timedelta(minutes=60)

    def moved(found: list[TimeSpan]) -> list[TimeSpan]:
        return [TimeSpan(each.begins_at + offset_to_day, each.ends_at + offset_to_day) for each in found]

    free, taken, bookable = moved(free), moved(taken), moved(bookable)
    at = None if past is None else whole.begins_at + timedelta(minutes=past)
    items = [(each, "booked", number) for number, each in enumerate(taken)]
    found = timeline_runs(day, zone, free=free, taken=items, bookable=bookable, at=at)
    assert found[0].from_quarter == 0
    assert found[-1].to_quarter == whole.minutes // 15
    for one, other in pairwise(found):
        assert one.to_quarter == other.from_quarter
        assert (one.state, one.key) != (other.state, other.key)
    for run in found:
        if run.state == "free":
            assert any(each.contains(TimeSpan(run.begins_at, run.ends_at)) for each in union(free))


# Nearest


def test_nearest_before_and_after():
    free = [span(480, 660), span(780, 1200)]
    found = nearest(free, span(600, 720), raster_minutes=15, zone=BRUSSELS)
    assert minutes(found) == [(540, 660), (780, 900), (900, 1020)]


def test_the_wish_itself_is_nearest_when_it_fits():
    found = nearest([span(480, 1200)], span(600, 660), raster_minutes=30, zone=BRUSSELS)
    assert minutes(found) == [(600, 660), (540, 600), (660, 720)]


def test_a_wish_off_the_raster_is_put_on_it():
    found = nearest([span(480, 1200)], span(607, 667), raster_minutes=30, zone=BRUSSELS, most=1)
    assert minutes(found) == [(600, 660)]


def test_nothing_near_when_nothing_is_long_enough():
    assert nearest([span(480, 500), span(610, 680)], span(600, 660), raster_minutes=30, zone=BRUSSELS) == []
    assert nearest([], span(600, 660), raster_minutes=30, zone=BRUSSELS) == []


def test_a_week_away_is_better_than_nothing():
    found = nearest([span(7 * DAY, 7 * DAY + 130)], span(600, 660), raster_minutes=15, zone=BRUSSELS)
    assert minutes(found) == [(7 * DAY, 7 * DAY + 60), (7 * DAY + 60, 7 * DAY + 120)]


@given(st.lists(spans, max_size=6), spans, st.sampled_from([5, 15, 30]), st.integers(1, 4))
def test_what_is_near_fits_and_no_step_is_nearer(free, wish, raster, most):
    found = nearest(free, wish, raster_minutes=raster, zone=BRUSSELS, most=most)
    fits = [
        instant
        for instant in (ZERO + timedelta(minutes=number) for number in range(0, 300, raster))
        if any(each.contains(TimeSpan(instant, instant + wish.duration)) for each in union(free))
    ]
    assert bool(found) == bool(fits)
    assert len(found) <= most
    for each in found:
        assert each.duration == wish.duration
        assert each.begins_at in fits
        assert on_raster(each.begins_at, raster, BRUSSELS)
    distances = [abs(each.begins_at - wish.begins_at) for each in found]
    assert distances == sorted(distances)
    if found:
        assert distances[0] == min(abs(instant - wish.begins_at) for instant in fits)
    assert all(not one.overlaps(other) for one, other in pairwise(sorted(found)))


def test_utc_comes_out():
    found = nearest([span(480, 1200)], span(600, 660), raster_minutes=30, zone=BRUSSELS)
    assert all(each.begins_at.tzinfo is UTC for each in found)
    assert isinstance(found[0].begins_at, datetime)

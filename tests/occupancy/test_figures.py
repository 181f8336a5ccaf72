"""The worked example to the digit, and what each figure does at its edges. No database."""

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from booking.occupancy import figures_bookings, figures_money, figures_people, figures_rooms, figures_use
from booking.occupancy.figures import FORMULAS, figure, median
from booking.occupancy.figures_facts import Booking, Room, Stay, filled, levels, within
from booking.timespan import TimeSpan
from tests.occupancy import week
from tests.occupancy.week import at, span


def all_of(facts):
    use = figures_use.total(figures_use.use_of(room, facts) for room in facts.rooms)
    [room] = facts.rooms
    of_rooms = [figures_rooms.of_room(room, facts)]
    made = [
        *figures_use.figures(use),
        *figures_bookings.figures(figures_bookings.tally(facts), facts),
        *figures_money.figures(facts, use, {room.id: figures_money.earned(facts)}),
        *figures_people.figures(facts, figures_people.days_of(facts)),
        figures_rooms.booked_peak(of_rooms),
        figures_rooms.sold_out(of_rooms),
        figures_rooms.fragmentation(of_rooms),
        figures_rooms.desk_days(of_rooms),
    ]
    return {each.name: each for each in made}


def test_it_works():
    found = all_of(week.facts())
    assert {name: week.shown(found[name]) for name in week.EXPECTED} == week.EXPECTED
    assert found["booked_utilisation"].denominator == 36
    assert found["seat_hours"].denominator == 288
    assert (found["booked_utilisation"].numerator, found["held_utilisation"].numerator) == (
        17,
        Fraction(61, 4),
    )
    assert found["used_utilisation"].numerator == Fraction(29, 2)
    assert (found["seat_fill"].numerator, found["seat_fill"].denominator) == (98, 116)
    assert found["recovered"].parts["release"] == Fraction(7, 4)


def test_the_parts_of_a_figure_are_its_whole():
    found = all_of(week.facts())
    assert found["seat_hours"].value == found["used_utilisation"].value * found["seat_fill"].value
    parts = found["revpah"].parts
    assert f"{float(parts['rate_per_booked_hour']) / 100:.2f}" == "19.41"
    assert f"{float(parts['fees_per_bookable_hour']) / 100:.2f}" == "0.28"
    whole = (
        parts["rate_per_booked_hour"] * found["booked_utilisation"].value + parts["fees_per_bookable_hour"]
    )
    assert whole == found["revpah"].value


def test_every_figure_says_what_it_is():
    for name, formula in FORMULAS.items():
        assert str(formula.label), name
        assert str(formula.sentence).endswith("."), name
        assert formula.version >= 1
    told = all_of(week.facts())["used_utilisation"].as_json()
    assert (told["n"], told["coverage"], told["thin"]) == (4, 1, False)
    assert told["source"] == ["checked_in", "presence"]
    assert "÷" in told["formula"]


def test_the_peak_of_the_house_is_not_the_sum_of_the_peaks_of_its_rooms():
    """Four people at eight in one room, eight at four in the afternoon in the other."""
    early = Stay(span(0, 8, 9), "sensor", people=4, room_id=1)
    late = Stay(span(0, 16, 17), "sensor", people=8, room_id=2)
    assert figures_people.peak(figures_people.presence([early, late])) == 8
    both = replace(early, span=span(0, 16.5, 17.5))
    assert figures_people.peak(figures_people.presence([both, late])) == 12
    # Whoever leaves at the minute somebody comes is gone.
    after = replace(early, span=span(0, 17, 18))
    assert figures_people.peak(figures_people.presence([after, late])) == 8


def test_a_person_in_two_places_is_one():
    house, room = (
        Stay(span(0, 9, 17), "door", who="m1"),
        Stay(span(0, 10, 11), "checked_in", who="m1", room_id=1),
    )
    assert figures_people.peak(figures_people.presence([house, room])) == 1
    assert figures_people.visitors([house, room, replace(house, who="p2")]) == 2


def test_a_count_by_the_staff_is_everybody_in_the_house():
    person = Stay(span(0, 9, 17), "door", who="m1")
    count = Stay(span(0, 12, 13), "staff_count", people=30)
    assert figures_people.peak(figures_people.presence([person, count])) == 30
    assert figures_people.visitors([person, count]) == 30
    assert figures_people.visitors([person, replace(count, people=0)]) == 1


def test_one_odd_event_does_not_spoil_the_busy_number():
    open_ = [span(day, 9, 19) for day in range(5)]
    usual = [(each, 10) for each in open_]
    event = levels([*usual, (span(2, 12, 12.5), 90)])
    values = figures_people.quarter_hours(event, open_)
    assert (max(values), figures_people.p95(values), len(values)) == (100, 10, 200)
    assert figures_people.p95([]) is None


def test_few_persons_are_withheld():
    four = [Stay(span(0, 9, 17), "door", who=f"p{number}") for number in range(4)]
    facts = replace(week.facts(), stays=four)
    found = all_of(facts)
    assert found["daily_visitors"].withheld
    assert found["daily_visitors"].as_json()["value"] is None
    assert not all_of(replace(facts, stays=[*four, replace(four[0], who="p9")]))["daily_visitors"].withheld


def test_little_known_is_thin():
    facts = week.facts()
    unasked = replace(facts, rooms=[replace(facts.rooms[0], asks_check_in=False)], stays=[])
    unknown = replace(
        unasked, bookings=[replace(each, checked_in_at=None, checked_out_at=None) for each in facts.bookings]
    )
    found = all_of(unknown)
    assert found["used_utilisation"].coverage == Fraction(2, 17)
    assert found["used_utilisation"].thin
    nothing = replace(
        unknown, bookings=[replace(each, no_show_at=None, released_at=None) for each in unknown.bookings]
    )
    # Not a nought: nobody looked.
    assert all_of(nothing)["used_utilisation"].value is None
    assert all_of(nothing)["no_show"].value is None


def test_buffers_are_not_bookings_but_they_sell_out():
    room = Room(
        1, [span(0, 9, 19)], buffer_after_minutes=30, taken={7: [span(0, 9, 12.5)]}, shortest_minutes=60
    )
    facts = replace(week.facts(), rooms=[room], bookings=[Booking("a", 1, span(0, 9, 12))], stays=[])
    found = all_of(facts)
    assert found["booked_utilisation"].numerator == 3
    assert found["sold_out"].numerator == Fraction(7, 2)


def test_what_is_too_short_to_sell():
    """Between 10:15 and 11:15 only 10:30 is on the grid, and then an hour does not fit."""
    room = Room(1, [span(0, 9, 12)], shortest_minutes=60, taken={7: [span(0, 9, 10.25), span(0, 11.25, 12)]})
    found = figures_rooms.fragmentation([figures_rooms.of_room(room, week.facts())])
    assert (found.numerator, found.denominator) == (1, 1)
    whole = replace(room, taken={7: [span(0, 9, 10)]})
    assert figures_rooms.fragmentation([figures_rooms.of_room(whole, week.facts())]).numerator == 0


def test_a_pool_counts_its_units():
    desks = Room(
        1,
        [span(0, 9, 19)],
        kind="desk",
        units=4,
        capacity=1,
        taken={1: [span(0, 9, 19)], 2: [], 3: [], 4: []},
    )
    bookings = [Booking("a", 1, span(0, 9, 14), quantity=3), Booking("b", 1, span(0, 12, 19))]
    facts = replace(week.facts(), rooms=[desks], bookings=bookings, stays=[])
    found = all_of(facts)
    assert found["booked_utilisation"].value == Fraction(22, 40)
    assert found["desk_occupancy"].value == Fraction(1, 4)
    assert found["sold_out"].numerator == 0


def test_ghosts_only_where_there_is_a_sensor():
    facts = replace(week.facts(), stays=[Stay(span(0, 9, 10), "sensor", room_id=1)])
    ghost = all_of(facts)["ghost"]
    assert (ghost.numerator, ghost.denominator) == (3, 4)
    assert all_of(week.facts())["ghost"].value is None


def test_freed_hours_that_were_booked_again():
    facts = week.facts()
    again = Booking("again", 1, span(0, 15, 16), created_at=at(0, 14.5))
    found = all_of(replace(facts, bookings=[*facts.bookings, again]))
    assert found["resold"].numerator == 1
    before = replace(again, created_at=at(0, 13))
    assert all_of(replace(facts, bookings=[*facts.bookings, before]))["resold"].numerator == 0


def test_how_far_ahead():
    lead = [
        timedelta(minutes=10),
        timedelta(minutes=50),
        timedelta(hours=3),
        timedelta(days=2),
        timedelta(days=30),
    ]
    bookings = [
        Booking(number, 1, span(3, 14, 15), created_at=at(3, 14) - each) for number, each in enumerate(lead)
    ]
    bookings.append(Booking("unknown", 1, span(3, 14, 15), created_at=at(3, 15)))
    figures = all_of(replace(week.facts(), bookings=bookings, stays=[]))
    found = figures["lead_time"]
    assert (found.n, found.value) == (5, 3)
    # In order: 10 min, 50 min, 3 h, 2 days, 30 days. A quarter of the way up is the second, three quarters the fourth.
    assert (figures["lead_time_low"].value, figures["lead_time_high"].value) == (Fraction(50, 60), 48)
    assert found.coverage == Fraction(5, 6)
    assert [int(number) for number in found.parts.values()] == [1] * 5


def test_nobody_knows_how_far_ahead():
    unknown = Booking("unknown", 1, span(3, 14, 15))
    figures = all_of(replace(week.facts(), bookings=[unknown], stays=[]))
    for name in ("lead_time_low", "lead_time", "lead_time_high"):
        assert (figures[name].value, figures[name].n, figures[name].coverage) == (None, 0, 0)


def test_what_lies_ahead():
    facts = replace(week.facts(), at=at(1, 12), stays=[])
    bookings = [
        Booking("a", 1, span(2, 13, 15), created_at=at(-20, 12)),
        Booking("b", 1, span(3, 9, 12), created_at=at(0, 12)),
        Booking("c", 1, span(4, 9, 10), state="cancelled", created_at=at(-20, 12), cancelled_at=at(0, 12)),
    ]
    found = all_of(replace(facts, bookings=bookings))
    assert (found["on_the_books"].value, found["pick_up"].value) == (5, 2)
    # What was used is known of the past only.
    assert found["used_utilisation"].denominator == 10
    assert found["booked_utilisation"].denominator == 36


def test_people_who_stay_over_time():
    late = Booking("a", 1, span(0, 9, 10), checked_in_at=at(0, 9), checked_out_at=at(0, 10.5))
    found = all_of(replace(week.facts(), bookings=[late], stays=[]))
    assert found["overrun"].value == 30
    assert found["used_utilisation"].numerator == Fraction(3, 2)
    assert found["unbooked_use"].numerator == Fraction(1, 2)


def test_outside_of_the_opening_hours_nothing_is_a_share():
    facts = replace(week.facts(), bookings=[Booking("a", 1, span(0, 18, 22))], stays=[])
    use = figures_use.use_of(facts.rooms[0], facts)
    assert (use.booked, use.outside) == (1, 3)


def test_the_small_tools():
    assert median([]) is None
    assert median([Fraction(3), Fraction(1), Fraction(2), Fraction(10)]) == Fraction(5, 2)
    assert figure("no_show", 0, 0, n=0, source=()).value is None
    assert within(span(0, 8, 20), [span(0, 9, 10), span(0, 11, 12)]) == [span(0, 9, 10), span(0, 11, 12)]
    assert filled([(span(0, 9, 11), 2), (span(0, 10, 12), 2)], 3) == timedelta(hours=2 + 3 + 2)
    assert TimeSpan(at(0, 9), at(0, 10)) == span(0, 9, 10)

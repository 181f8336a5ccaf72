"""Unmet demand: what one wish is, what is kept of it, and the worked example of the figure."""

import asyncio
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from booking import occupancy, search
from booking.occupancy import Demand, DemandMark, demand, figures_demand
from booking.occupancy.figures_demand import Asked, together, unmet
from booking.reservations import refusals as no
from tests import make
from tests.make import NOW

TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource()


def noted(
    room: Any, outcome: Any, *, who: str = "member:1", hour: int = 10, days: int = 1, at: Any = NOW
) -> None:
    span = make.span(f"{hour:02}:00", f"{hour + 1:02}:00", days=days)
    occupancy.note(room, span, outcome, who=who, at=at)


async def counted() -> dict[tuple[str, int, str], int]:
    await occupancy.count_wishes()
    rows = await Demand.filter(wishes__gt=0).values_list("kind", "hour", "outcome", "wishes")
    found: dict[tuple[str, int, str], int] = {}
    for kind, hour, outcome, wishes in rows:
        found[kind, hour, outcome] = found.get((kind, hour, outcome), 0) + wishes
    return found


async def test_it_works(room: Any) -> None:
    noted(room, [no.Taken()])
    noted(room, [no.TooLong()], who="member:2", hour=14)
    noted(room, [], who="address:192.0.2.1")
    noted(room, occupancy.BOOKED, who="member:3")
    assert await counted() == {
        ("meeting_room", 10, "taken"): 1,
        ("meeting_room", 14, "too_long"): 1,
        ("meeting_room", 10, "found"): 1,
        ("meeting_room", 10, "booked"): 1,
    }
    assert {row["wanted_on"] for row in await Demand.all().values("wanted_on")} == {TUESDAY}


async def test_five_tries_are_one_wish(room: Any) -> None:
    """At five hours, over several writings: the first no is the one that counts."""
    for hour in (9, 10, 11):
        noted(room, [no.Taken()], hour=hour)
    assert await counted() == {("meeting_room", 9, "taken"): 1}
    for hour in (12, 13):
        noted(room, [no.TooLong()], hour=hour)
    noted(room, [])
    assert await counted() == {("meeting_room", 9, "taken"): 1}


async def test_who_books_in_the_end_was_helped(room: Any) -> None:
    noted(room, [])
    assert await counted() == {("meeting_room", 10, "found"): 1}
    noted(room, [no.Taken()], hour=11)
    assert await counted() == {("meeting_room", 11, "taken"): 1}
    noted(room, occupancy.BOOKED, hour=15)
    noted(room, [no.Taken()], hour=16)
    assert await counted() == {("meeting_room", 15, "booked"): 1}


async def test_another_person_day_or_kind_is_another_wish(room: Any) -> None:
    desk = await make.resource(kind="desk", at=room.venue)
    noted(room, [no.Taken()])
    noted(room, [no.Taken()], who="member:2")
    noted(room, [no.Taken()], days=2)
    noted(desk, [no.Taken()])
    assert await counted() == {("meeting_room", 10, "taken"): 3, ("desk", 10, "taken"): 1}


async def test_what_no_house_can_help_is_no_demand(room: Any) -> None:
    noted(room, [no.Past()])
    noted(room, [no.OffRaster()], who="member:2")
    noted(room, [no.Suspended()], who="member:3")
    noted(room, [no.Taken()], who="member:4", days=900)
    assert await counted() == {}
    noted(room, [no.PaymentNeeded(total_cents=1, currency="EUR")])
    assert await counted() == {("meeting_room", 10, "found"): 1}  # the house would have let it


async def test_nobody_is_kept(room: Any) -> None:
    noted(room, [no.Taken()], who="member:4711")
    noted(room, [no.Taken()], who="address:198.51.100.7")
    await occupancy.count_wishes()
    kept = [*await Demand.all().values(), *await DemandMark.all().values()]
    assert {name for row in kept for name in row} == {
        "id", "venue_id", "kind", "wanted_on", "hour", "outcome", "wishes", "since_at",
        "mark", "demand_id", "rank", "made_at",
    }  # fmt: skip
    assert all("198.51" not in str(row) and "member" not in str(row) for row in kept)
    # The next day the same person leaves another mark: no two days can be put together.
    noted(room, [no.Taken()], who="member:4711", at=NOW + timedelta(days=1), days=1)
    await occupancy.count_wishes()
    assert await DemandMark.all().count() == 3


async def test_it_is_forgotten(room: Any) -> None:
    noted(room, [no.Taken()])
    await occupancy.count_wishes()
    await occupancy.forget(NOW + timedelta(days=3))
    assert await DemandMark.all().count() == 0
    assert await Demand.all().count() == 1
    await occupancy.forget(NOW + timedelta(days=1200))
    assert await Demand.all().count() == 0


async def test_a_program_that_asks_for_everything_counts_for_thirty(room: Any) -> None:
    for days in range(1, 60):
        noted(room, [no.Taken()], days=days)
    assert sum((await counted()).values()) == demand.OF_ONE_MAX


async def test_what_cannot_be_written_is_written_later(room: Any, monkeypatch: Any) -> None:
    async def away(_wished: Any) -> int:
        raise ConnectionError

    noted(room, [no.Taken()])
    with monkeypatch.context() as broken:
        broken.setattr(demand, "_row", away)
        broken.setattr("booking.db.is_passing", lambda _error: False)
        with pytest.raises(ConnectionError):
            await occupancy.count_wishes()
    assert await Demand.all().count() == 0
    assert await counted() == {("meeting_room", 10, "taken"): 1}


async def test_two_processes_at_once_count_one_wish(room: Any) -> None:
    span = make.span()
    wished = [
        demand.Wished("member:1", room.venue_id, "desk", span.begins_at.date(), 9 + place, outcome, NOW)
        for place, outcome in enumerate(["taken", "too_long", "booked", "found"] * 3)
    ]
    await asyncio.gather(*(demand._count([(demand.mark_of(one), one)]) for one in wished))
    assert sum((await counted()).values()) == 1
    assert [outcome for _kind, _hour, outcome in await counted()] == ["booked"]


# --- searches ----------------------------------------------------------------------------------------


async def searched(**wish: Any) -> Any:
    results = await search.find(search.Wish(**wish), at=NOW)
    occupancy.note_search(results, who="member:1", at=NOW)
    return results


async def test_a_search_that_finds_nothing_counts_in_the_houses_around(room: Any) -> None:
    await make.reservation(room, await make.member(), make.span("09:00", "12:00", days=1))
    city = room.venue.city
    results = await searched(where=city, day=TUESDAY, begins=600, ends=660, kind="meeting_room")
    assert results.hits == []
    assert await counted() == {("meeting_room", 10, "nothing_free"): 1}


async def test_a_search_for_what_there_is_not(room: Any) -> None:
    await searched(where=room.venue.city, day=TUESDAY, length=60, group="workshops")
    assert await counted() == {("workshops", -1, "nothing_fits"): 1}


async def test_a_search_that_finds_something_is_a_wish_too(room: Any) -> None:
    await searched(where=room.venue.city, day=TUESDAY, begins=600, ends=660)
    assert await counted() == {("", 10, "found"): 1}


async def test_looking_round_is_no_wish(room: Any) -> None:
    await searched(where=room.venue.city)
    await searched(day=TUESDAY, begins=600, ends=660)
    await searched(where="Nowhere at all", day=TUESDAY)
    assert await counted() == {}


# --- the figure --------------------------------------------------------------------------------------

# The worked example: 40 wishes, of which 20 were booked, 6 found, 14 turned away.
WEEK = [
    Asked("meeting_room", 10, "booked", 20),
    Asked("meeting_room", 10, "found", 6),
    Asked("meeting_room", 10, "taken", 7),
    Asked("meeting_room", 11, "taken", 2),
    Asked("meeting_room", 19, "not_open", 3),
    Asked("rooms", -1, "nothing_free", 2),
]


def test_the_worked_example() -> None:
    figure = figures_demand.demand_figure(WEEK, Fraction(1))
    assert (figure.numerator, figure.denominator, figure.n) == (14, 40, 40)
    assert figure.value == Fraction(35, 100)
    assert (figure.source, figure.coverage, figure.withheld) == (("wishes",), 1, False)
    assert figure.parts == {"taken": 9, "others": 5}
    found = unmet(WEEK)
    assert (found.asked, found.turned_away) == (40, 14)
    assert found.reasons == [("taken", 9), ("others", 5)]
    assert found.hours == [("10", 7), ("others", 7)]


def test_under_five_it_is_withheld() -> None:
    few = [Asked("desk", 10, "booked", 50), Asked("desk", 10, "taken", 4)]
    figure = figures_demand.demand_figure(few, None)
    assert figure.withheld
    told = figure.as_json()
    assert (told["value"], told["numerator"], "parts" in told) == (None, None, False)
    assert (unmet(few).reasons, unmet(few).hours) == ([], [])


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 7, "b": 5}, {"a": 7, "b": 5}),
        ({"a": 7, "b": 2}, {"others": 9}),  # 9 − 7 would tell the 2
        ({"a": 9, "b": 5, "c": 1}, {"a": 9, "others": 6}),
        ({"a": 9, "b": 3, "c": 2}, {"a": 9, "others": 5}),
        ({"a": 2, "b": 2}, {}),
        ({}, {}),
    ],
)
def test_no_small_number_can_be_worked_out(cells: dict[str, int], shown: dict[str, int]) -> None:
    assert together(cells) == shown


async def test_in_the_report(room: Any) -> None:
    for who in range(6):
        noted(room, [no.Taken()], who=f"member:{who}")
    for who in range(6, 10):
        noted(room, occupancy.BOOKED, who=f"member:{who}")
    await occupancy.count_wishes()
    report = await occupancy.report(room.venue, TUESDAY, TUESDAY, at=NOW, compare=True)
    figure = report.figures["unmet"]
    assert (figure.value, figure.n, figure.coverage) == (Fraction(6, 10), 10, 1)
    assert report.as_json()["turned_away"] == {"reasons": {"taken": 6}, "hours": {"10": 6}}
    assert report.used
    # Nothing was counted before the first wish: the week before is half known at the most.
    early = await occupancy.report(room.venue, TUESDAY - timedelta(days=3), TUESDAY, at=NOW)
    assert early.figures["unmet"].coverage == Fraction(2, 4)
    assert early.figures["unmet"].thin
    narrowed = await occupancy.report(room.venue, TUESDAY, TUESDAY, at=NOW, resource_ids=[room.id])
    assert "unmet" not in narrowed.figures
    assert narrowed.as_json()["turned_away"] is None
    desks = await occupancy.report(room.venue, TUESDAY, TUESDAY, at=NOW, kinds=["desk"])
    assert desks.figures["unmet"].n == 0

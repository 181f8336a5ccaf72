"""The demonstration: made once, alive round now, and nowhere but where it may run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking import checks, demo, demo_presence, demo_weeks, jobs, members, occupancy
from booking.demo import NotTheDemo
from booking.events import Event, Unread
from booking.members import Member
from booking.notifications.models import Message
from booking.occupancy import IMPORTED, Demand, Presence
from booking.places import Venue
from booking.reservations import Reservation
from booking.search import VenueState
from tests import make

# A Wednesday at eleven in Brussels.
AT = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
PAST = datetime(2021, 6, 1, tzinfo=UTC)  # the reconstructed month lies before it


@pytest.fixture
def only_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours book as they do, but only a tenth of it."""
    monkeypatch.setattr(
        demo_weeks, "FULLNESS", {kind: share / 10 for kind, share in demo_weeks.FULLNESS.items()}
    )
    monkeypatch.setattr(demo_weeks, "FULLER", {})
    monkeypatch.setattr(demo_weeks, "DESK_BOOKINGS_A_DAY", 0)


async def test_it_works(db: str, only_a_few: None) -> None:
    booked = await demo.load(AT)
    # What was imported as history is not among them.
    assert booked == await Reservation.exclude(rate=IMPORTED).count() > 30
    assert await Reservation.filter(begins_at__lt=PAST).count() > 200
    assert await Venue.all().count() == 50
    assert [person.name for person in await members.for_demo()][:6] == [
        "Alice",
        "Bob",
        "Charlie",
        "Stella",
        "Theo",
        "Ada",
    ]
    # Every scene has found its day.
    mine = [await Reservation.filter(member__email=scene.email).count() for scene in demo.scenes()]
    assert 0 not in mine
    alone = Reservation.filter(member__demo=True, series_id=None)
    assert await alone.count() == len(demo.scenes())
    # One series of Alice's: one of its six dates was moved, and one left out.
    series = await Reservation.filter(member__demo=True).exclude(series_id=None).order_by("series_on")
    assert len(series) == 5
    assert {each.begins_at.hour for each in series} == {16, 14}
    assert (series[4].series_on - series[0].series_on).days == 35
    states = {made.state for made in await Reservation.all()}
    assert {"confirmed", "held", "cancelled"} <= states
    begun = Reservation.filter(state="confirmed", begins_at__lte=AT, activity_id__not_isnull=True)
    assert await begun.count() == await begun.filter(posted_at__not_isnull=True).count() > 0
    assert await VenueState.all().count() == 50
    assert await checks.run(AT) == []
    # No mail about what was invented.
    assert await jobs.write_messages(AT) == ""
    assert await Message.all().count() == await Unread.filter(reader="messages").count() == 0


async def test_the_weeks_before_look_like_life(db: str, only_a_few: None) -> None:
    await demo.load(AT)
    before = Reservation.filter(rate=IMPORTED, begins_at__gt=PAST)
    first = (await before.order_by("begins_at").first()).begins_at  # type: ignore[union-attr]
    assert AT - timedelta(weeks=10) < first < AT - timedelta(weeks=7)
    assert await before.filter(state="cancelled").exists()
    assert await before.filter(checked_in_at__not_isnull=True).count() > await before.count() / 2
    # Each week on either side of them has its own, and nothing lies twice in the same hour (the database says so).
    for week in range(-8, 3):
        monday = AT - timedelta(days=2) + timedelta(weeks=week)
        assert await Reservation.filter(
            begins_at__gte=monday, begins_at__lt=monday + timedelta(weeks=1)
        ).exists()
    later = Reservation.filter(rate=IMPORTED, ends_at__gt=AT - timedelta(days=9), resource__approval=False)
    assert not await later.filter(resource__skill_id=None).exists()
    house = await Venue.get(key="bazaar-st-so")
    last_four = [(AT - timedelta(days=days)).date() for days in (28, 1)]
    report = await occupancy.report(house, *last_four, at=AT, compare=True)
    assert report.before["booked_utilisation"].n > 0
    assert report.figures["daily_visitors"].n > 15
    assert report.figures["unmet"].numerator > 20
    assert [words["en"][:13] for words in report.sources] == [
        "Bookings of t"
    ]  # it says that they are invented
    assert await Demand.all().count() > 100
    assert await Presence.filter(key__startswith="demo:", begins_at__lt=AT - timedelta(days=50)).exists()


async def test_people_come_and_go(db: str, only_a_few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_presence, "VISITORS", {"bazaar-st-so": 10, "ateliers-dony-liege": 3})
    await demo.load(AT)
    house = await Venue.get(key="bazaar-st-so")
    visits = Presence.filter(venue_id=house.id, key__startswith="demo:", source="door")
    assert await visits.filter(begins_at__lt=AT - timedelta(days=20)).exists()
    assert await visits.filter(ends_at=None).exists()
    assert not await Presence.filter(begins_at__gt=AT).exists()
    assert (await occupancy.now(house, AT)).people > 0
    assert await Reservation.filter(checked_in_at__not_isnull=True).exists()
    # Whoever plays Alice decides for her, in what runs.
    mine = Reservation.filter(member__demo=True, ends_at__gt=AT, checked_in_at__not_isnull=True)
    assert not await mine.exists()
    assert await demo_presence.play(AT) == 0
    later = AT + timedelta(hours=10)
    assert await demo_presence.play(later) > 0
    assert not await visits.filter(ends_at=None, begins_at__lt=AT).exists()
    assert {finding.code for finding in await checks.run(later)} <= {"I9", "I12"}


async def test_the_second_time_does_nothing(db: str, only_a_few: None) -> None:
    await demo.load(AT)
    before = [await model.all().count() for model in (Event, Member, Reservation)]
    assert await demo.load(AT + timedelta(minutes=1)) is None
    assert await demo.book_weeks(AT + timedelta(minutes=1)) == 0
    assert [await model.all().count() for model in (Event, Member, Reservation)] == before


async def test_an_older_demonstration_gets_its_past(
    db: str, only_a_few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(*_: Any, **__: Any) -> None:
        """As before there was any."""

    with monkeypatch.context() as older:
        older.setattr(demo.importing, "history", none)
        await demo.load(AT)
    assert await Presence.filter(begins_at__lt=PAST).count() == 0
    assert await demo.load(AT) is None
    assert await Presence.filter(begins_at__lt=PAST).count() > 4000
    told = await Event.filter(name="history.imported").values_list("id", flat=True)
    assert told
    assert await Unread.filter(event_id__in=told, reader="messages").count() == 0


async def test_a_new_week_gets_its_own_bookings(db: str, only_a_few: None) -> None:
    await demo.load(AT)
    later = AT + timedelta(days=7)
    assert await demo.book_weeks(later) > 0
    assert await Reservation.filter(begins_at__gte=later + timedelta(days=5)).exists()
    assert [finding for finding in await checks.run(later) if finding.code not in ("I9", "I12")] == []


async def test_a_database_of_somebody_else(db: str) -> None:
    await make.member()
    with pytest.raises(NotTheDemo):
        await demo.load(AT)
    assert await Venue.all().count() == 0
    with pytest.raises(NotTheDemo, match="did not make this database"):
        await demo.check("localhost")


async def test_half_a_demonstration_is_not_one(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr(demo.importing, "allotments", fail)
        with pytest.raises(RuntimeError):
            await demo.load(AT)
    assert await Venue.all().count() == await Event.all().count() == 0
    assert not await demo.is_demo()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
async def test_where_it_may_run(db: str, host: str) -> None:
    from booking import events

    await events.record(demo.MARK, "demo:1", at=AT)
    await demo.check(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "", "192.168.1.2", "desk.example.org", "localhost.example.org"]
)
async def test_where_it_may_not(db: str, host: str) -> None:
    from booking import events

    await events.record(demo.MARK, "demo:1", at=AT)
    with pytest.raises(NotTheDemo, match="localhost only"):
        await demo.check(host)


def test_scenes_speak_of_what_there_is() -> None:
    import csv
    import json

    network = json.loads((demo.FOLDER / "network.json").read_text(encoding="utf-8"))
    resources = {resource["key"] for resource in network["resources"]}
    with (demo.FOLDER / "activities.csv").open(encoding="utf-8") as lines:
        activities = {row["number"] for row in csv.DictReader(lines)}
    with (demo.FOLDER / "members.csv").open(encoding="utf-8") as lines:
        people = {row["email"] for row in csv.DictReader(lines)}
    for scene in demo.scenes():
        assert scene.resource in resources
        assert scene.activity in activities
        assert scene.email in people

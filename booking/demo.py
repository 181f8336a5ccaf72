"""The demonstration: the network of the end of 2020 with invented people, money and bookings.

The data is in `booking/demo_network/`, in the same format that any network is imported from. The bookings are made
by the same function as everybody's, so every rule holds for them too. They lie round the week of the moment, from the
week before to the end of the next but one, so that the map, the days of the venues and "My bookings" look alive; each
new week gets its own, and the same week looks the same on every machine. The weeks before, and one month of the past
(Bazaar St-So in April 2021, reconstructed from the annual report's figures), are imported as anybody's history is.

A database that the demonstration made carries an event that says so, and events cannot be deleted. The demonstration
runs nowhere else: it signs people in with one click.
"""

from __future__ import annotations

import contextlib
import csv
import ipaddress
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from booking import (
    budgets,
    db,
    demo_past,
    demo_plans,
    demo_presence,
    demo_series,
    demo_weeks,
    events,
    importing,
    members,
    reservations,
    search,
)
from booking.demo_weeks import SEED
from booking.errors import Refused
from booking.events import Event, Unread
from booking.members import Member
from booking.occupancy import HISTORY_EVENT
from booking.places import Entity, Resource
from booking.reservations import Reservation
from booking.timespan import TimeSpan, local_day, wall_or_next

FOLDER = Path(__file__).parent / "demo_network"
PAST_BEFORE = datetime(2021, 6, 1, tzinfo=UTC)
MARK, WEEK_MARK, WEEKS_MARK = "demo.made", "demo.week", "demo.weeks_before"
IDS = uuid5(NAMESPACE_URL, "https://share-the-desk.example/demo")

AROUND = (-7, 7, 14)
NEIGHBOUR_CENTS = 400_000  # of people who book, but as whom nobody signs in


@dataclass(frozen=True, slots=True)
class Scene:
    """A booking of one of the demo people, on the first day that works from `day` (days from today) on."""

    email: str
    activity: str
    resource: str
    day: int
    hour: int
    minutes: int
    people: int
    title: str
    cancelled: bool


def scenes() -> list[Scene]:
    """The bookings of scenes.csv, one a line."""
    with (FOLDER / "scenes.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Scene(
                email=row["email"],
                activity=row["activity"],
                resource=row["resource"],
                day=int(row["day"]),
                hour=int(row["hour"]),
                minutes=int(row["minutes"]),
                people=int(row["people"]),
                title=row["title"],
                cancelled=row["cancelled"] == "true",
            )
            for row in csv.DictReader(lines)
        ]


class NotTheDemo(Exception):
    """The demonstration may not run here; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host.strip("[]") in ("localhost", ""):
        return host != ""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


async def is_demo() -> bool:
    """Whether the demonstration made this database."""
    return await Event.exists(name=MARK)


async def check(host: str) -> None:
    """Raise NotTheDemo when the demonstration is on at an address that others reach, or on somebody's real data."""
    if not is_loopback(host):
        raise NotTheDemo(
            f"DEMO is on, and {host or 'this address'} can be reached from elsewhere. The demonstration signs "
            "people in with one click, so it runs on localhost only. Set DEMO=false, or use localhost."
        )
    if not await is_demo():
        raise NotTheDemo(
            "DEMO is on, and the demonstration did not make this database. Run `python -m booking demo` on an empty "
            "database, or set DEMO=false."
        )


async def load(at: datetime) -> int | None:
    """Make the demonstration in an empty database. Returns the number of bookings made, None when it is there already.

    Killed in the middle, the next run or the job goes on. Raises NotTheDemo on a database that somebody else filled.
    """
    if await is_demo():
        # A demonstration that an earlier version made has no past yet, and no plans.
        await _past(at)
        await demo_plans.draw(IDS, at)
        await _recent(at)
        return None
    if await Entity.exists() or await Member.exists():
        raise NotTheDemo("This database has other data in it. The demonstration needs one of its own, empty.")
    await _people_and_places(at)
    booked = await book_weeks(at)
    await _recent(at)
    return booked


async def book_weeks(at: datetime) -> int:
    """The bookings of this week, the last and the next two, where they are missing."""
    monday = _monday(at)
    booked: list[UUID] = []
    # This one first: whoever can be played comes before the neighbours.
    for week in (monday, *(monday + timedelta(days=days) for days in AROUND)):
        if not await Event.exists(name=WEEK_MARK, subject=f"demo:{week}"):
            booked += await _fill(week, at, first=week == monday)
            await events.record(WEEK_MARK, f"demo:{week}", at=at)
    if booked:
        await _settle(monday, at)
        await demo_presence.play(at)
        await _hush(booked)
        await search.refresh(at)
    return len(booked)


@db.atomic
async def _people_and_places(at: datetime) -> None:
    """The network, its people and their money, and the mark: all of it or nothing."""
    await importing.network(FOLDER, at=at)
    await importing.members(FOLDER / "members.csv", at=at)
    await importing.roles(FOLDER / "roles.csv", at=at)
    await importing.skills(FOLDER / "member_skills.csv", at=at)
    await importing.activities(FOLDER / "activities.csv", at=at)
    await importing.allotments(FOLDER / "allotments.csv", at=at)
    await _past(at)
    await demo_plans.draw(IDS, at)
    entities = await Entity.filter(status="active").order_by("id")
    for number, name in enumerate((FOLDER / "neighbours.txt").read_text(encoding="utf-8").split()):
        entity = entities[number % len(entities)]
        member = await Member.create(
            email=f"neighbour-{number:02}@neighbours.example",
            name=name,
            number=f"DEMO-N{number:02}",
            entity_id=entity.id,
            language=entity.languages[0] if entity.languages else "en",
            created_at=at,
        )
        activity = await budgets.open_activity(
            f"DEMO-N{number:02}",
            name,
            entity_id=entity.id,
            currency=entity.currency,
            owner_id=member.id,
            at=at,
            demo=True,
        )
        cents = NEIGHBOUR_CENTS * (11 if entity.currency == "SEK" else 1)
        await budgets.allot(f"DEMO-N{number:02}", activity, cents, at=at - timedelta(days=60))
    await events.record(MARK, "demo:1", at=at)


async def _past(at: datetime) -> None:
    """The reconstructed month of Bazaar St-So, through the same import as anybody's history. Once."""
    if not await Reservation.exists(begins_at__lt=PAST_BEFORE):
        await importing.history(FOLDER / "history", at=at)
        told = await Event.filter(name=HISTORY_EVENT).values_list("id", flat=True)
        await Unread.filter(event_id__in=told).delete()


async def _recent(at: datetime) -> None:
    """The weeks before the last one, once. A demonstration of an earlier version gets them too."""
    if await Event.exists(name=WEEKS_MARK):
        return
    last = _monday(at) - timedelta(days=7)
    await _fill_recent(last - timedelta(days=7 * (demo_past.WEEKS - 1)), last, at)


@db.atomic
async def _fill_recent(first: date, last: date, at: datetime) -> None:
    people = await _neighbours()
    await demo_past.fill(await _resources(), people, first, last, at)
    await demo_past.fill(await _resources(needs_yes=True), people, first, at.date(), at)
    await demo_past.turn_away(first, _monday(at) + timedelta(days=7))
    await events.record(WEEKS_MARK, f"demo:{first}", at=at)


# --- bookings ------------------------------------------------------------------------------------


async def _fill(monday: date, at: datetime, *, first: bool) -> list[UUID]:
    """The ids of the bookings of one week: those of the demo people first, then the neighbours' in what is left."""
    booked: list[UUID] = []
    if first:
        for number, scene in enumerate(scenes()):
            id = _id("scene", monday, number)
            if await _play(scene, id, at):
                booked.append(id)
        booked += await demo_series.play(IDS, at)
    resources = await _resources()
    window = TimeSpan(_utc(monday), _utc(monday + timedelta(days=7)))
    plans = await reservations.plans(resources, window)
    people = await _neighbours()
    purses = {person.id: (await budgets.of(person.id))[0].activity.id for person in people}
    chance = random.Random(f"{SEED}:{monday}")  # noqa: S311 - the same bookings on every machine, not a secret
    for resource in resources:
        for span, quantity in demo_weeks.wishes(resource, plans[resource.id], chance):
            person = chance.choice(people)
            title = demo_weeks.title(chance)
            party = demo_weeks.party(resource, quantity, chance)
            id = _id("neighbour", resource.key, span.begins_at, person.id)
            with contextlib.suppress(Refused):
                await reservations.reserve(
                    id,
                    resource.id,
                    span,
                    by=person,
                    at=_booked_at(span, at, chance),
                    activity_id=purses[person.id],
                    people=party,
                    quantity=quantity,
                    title=title,
                )
                booked.append(id)
    return booked


async def _neighbours() -> list[Member]:
    return await Member.filter(number__startswith="DEMO-N").order_by("number")


async def _resources(*, needs_yes: bool = False) -> list[Resource]:
    """What neighbours book: whatever needs nobody's yes, or all the rest."""
    found = Resource.filter(published=True).exclude(venue__status="closed")
    return [
        each
        for each in await found.select_related("venue").order_by("key")
        if (each.approval or each.skill_id is not None) == needs_yes
    ]


def _booked_at(span: TimeSpan, at: datetime, chance: random.Random) -> datetime:
    """Some days before, and never later than now."""
    return min(at, span.begins_at - timedelta(days=chance.randint(1, 9), minutes=chance.randint(0, 600)))


async def _play(scene: Scene, id: UUID, at: datetime) -> bool:
    """Book a scene on the first of ten days on which it is free; False when there is none."""
    member = await members.by_email(scene.email)
    resource = await Resource.get_or_none(key=scene.resource).select_related("venue")
    if member is None or resource is None:
        return False
    activity = next(
        (each.activity for each in await budgets.of(member.id) if each.activity.number == scene.activity),
        None,
    )
    zone = resource.venue.zone
    for later in range(10):
        day = local_day(at, zone) + timedelta(days=scene.day + later)
        begins_at = wall_or_next(day, scene.hour * 60, zone)
        span = TimeSpan(begins_at, begins_at + timedelta(minutes=scene.minutes))
        booked_at = min(at, begins_at - timedelta(days=2))
        plan = (await reservations.plans([resource], TimeSpan(begins_at - timedelta(days=1), span.ends_at)))[
            resource.id
        ]
        if (begins_at < at + timedelta(minutes=30) and scene.day >= 0) or not any(
            free.contains(span) for free in plan.free()
        ):
            continue
        try:
            done = await reservations.reserve(
                id, resource.id, span, by=member, at=booked_at, people=scene.people, title=scene.title,
                activity_id=activity.id if activity else None,
            )  # fmt: skip
            if scene.cancelled:
                await reservations.cancel(done.id, by=member, at=at)
        except Refused:
            return False
        return True
    return False


async def _settle(monday: date, at: datetime) -> None:
    """Take the money of what has begun, day by day, as the job would have done."""
    first = monday - timedelta(days=7)
    for day in range((at.date() - first).days):
        while await reservations.post_started(_utc(first + timedelta(days=day + 1))):
            pass
    while await reservations.post_started(at):
        pass


async def _hush(ids: Sequence[UUID]) -> None:
    """Nobody gets mail about what the demonstration invents: only what people do in it is told."""
    dated = (
        await Reservation.filter(id__in=list(ids)).exclude(series_id=None).values_list("series_id", flat=True)
    )
    subjects = [*(f"reservation:{id}" for id in ids), *(f"series:{id}" for id in set(dated))]
    told = Event.filter(subject__in=subjects)
    await Unread.filter(event_id__in=await told.values_list("id", flat=True)).delete()


def _id(*parts: object) -> UUID:
    return uuid5(IDS, ":".join(str(part) for part in parts))


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def _utc(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)

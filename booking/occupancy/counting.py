"""How many people are in a house now, who came today, and the counts that its staff typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from booking import db, events
from booking.errors import NotFound
from booking.members import Member, roles
from booking.occupancy.checking_in import LATE
from booking.occupancy.closing import INSTANT
from booking.occupancy.models import Presence
from booking.places import GROUP_OF, Resource, Venue
from booking.timespan import TimeSpan

PEOPLE_MAX = 20_000


@dataclass(frozen=True, slots=True)
class House:
    """The people in a house at one instant. `source` is where the number comes from: 'staff_count' where a count
    stands and is not below the open stays, else 'stays'. `since` is when it last changed; none on an empty day.
    `stays` are the people with an open stay, `checked_in` those of them who said so (the others a door or a sensor
    saw), `overdue` those whose booking is over."""

    people: int
    capacity: int | None
    source: str
    since: datetime | None
    stays: int
    checked_in: int
    overdue: int
    counted: int | None
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Expected:
    """A day's bookings by what became of them, in bookings and in people. `late` began LATE ago and nobody came."""

    bookings: int
    people: int
    come: int
    come_people: int
    late: int
    missed: int


@db.atomic
async def count_people(
    venue: Venue, people: int, *, by: Member, at: datetime, resource: Resource | None = None
) -> Presence:
    """What a host counted: everybody in the house, or in one resource. It stands until the next count or closing time.

    The same number again in the same instant is the first one. Raises NotFound for others than hosts, ValueError for
    a number nobody can count.
    """
    if not (await roles.active(by, at)).hosts(venue) or (resource and resource.venue_id != venue.id):
        raise NotFound
    if not 0 <= people <= PEOPLE_MAX:
        raise ValueError(f"nobody counts {people}")
    # Two counts at once: the second one ends the first.
    await db.lock(Venue, [venue.id])
    resource_id = resource.id if resource else None
    standing = await Presence.filter(
        venue_id=venue.id, resource_id=resource_id, source="staff_count", ends_at=None
    )
    for each in standing:
        if (each.people, each.begins_at, each.recorded_by_id) == (people, at, by.id):
            return each
        each.ends_at = max(at, each.begins_at + INSTANT)
        await each.save(update_fields=["ends_at"])
    count = await Presence.create(
        venue_id=venue.id,
        resource_id=resource_id,
        people=people,
        begins_at=at,
        source="staff_count",
        recorded_by_id=by.id,
        recorded_at=at,
    )
    await events.record(
        "presence.counted", count.subject, at=at, by_id=by.id, venue_id=venue.id, people=people
    )
    return count


async def now(venue: Venue, at: datetime) -> House:
    """How many people are in the house, and how we know. One query."""
    open_ = (
        await Presence.filter(venue_id=venue.id, ends_at=None, begins_at__lte=at)
        .order_by("begins_at")
        .select_related("reservation")
    )
    stays = [each for each in open_ if each.source != "staff_count"]
    counts = [each for each in open_ if each.source == "staff_count" and each.resource_id is None]
    there = sum(each.people for each in stays)
    overdue = sum(each.reservation is not None and each.reservation.ends_at <= at for each in stays)
    count = counts[-1] if counts else None
    by_count = count is not None and count.people >= there
    newest = count.begins_at if by_count and count else max([each.begins_at for each in stays], default=None)
    return House(
        people=count.people if by_count and count else there,
        capacity=venue.capacity_people,
        source="staff_count" if by_count else "stays",
        since=newest,
        stays=there,
        checked_in=sum(each.source == "checked_in" for each in stays),
        overdue=overdue,
        counted=count.people if count else None,
        counted_at=count.begins_at if count else None,
    )


async def stays_at(venue_id: int, window: TimeSpan) -> list[Presence]:
    """The stays of known people that touch the window, by beginning, with member, resource and reservation."""
    return (
        await Presence.filter(venue_id=venue_id, begins_at__lt=window.ends_at, member_id__isnull=False)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=window.begins_at))
        .select_related("member", "resource", "reservation")
        .order_by("begins_at", "id")
    )


async def stays_of(member_id: int) -> list[Presence]:
    """What is still kept of when a member was where, by beginning, with venue and resource."""
    return await (
        Presence.filter(member_id=member_id).select_related("venue", "resource").order_by("begins_at", "id")
    )


async def counts_at(venue_id: int, window: TimeSpan) -> list[Presence]:
    """What the staff counted in the window, newest first, with who counted and in which resource."""
    return (
        await Presence.filter(
            venue_id=venue_id,
            source="staff_count",
            begins_at__gte=window.begins_at,
            begins_at__lt=window.ends_at,
        )
        .select_related("recorded_by", "resource")
        .order_by("-begins_at", "-id")
    )


def expected_today(listed: Sequence[Any], at: datetime) -> Expected:
    """What became of a day's confirmed bookings, so far. Pure; `resource` is fetched. Things to borrow bring nobody."""
    here = [
        each for each in listed if each.state == "confirmed" and GROUP_OF[each.resource.kind] != "equipment"
    ]
    come = [each for each in here if each.checked_in_at is not None]
    return Expected(
        bookings=len(here),
        people=sum(each.people for each in here),
        come=len(come),
        come_people=sum(each.people for each in come),
        late=sum(is_late(each, at) for each in here),
        missed=sum(each.no_show_at is not None for each in here),
    )


def is_late(found: Any, at: datetime) -> bool:
    """Whether its member should have been here a while ago, and may still come."""
    return (
        found.state == "confirmed"
        and found.checked_in_at is None
        and found.no_show_at is None
        and found.released_at is None
        and found.begins_at + LATE < at < found.ends_at
    )

"""A repeated booking in the demonstration: every week in one room, one date moved and one left out."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from booking import budgets, members, reservations
from booking.errors import Refused
from booking.places import Resource
from booking.reservations import LEAVE_OUT, Choice, Repeat, Reservation, Wall
from booking.timespan import local_day

WHO, ACTIVITY, ROOM, TITLE = (
    "alice@demo.example",
    "DEMO-A1",
    "lavallee-brussels--room-molenbeek",
    "Drawing group",
)
BEGINS, ENDS, TIMES = 17 * 60, 18 * 60 + 30, 6
MOVED, LEFT_OUT = 2, 3  # by their place in the series
EARLIER = 2 * 60


async def play(ids: UUID, at: datetime) -> list[UUID]:
    """Book it, unless one is still going on. Returns the ids of its reservations, none without a room.

    It begins on that day of the next week on which most of its dates work: one is a holiday in some weeks.
    """
    member = await members.by_email(WHO)
    room = await Resource.get_or_none(key=ROOM).select_related("venue")
    if member is None or room is None:
        return []
    if await Reservation.exists(member_id=member.id, series_id__not_isnull=True, begins_at__gt=at):
        return []
    purse = next(each for each in await budgets.of(member.id) if each.activity.number == ACTIVITY)
    zone, repeat = room.venue.zone, Repeat("week", times=TIMES)
    best: list[reservations.Wish] = []
    working = 0
    for later in range(2, 9):
        wanted = _wishes(ids, room, repeat.dates(local_day(at, zone) + timedelta(days=later)))
        offer = await reservations.offer_several(wanted, by=member, at=at, activity_id=purse.activity.id)
        works = 0 if offer.dates[0].refusal else sum(each.refusal is None for each in offer.dates)
        if works > working:
            # What does not work is left out, as a closed week is; else one that would.
            best = wanted if works < TIMES else [each for each in wanted if each.on != wanted[LEFT_OUT].on]
            working = works
    if not best:
        return []
    try:
        made = await reservations.reserve_together(
            _id(ids, best[0].on),
            best,
            by=member,
            at=at,
            repeat=repeat,
            first_on=best[0].on,
            activity_id=purse.activity.id,
            title=TITLE,
            clashing=LEAVE_OUT,
        )
    except Refused:
        return []
    return [each.id for each in made.reservations]


def _id(ids: UUID, first: date) -> UUID:
    return uuid5(ids, f"series:{first}")


def _wishes(ids: UUID, room: Any, days: list[date]) -> list[reservations.Wish]:
    zone = room.venue.zone
    moved = Wall(BEGINS - EARLIER, ENDS - EARLIER).nearest(days[MOVED], zone)
    return reservations.wishes(
        _id(ids, days[0]),
        days,
        Wall(BEGINS, ENDS),
        resource_id=room.id,
        zone=zone,
        people=4,
        chosen={days[MOVED]: Choice(room.id, moved)},
    )

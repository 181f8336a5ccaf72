"""The demonstration's people come and go: neighbours check in for what they booked, and visitors are in the houses.

Everything is invented and looks the same on every machine: who comes, when and how long is drawn from the booking's
id, or from the house and the day. Bookings are checked in and out by the same operations as everybody's. Visitors are
stays without a name, with keys that begin with `demo:`; a few houses count their people twice a day. The people as
whom somebody can sign in come for what is over; what runs is left to whoever plays them.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from booking import db, occupancy, reservations
from booking.errors import Refused
from booking.events import Event, Unread
from booking.members import Role
from booking.occupancy import Presence
from booking.places import Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan, common, day_span, days, local_day, wall_or_next

SEED = "share-the-desk"
PAST_DAYS = 56  # eight whole weeks of visitors before the first day
LOOKED_BACK = 3  # days that are gone through again, where the machine slept
KNOWN = timedelta(days=15)  # bookings that are older are settled
# Visitors a day in the houses that have them: Bazaar St-So had 190 of 250 a day in April 2021.
VISITORS = {
    "bazaar-st-so": 190,
    "lavallee-brussels": 24,
    "ateliers-dony-liege": 12,
    "composite-charleroi": 16,
}
COUNTED = ("bazaar-st-so", "ateliers-dony-liege")
COUNT_HOURS = (11, 15)
USUAL_HOURS = (8, 20)  # some houses are always open


@dataclass(frozen=True, slots=True)
class Course:
    """What somebody does about one booking: when they come (never: None) and when they check out, if they do."""

    comes_at: datetime | None
    leaves_at: datetime | None


def course(id: UUID, span: TimeSpan) -> Course:
    """The same on every machine, from the booking's id."""
    chance = random.Random(f"{SEED}:{id}")  # noqa: S311 - an invented afternoon, not a secret
    comes_at = span.begins_at + timedelta(minutes=chance.randint(-8, 12))
    leaves_at = span.ends_at + timedelta(minutes=chance.choice((-35, -20, -10, -5, -2, 0, 2, 5)))
    if chance.random() < 0.1:
        return Course(None, None)
    forgets = chance.random() < 0.25
    return Course(comes_at, None if forgets or leaves_at <= comes_at else leaves_at)


async def play(at: datetime) -> int:
    """All that has happened by now and is not written yet, in its order. Returns how many things happened."""
    return await _play_bookings(at) + await _play_visitors(at)


async def _play_bookings(at: datetime) -> int:
    listed = (
        await Reservation.filter(
            state="confirmed",
            begins_at__lte=at + occupancy.EARLY,
            ends_at__gt=at - KNOWN,
            checked_out_at=None,
        )
        .select_related("member", "resource")
        .order_by("begins_at", "id")
    )
    steps: list[tuple[datetime, int, Callable[[datetime], Any]]] = []
    for each in listed:
        played = each.member.demo and each.ends_at > at
        plan = course(each.id, each.span)
        if played or each.released_at is not None:
            continue
        if each.checked_in_at is None:
            if plan.comes_at is None:
                if each.resource.release_minutes is not None:
                    wait = timedelta(minutes=each.resource.release_minutes)
                    missed_at = min(each.begins_at + wait, each.ends_at)
                    steps.append((missed_at, len(steps), reservations.release_no_shows))
                continue
            steps.append((plan.comes_at, len(steps), _coming(each)))
        if plan.leaves_at is not None:
            steps.append((plan.leaves_at, len(steps), _leaving(each)))
    before = await Event.all().order_by("-id").first()
    done = 0
    for moment, _number, step in sorted(steps, key=lambda one: one[:2]):
        if moment <= at:
            with contextlib.suppress(Refused):
                done += bool(await step(moment))
    if done and before:
        await _hush(before.id, [each.subject for each in listed if not each.member.demo])
    return done


def _coming(each: Reservation) -> Callable[[datetime], Any]:
    async def come(moment: datetime) -> Presence:
        return await occupancy.check_in(each.id, by=each.member, at=moment)

    return come


def _leaving(each: Reservation) -> Callable[[datetime], Any]:
    async def leave(moment: datetime) -> Presence | None:
        stay = await occupancy.open_stay(each.member_id)
        if stay is None or stay.reservation_id != each.id or stay.begins_at >= moment:
            return None
        return await occupancy.check_out(by=each.member, at=moment)

    return leave


# --- visitors ----------------------------------------------------------------------------------------


async def _play_visitors(at: datetime) -> int:
    done = 0
    for venue in await Venue.filter(key__in=list(VISITORS)).order_by("id"):
        today = local_day(at, venue.zone)
        lately = at - timedelta(days=LOOKED_BACK)
        known = await Presence.exists(venue_id=venue.id, begins_at__gte=lately, key__startswith="demo:")
        first = today - timedelta(days=LOOKED_BACK if known else PAST_DAYS)
        host = await Role.filter(venue_id=venue.id, kind__in=["host", "manager"], revoked_at=None).first()
        window = TimeSpan(day_span(first, venue.zone).begins_at, day_span(today, venue.zone).ends_at)
        opened = (await occupancy.open_hours([venue], window))[venue.id]
        done += await _write_visits(venue, opened, host.member_id if host else None, at)
    return done


@db.atomic
async def _write_visits(venue: Venue, opened: list[TimeSpan], host_id: int | None, at: datetime) -> int:
    """The visits and counts of these opening hours that have begun by now; those that are over have their end."""
    first = opened[0].begins_at if opened else at
    written = {
        each.key: each
        for each in await Presence.filter(venue_id=venue.id, begins_at__gte=first, key__startswith="demo:")
    }
    fresh: list[Presence] = []
    ended = 0
    by_day: dict[date, TimeSpan] = {}
    for day in days(TimeSpan(opened[0].begins_at, opened[-1].ends_at), venue.zone) if opened else []:
        usual = TimeSpan(*(wall_or_next(day, hour * 60, venue.zone) for hour in USUAL_HOURS))
        # A lunch break empties no house.
        if parts := common(opened, [usual]):
            by_day[day] = TimeSpan(parts[0].begins_at, parts[-1].ends_at)
    for day, span in by_day.items():
        visits = [*_visits(venue, span, day)]
        for key, person, stay in visits:
            if stay.begins_at > at:
                continue
            ends_at = stay.ends_at if stay.ends_at <= at else None
            if key not in written:
                fresh.append(_stay(venue, stay.begins_at, ends_at, "door", key, person=person))
            elif ends_at and written[key].ends_at is None:
                ended += await Presence.filter(id=written[key].id, ends_at=None).update(ends_at=ends_at)
        if venue.key in COUNTED:
            fresh += _counts(venue, span, day, [stay for _key, _person, stay in visits], written, host_id, at)
    if fresh:
        await Presence.bulk_create(fresh, batch_size=400)
    return len(fresh) + ended


def _visits(venue: Venue, span: TimeSpan, day: date) -> Iterator[tuple[str, str, TimeSpan]]:
    """Who is in the house on one day, most of them from mid-morning on; fewer at weekends."""
    chance = random.Random(f"{SEED}:{venue.key}:{day}")  # noqa: S311 - as above
    usual = VISITORS[venue.key] * (1 if day.isoweekday() <= 5 else 0.25)
    for number in range(round(usual * chance.uniform(0.85, 1.1))):
        minutes = span.minutes - 1
        arrives = min(int(minutes * abs(chance.gauss(0.22, 0.16))), minutes)
        stays = max(10, int(chance.gauss(210, 110)))
        begins_at = span.begins_at + timedelta(minutes=arrives)
        ends_at = min(begins_at + timedelta(minutes=stays), span.ends_at)
        if ends_at > begins_at:
            # People come again: a house has about three times as many regulars as visitors on a day.
            person = f"demo-{chance.randint(1, VISITORS[venue.key] * 3)}"
            yield f"demo:{venue.key}:{day}:{number}", person, TimeSpan(begins_at, ends_at)


def _counts(
    venue: Venue,
    span: TimeSpan,
    day: date,
    visits: list[TimeSpan],
    written: dict[Any, Presence],
    host_id: int | None,
    at: datetime,
) -> list[Presence]:
    """What a host counted at eleven and at three, a little off as people are; each stands until the next."""
    chance = random.Random(f"{SEED}:count:{venue.key}:{day}")  # noqa: S311 - as above
    moments = [wall_or_next(day, hour * 60 + chance.randint(0, 9), venue.zone) for hour in COUNT_HOURS]
    moments = [moment for moment in moments if span.covers(moment)]
    found = []
    for place, moment in enumerate(moments):
        people = max(0, sum(stay.covers(moment) for stay in visits) + chance.randint(-2, 6))
        key = f"demo:{venue.key}:{day}:count-{place}"
        until = moments[place + 1] if place + 1 < len(moments) else span.ends_at
        if moment <= at and key not in written:
            ends_at = until if until <= at else None
            found.append(_stay(venue, moment, ends_at, "staff_count", key, people=people, by_id=host_id))
    return found


def _stay(
    venue: Venue,
    begins_at: datetime,
    ends_at: datetime | None,
    source: str,
    key: str,
    *,
    person: str = "",
    people: int = 1,
    by_id: int | None = None,
) -> Presence:
    return Presence(
        venue_id=venue.id,
        person=person,
        people=people,
        begins_at=begins_at,
        ends_at=ends_at,
        source=source,
        recorded_by_id=by_id,
        recorded_at=begins_at,
        key=key,
    )


async def _hush(after_id: int, subjects: list[str]) -> None:
    """Nobody gets mail about what neighbours do."""
    made = Event.filter(id__gt=after_id)
    told = [*await made.filter(name__startswith="presence.").values_list("id", flat=True)]
    for place in range(0, len(subjects), 500):
        ours = made.filter(subject__in=subjects[place : place + 500])
        told += await ours.values_list("id", flat=True)
    for place in range(0, len(told), 500):
        await Unread.filter(event_id__in=told[place : place + 500]).delete()

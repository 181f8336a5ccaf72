"""The only ways to a reservation: one's own, those of an Activity one answers for, those of a venue one hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.expressions import Q

from booking import db, i18n, records
from booking.budgets import Activity, ActivityPerson
from booking.errors import NotFound
from booking.ledger import Account
from booking.members import roles
from booking.members.models import Member
from booking.places.models import Entity, Resource, ResourceUnit, Venue
from booking.reservations.models import LIVE, PAY_FIRST, Reservation
from booking.timespan import TimeSpan, day_span, local_day

PAST_PAGE, UPCOMING_PAGE = 20, 20
AROUND = {"resource": Resource, "venue": Venue, "member": Member, "booked_by": Member, "activity": Activity}
A_DAY_ANYWHERE = timedelta(hours=26)  # no day, and so no today, lasts longer


@dataclass(frozen=True, slots=True)
class Mine:
    """A member's bookings, each with resource and venue fetched.

    `today` has all live ones of the day, `waiting` all that are held, of today too. `upcoming` is one page of the
    confirmed later ones, the next first, `past` one page of all others, newest first. Of a series only the next date is
    in `upcoming` and in `waiting`; `more_of` has by its id how many dates more follow it there. In `past` it is only
    the newest date; `past_of` has by its id the others, newest first. Equipment beside a room stands with it and not by
    itself; where the room is gone or moved away, it does.
    """

    today: list[Reservation]
    waiting: list[Reservation]
    upcoming: list[Reservation]
    has_later: bool
    past: list[Reservation]
    has_more: bool
    more_of: dict[UUID, int] = field(default_factory=dict)
    past_of: dict[UUID, list[Reservation]] = field(default_factory=dict)


async def visible(id: UUID, *, by: Member, at: datetime) -> Reservation:
    """The reservation with everything around it, or NotFound.

    For its member, whoever booked it for them, the owner and managers of the Activity that pays, and the venue's hosts.
    """
    there = await whole([id])
    if not there:
        raise NotFound
    found = there[0]
    if by.id in (found.member_id, found.booked_by_id):
        return found
    if found.activity_id and await ActivityPerson.exists(
        activity_id=found.activity_id, member_id=by.id, part__in=["owner", "manager"], ended_at=None
    ):
        return found
    if (await roles.active(by, at)).hosts(found.venue):
        return found
    raise NotFound


async def whole(ids: Sequence[UUID]) -> list[Reservation]:
    """These reservations, in this order, each with resource (and its skill), venue, member, who booked it, Activity
    (and its account), and the entities of venue and Activity. Unknown ids are left out."""
    wanted, these = db.among("id"), db.many(ids)

    def of(column: str) -> str:
        return f"SELECT {column} FROM reservation WHERE {wanted}"

    activities = f"SELECT * FROM activity WHERE id IN ({of('activity_id')})"
    venues = f"SELECT * FROM venue WHERE id IN ({of('venue_id')})"
    models: dict[type[Any], tuple[Any, ...]] = {
        Reservation: (of("*"), these),
        Resource: (f"SELECT * FROM resource WHERE id IN ({of('resource_id')})", these),
        Venue: (venues, these),
        Member: (
            f"SELECT * FROM member WHERE id IN ({of('member_id')} UNION {of('booked_by_id')})", these, these
        ),
        Activity: (activities, these),
        Account: (
            f"SELECT * FROM account WHERE id IN (SELECT a.account_id FROM ({activities}) a)", these
        ),
        Entity: (
            f"SELECT * FROM entity WHERE id IN (SELECT v.entity_id FROM ({venues}) v UNION "
            f"SELECT a.entity_id FROM ({activities}) a)", these, these
        ),
    }  # fmt: skip
    rows = await db.several(*models.values())
    found: dict[type[Any], dict[Any, Any]] = {
        model: {one.id: one for one in db.made(model, own)} for model, own in zip(models, rows, strict=True)
    }
    for venue in found[Venue].values():
        records.attach(venue, "entity", found[Entity][venue.entity_id])
    for activity in found[Activity].values():
        records.attach(activity, "account", found[Account][activity.account_id])
        records.attach(activity, "entity", found[Entity][activity.entity_id])
    for resource in found[Resource].values():
        records.attach(resource, "venue", found[Venue].get(resource.venue_id))
    await db.relate(found[Resource].values(), "skill")
    for one in found[Reservation].values():
        for name, model in AROUND.items():
            records.attach(one, name, found[model].get(getattr(one, f"{name}_id")))
    return [found[Reservation][id] for id in ids if id in found[Reservation]]


# Of a reservation `r`: it is equipment, and the room that it was taken along with stands at the same time.
_WITH_ITS_ROOM = (
    "EXISTS (SELECT 1 FROM reservation b WHERE b.id = r.beside_id AND b.state IN ('held', 'confirmed') "
    "AND b.begins_at = r.begins_at)"
)


async def mine(member: Member, at: datetime, *, upcoming_page: int = 1, past_page: int = 1) -> Mine:
    """Today's, waiting, upcoming and past bookings of a member, in seven queries at most. "Today" is the venue's."""
    live = "WHERE member_id = ? AND ends_at > ? AND state"
    soon = await db.models(
        Reservation,
        f"r {live} IN ('held', 'confirmed') AND (begins_at < ? OR state = 'held') AND NOT {_WITH_ITS_ROOM} "
        "ORDER BY begins_at, id LIMIT 500",
        member.id,
        at,
        at + A_DAY_ANYWHERE,
    )
    await _placed(soon)
    today = [each for each in soon if _is_today(each, at)]
    upcoming = await db.models(
        Reservation,
        f"r {live} = 'confirmed' AND NOT ({db.among('id')}) AND NOT {_WITH_ITS_ROOM} "
        "AND (series_id IS NULL OR beside_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM reservation e WHERE "
        "e.series_id = r.series_id AND e.state = 'confirmed' AND e.ends_at > ? "
        f"AND e.beside_id IS NULL AND NOT ({db.among('e.id')}) "
        "AND (e.begins_at < r.begins_at OR (e.begins_at = r.begins_at AND e.id < r.id)))) "
        "ORDER BY begins_at, id LIMIT ? OFFSET ?",
        member.id,
        at,
        db.many(each.id for each in today),
        at,
        db.many(each.id for each in today),
        UPCOMING_PAGE + 1,
        (upcoming_page - 1) * UPCOMING_PAGE,
    )
    more = await _more_of(upcoming, today, at)
    past = await db.models(
        Reservation,
        f"r WHERE member_id = ? AND {_over('r')} AND (series_id IS NULL OR (beside_id IS NULL AND NOT EXISTS "
        f"(SELECT 1 FROM reservation e WHERE e.series_id = r.series_id AND e.beside_id IS NULL AND {_over('e')} "
        "AND (e.begins_at > r.begins_at OR (e.begins_at = r.begins_at AND e.id < r.id))))) "
        "ORDER BY begins_at DESC, id LIMIT ? OFFSET ?",
        member.id,
        at,
        at,
        PAST_PAGE + 1,
        (past_page - 1) * PAST_PAGE,
    )
    past_of = await _past_of(past[:PAST_PAGE], at)
    await _placed([*upcoming, *past, *(each for listed in past_of.values() for each in listed)])
    waiting, held_more = _first_of_each([each for each in soon if each.state == "held"])
    return Mine(
        today,
        waiting,
        upcoming[:UPCOMING_PAGE],
        len(upcoming) > UPCOMING_PAGE,
        past[:PAST_PAGE],
        len(past) > PAST_PAGE,
        more | held_more,
        past_of,
    )


def _over(name: str) -> str:
    """Past, or ended before."""
    return f"({name}.ends_at <= ? OR {name}.state NOT IN ('held', 'confirmed'))"


async def _past_of(past: Sequence[Reservation], at: datetime) -> dict[UUID, list[Reservation]]:
    """The older dates of the same series that are past or cancelled too, in one question."""
    first = {each.series_id: each.id for each in past if each.series_id}
    if not first:
        return {}
    rows = await db.models(
        Reservation,
        f"WHERE {db.among('series_id')} AND {_over('reservation')} AND beside_id IS NULL AND NOT ({db.among('id')}) "
        "ORDER BY begins_at DESC, id",
        db.many(first),
        at,
        db.many(first.values()),
    )
    found: dict[UUID, list[Reservation]] = {}
    for each in rows:
        found.setdefault(first[each.series_id], []).append(each)
    return found


async def _more_of(
    upcoming: Sequence[Reservation], today: Sequence[Reservation], at: datetime
) -> dict[UUID, int]:
    """How many dates follow these, by the series' rows: one question, and none where nothing repeats."""
    first = {each.series_id: each.id for each in upcoming if each.series_id and not each.beside_id}
    if not first:
        return {}
    rows = await db.rows(
        f"SELECT series_id, COUNT(*) AS dates FROM reservation WHERE {db.among('series_id')} AND state = 'confirmed' "
        f"AND ends_at > ? AND beside_id IS NULL AND NOT ({db.among('id')}) GROUP BY series_id",
        db.many(first),
        at,
        db.many(each.id for each in today),
    )
    return {first[UUID(str(row["series_id"]))]: row["dates"] - 1 for row in rows if row["dates"] > 1}


def _first_of_each(held: Sequence[Reservation]) -> tuple[list[Reservation], dict[UUID, int]]:
    """Of each series the first date, and how many follow; what stands by itself stays."""
    found: dict[Any, Reservation] = {}
    more: dict[UUID, int] = {}
    for each in sorted(held, key=lambda one: (one.begins_at, one.id)):
        first = found.setdefault((each.beside_id is None and each.series_id) or each.id, each)
        if first is not each:
            more[first.id] = more.get(first.id, 0) + 1
    return list(found.values()), more


def _is_today(reservation: Reservation, at: datetime) -> bool:
    zone = reservation.venue.zone
    return reservation.begins_at < day_span(local_day(at, zone), zone).ends_at


async def _placed(found: list[Reservation]) -> None:
    await db.relate(found, "resource")
    await db.relate(found, "venue")


async def at_venue(venue_id: int, window: TimeSpan, *, states: Sequence[str] = LIVE) -> list[Reservation]:
    """A venue's reservations that touch the window, by beginning, with member, resource and Activity."""
    return (
        await Reservation.filter(
            venue_id=venue_id,
            begins_at__lt=window.ends_at,
            ends_at__gt=window.begins_at,
            state__in=list(states),
        )
        .select_related("member", "resource", "activity", "booked_by")
        .order_by("begins_at", "resource__position", "id")
    )


async def listed(
    by: Member,
    at: datetime,
    *,
    venue: Any | None = None,
    begins_from: datetime | None = None,
    begins_until: datetime | None = None,
    states: Sequence[str] = (),
    after: tuple[datetime, UUID] | None = None,
    most: int,
) -> list[Reservation]:
    """A member's own reservations, or all of a venue they host, by beginning, with everything around them.

    `begins_from` and `begins_until` bound the beginning, half-open. `after` is the (beginning, id) of the last one that
    is known already. Raises NotFound for a venue that they do not host.
    """
    if venue is None:
        query = Reservation.filter(member_id=by.id)
    elif (await roles.active(by, at)).hosts(venue):
        query = Reservation.filter(venue_id=venue.id)
    else:
        raise NotFound
    if begins_from:
        query = query.filter(begins_at__gte=begins_from)
    if begins_until:
        query = query.filter(begins_at__lt=begins_until)
    if states:
        query = query.filter(state__in=list(states))
    if after:
        query = query.filter(Q(begins_at__gt=after[0]) | Q(begins_at=after[0], id__gt=after[1]))
    ids: Any = await query.order_by("begins_at", "id").limit(most).values_list("id", flat=True)
    return await whole(ids)


async def clashes(
    venue_id: int, span: TimeSpan, *, resource: Any | None = None, after: datetime
) -> list[Reservation]:
    """The live reservations that a closure of the venue, or of one resource, would touch."""
    query = Reservation.filter(
        venue_id=venue_id, state__in=LIVE, begins_at__lt=span.ends_at, ends_at__gt=max(span.begins_at, after)
    )
    if resource is not None:
        # Whoever holds one of its units is touched too: the hall, when a half of it closes.
        units = await ResourceUnit.filter(resource_id=resource.id).values_list("unit_id", flat=True)
        sharing = await ResourceUnit.filter(unit_id__in=list(units)).values_list("resource_id", flat=True)
        query = query.filter(resource_id__in=list(set(sharing)))
    return await query.select_related("member", "resource").order_by("begins_at", "id")


async def standing_in(venue_id: int, closures: Sequence[Any], *, after: datetime) -> dict[int, int]:
    """How many live reservations each of these closures of the venue touches, by the closure's id. Two queries."""
    if not closures:
        return {}
    first, last = min(each.begins_at for each in closures), max(each.ends_at for each in closures)
    live = await Reservation.filter(
        venue_id=venue_id, state__in=LIVE, begins_at__lt=last, ends_at__gt=max(first, after)
    ).values_list("resource_id", "begins_at", "ends_at")
    units: dict[int, set[int]] = {}
    pairs: Any = ResourceUnit.filter(resource__venue_id=venue_id).values_list("resource_id", "unit_id")
    for resource_id, unit_id in await pairs:
        units.setdefault(resource_id, set()).add(unit_id)
    return {
        each.id: sum(
            begins_at < each.ends_at
            and ends_at > max(each.begins_at, after)
            and (
                each.resource_id is None
                or not units.get(each.resource_id, set()).isdisjoint(units.get(resource_id, ()))
            )
            for resource_id, begins_at, ends_at in live
        )
        for each in closures
    }


async def paid_by(activity_id: int) -> list[Reservation]:
    """The live reservations for which this Activity has reserved money that was not taken yet, by beginning."""
    waiting = Reservation.filter(
        activity_id=activity_id, state__in=LIVE, posted_at__isnull=True, pend_id__isnull=False
    )
    return await waiting.select_related("member", "resource", "venue").order_by("begins_at", "id")


async def waiting_for_approval(venue_ids: Sequence[int], *, most: int) -> tuple[list[Reservation], int]:
    """The requests that wait for these venues' hosts, the most urgent first: so many, and how many in all."""
    waiting = Reservation.filter(venue_id__in=list(venue_ids), state="held").exclude(
        held_for__in=list(PAY_FIRST)
    )
    first = (
        await waiting.select_related("member", "resource", "venue", "activity")
        .order_by("held_until", "id")
        .limit(most)
    )
    return first, len(first) if len(first) < most else await waiting.count()


async def locked(id: UUID, *, by: Member, at: datetime) -> tuple[Reservation, Member]:
    """The reservation and its member, both locked, for somebody who may change it. Raises NotFound."""
    known = await Reservation.get_or_none(id=id).select_related("venue")
    if known is None:
        raise NotFound
    if by.id not in (known.member_id, known.booked_by_id) and not (await roles.active(by, at)).hosts(
        known.venue
    ):
        raise NotFound
    member = (await db.lock(Member, [known.member_id]))[0]
    return (await db.lock(Reservation, [id]))[0], member


async def titles_of(activity_id: int, ids: Sequence[UUID] | None = None) -> dict[UUID, str]:
    """What the bookings that this Activity paid were of, in the language spoken here: all, or some; one query."""
    paid = Reservation.filter(activity_id=activity_id)
    if ids is not None:
        paid = paid.filter(id__in=list(ids))
    return {
        each.id: f"{i18n.name_of(each.resource)}, {i18n.name_of(each.venue)}"
        for each in await paid.select_related("resource", "venue")
    }

"""Changing the hour or the words of this date of a series and the following ones: all of them or none.

What it would cost and which dates would clash is found by doing it and taking it back: one transaction that ends
without a trace, so the preview can say nothing else than the press. Docs: docs/decisions/0064-several-at-once.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from booking import budgets, db, events, i18n, places
from booking.errors import Busy, NotFound, Refused
from booking.members.models import Member
from booking.places import Unit
from booking.reservations import alternatives
from booking.reservations import refusals as no
from booking.reservations.changing import _change as change_within
from booking.reservations.claiming import TRIES_MAX, ResourceChanged
from booking.reservations.deciding import expire_overdue
from booking.reservations.ending_several import family
from booking.reservations.models import Reservation
from booking.reservations.reading import visible
from booking.reservations.repeating import Wall
from booking.reservations.several import ABOUT_THE_WHOLE, Clash, Wish, over_limit
from booking.timespan import TimeSpan, local_day


@dataclass(slots=True)
class ChangedDate:
    """One date before and after. `kept`: it was settled to stay as it is."""

    id: UUID
    before: TimeSpan
    after: TimeSpan
    before_cents: int
    after_cents: int
    kept: bool = False


@dataclass(slots=True)
class SeveralChanged:
    """What a change of several does: its dates in order, those that clash, and a refusal of all."""

    dates: list[ChangedDate] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    refusal: Refused | None = None

    @property
    def difference_cents(self) -> int:
        return sum(each.after_cents - each.before_cents for each in self.dates)


class _Undo(Exception):
    """Ends the transaction of a preview."""


async def change_together(
    id: UUID,
    *,
    by: Member,
    at: datetime,
    wall: Wall | None = None,
    title: str | None = None,
    note: str | None = None,
    people: int | None = None,
    settled: Mapping[UUID, TimeSpan | None] | None = None,
    seen_more_cents: int | None = None,
    preview: bool = False,
) -> SeveralChanged:
    """Change this date of a series and all that follow it and have not begun. The equipment beside them moves along.

    `wall` is the new hour, on the date that each has now; `settled` another span, or None to leave it as it is, for
    dates that clash. Raises DatesClash with each date that does not work and what would, and else what a single change
    raises; then nothing is changed. `preview` changes nothing and raises nothing of that: it is in the answer.
    """
    this = await visible(id, by=by, at=at)
    if this.series_id is None:
        raise NotFound
    values = {"title": title, "note": note, "people": people}
    words = {name: value for name, value in values.items() if value is not None}
    for _attempt in range(TRIES_MAX):
        theirs = await family(this)
        listed = [each for each in theirs.following() if each.live and each.begins_at > at]
        if not listed:
            raise no.HasBegun() if this.live else no.NotLive()
        ids = sorted({each.resource_id for each in (*listed, *theirs.along(listed))})
        ground = {each: await places.with_units(each) for each in ids}
        await expire_overdue(at, unit_ids={unit for _resource, units in ground.values() for unit in units})
        found = SeveralChanged()
        try:
            await _change_all(
                found,
                listed,
                theirs.along(listed),
                ground,
                wall=wall,
                words=words,
                settled=settled or {},
                seen_more_cents=seen_more_cents,
                preview=preview,
                by=by,
                at=at,
            )
        except ResourceChanged:
            continue
        except _Undo:
            pass
        except Refused as refusal:
            await _explain(found, ground, this, at=at)
            if not preview:
                raise
            if not isinstance(refusal, no.DatesClash):
                found.refusal = refusal
        return found
    raise Busy


@db.atomic
async def _change_all(
    found: SeveralChanged,
    listed: Sequence[Reservation],
    extras: Sequence[Reservation],
    ground: Mapping[int, tuple[Any, list[int]]],
    *,
    wall: Wall | None,
    words: Mapping[str, Any],
    settled: Mapping[UUID, TimeSpan | None],
    seen_more_cents: int | None,
    preview: bool,
    by: Member,
    at: datetime,
) -> None:
    found.dates, found.clashes = [], []  # from the first line, where the whole is tried again
    await db.lock(Member, [listed[0].member_id])
    fresh = {each.id: each for each in await db.lock(Reservation, [each.id for each in (*listed, *extras)])}
    await db.lock(Unit, {unit for _resource, units in ground.values() for unit in units})
    together = uuid4()
    moved = False
    for each in _in_order([fresh[one.id] for one in listed], wall, ground):
        resource, _units = ground[each.resource_id]
        zone = resource.venue.zone
        day = local_day(each.begins_at, zone)
        span: TimeSpan | None
        kept = each.id in settled and settled[each.id] is None
        try:
            span = each.span if kept or wall is None else settled.get(each.id) or wall.on(day, zone)
        except no.NoSuchHour as gap:
            found.clashes.append(Clash(Wish(each.id, day, each.resource_id, None, missing=gap), gap))
            continue
        assert span is not None
        date = ChangedDate(each.id, each.span, span, each.total_cents, each.total_cents, kept)
        theirs = [fresh[one.id] for one in extras if one.beside_id == each.id]
        for part in (each, *theirs):
            refusal = await _change_one(part, ground, span, words, together, by=by, at=at)
            if refusal is not None:
                if refusal.code in ABOUT_THE_WHOLE:
                    raise refusal
                wish = Wish(each.id, day, part.resource_id, span, each.quantity, each.people)
                found.clashes.append(Clash(wish, refusal))
                break
        else:
            after = await Reservation.filter(id__in=[part.id for part in (each, *theirs)])
            date.before_cents = sum(part.total_cents for part in (each, *theirs))
            date.after_cents = sum(part.total_cents for part in after)
            moved = moved or span != each.span
            found.dates.append(date)
    found.dates.sort(key=lambda one: one.before.begins_at)
    found.clashes.sort(key=lambda one: one.wish.on)
    if found.clashes:
        refused = no.DatesClash(clashes=len(found.clashes), dates=len(listed))
        refused.clashes = found.clashes
        raise refused
    before = sum(each.before_cents for each in found.dates)
    if seen_more_cents is not None and found.difference_cents > seen_more_cents:
        raise no.PriceMoved(
            total_cents=before + found.difference_cents,
            seen_cents=before + seen_more_cents,
            currency=listed[0].currency,
        )
    if found.difference_cents > 0 and listed[0].activity_id:
        await _check_limit(listed[0])
    if preview:
        raise _Undo
    await events.record(
        "series.changed",
        f"series:{listed[0].series_id}",
        at=at,
        by_id=by.id,
        venue_id=listed[0].venue_id,
        member_id=listed[0].member_id,
        ids=[str(each.id) for each in found.dates],
        moved=moved,
        by_venue=by.id not in (listed[0].member_id, listed[0].booked_by_id),
        difference_cents=found.difference_cents,
    )


def _in_order(
    listed: list[Reservation], wall: Wall | None, ground: Mapping[int, tuple[Any, list[int]]]
) -> list[Reservation]:
    """From the end, where they move to later: else each would meet the next one, which has not moved yet."""
    first = listed[0]
    zone = ground[first.resource_id][0].venue.zone
    later = (
        wall is not None and wall.nearest(local_day(first.begins_at, zone), zone).begins_at > first.begins_at
    )
    return sorted(listed, key=lambda each: each.begins_at, reverse=later)


async def _change_one(
    part: Reservation,
    ground: Mapping[int, tuple[Any, list[int]]],
    span: TimeSpan,
    words: Mapping[str, Any],
    together: UUID,
    *,
    by: Member,
    at: datetime,
) -> Refused | None:
    """Change one of them as a single change does; what it refuses."""
    resource, units = ground[part.resource_id]
    own = dict(words) if part.beside_id is None else {}
    try:
        await change_within(
            resource,
            units,
            part.id,
            span,
            own,
            by=by,
            at=at,
            seen_more_cents=None,
            overrides=frozenset(),
            together=together,
        )
    except IntegrityError as error:
        if db.violated(error) != "claim_no_overlap":
            raise
        return no.Taken(resource=i18n.name_of(resource))
    except Refused as refusal:
        return refusal
    return None


async def _check_limit(one: Reservation) -> None:
    """The limit per booking counts the whole series, as when it was booked."""
    _activity, person = await budgets.paying_for(one.member_id, one.activity_id or 0)
    if person is None:
        return
    rows = await db.rows(
        "SELECT COALESCE(SUM(paid_cents), 0) AS paid FROM reservation WHERE series_id = ? "
        "AND state IN ('held', 'confirmed')",
        one.series_id,
    )
    if refusal := over_limit(person, int(rows[0]["paid"]), one.paid_currency):
        raise refusal


async def _explain(
    found: SeveralChanged, ground: Mapping[int, tuple[Any, list[int]]], this: Reservation, *, at: datetime
) -> None:
    """Other hours of the same day, for each date that clashes."""
    for clash in found.clashes:
        resource, _units = ground[clash.wish.resource_id]
        if clash.wish.span is None or isinstance(clash.refusal, alternatives.NOT_ABOUT_TIME):
            continue
        near = await alternatives.nearby(
            resource,
            clash.wish.span,
            this.member,
            at=at,
            people=clash.wish.people,
            quantity=clash.wish.quantity,
        )
        clash.refusal.with_alternatives(
            [
                each
                for each in near
                if each.kind == "time"
                and each.begins_at
                and local_day(each.begins_at, resource.venue.zone) == clash.wish.on
            ]
        )

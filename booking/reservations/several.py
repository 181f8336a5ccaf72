"""Reserving several at once, all or nothing: the dates of a series, a room with its equipment, or both.

Each is reserved by the code of a single reservation, in one transaction. The member and then the units of all of them
are locked first, in the order of every other operation, so two baskets never wait for one another crosswise.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from tortoise.exceptions import IntegrityError

from booking import budgets, db, events, i18n, places
from booking.errors import Busy, NotFound, Refused
from booking.i18n import lazy
from booking.members.models import Member
from booking.places import Unit
from booking.reservations import refusals as no
from booking.reservations.claiming import TRIES_MAX, ResourceChanged
from booking.reservations.deciding import expire_overdue
from booking.reservations.models import Reservation, Series
from booking.reservations.parts import Part
from booking.reservations.repeating import DATES_MAX, Repeat, Wall, read_rule
from booking.reservations.reserving import _reserve as reserve_within
from booking.timespan import TimeSpan

# These are about the whole: another date or room would not help. What is about money is told with the sum of all.
ABOUT_THE_WHOLE = frozenset(
    (
        "suspended",
        "account_ends",
        "payment_needed",
        "not_yours_to_override",
        "role_needed",
        "members_only",
        "not_enough_budget",
        "over_limit",
        "no_exchange_rate",
        "too_little_for_card",
    )
)

# What becomes of the dates that do not work, by one choice for all of them. Without one, nothing is booked.
LEAVE_OUT, NEAREST = "leave_out", "nearest"

Ground = Mapping[int, tuple[Any, list[int]]]


@dataclass(frozen=True, slots=True)
class Choice:
    """What was settled for one date that did not work: another resource or hour, or (`span` None) to leave it out.

    `alone`: without the equipment that is taken along on the other dates.
    """

    resource_id: int
    span: TimeSpan | None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Extra:
    """Equipment taken along with a room, for the same time."""

    resource_id: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """One reservation of several. `span` is None where its hour does not exist on that date, and `missing` says so."""

    id: UUID
    on: date
    resource_id: int
    span: TimeSpan | None
    quantity: int = 1
    people: int = 1
    missing: Refused | None = None
    beside_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """A date that does not work: its rule, and what would (filled in by whoever shows it)."""

    wish: Wish
    refusal: Refused


@dataclass(frozen=True, slots=True)
class Made:
    """What one press has made: the reservations in order of time, and their series where it is one.

    `clashes` are the dates that were left out because they did not work, known to the press that made it.
    """

    series: Series | None
    reservations: list[Reservation]
    clashes: Sequence[Clash] = ()

    def left_out(self) -> list[date]:
        """The dates of the series' rule for which nothing was booked, in order."""
        if self.series is None:
            return []
        booked = {each.series_on for each in self.reservations}
        return [day for day in dates_of(self.series) if day not in booked]


def dates_of(series: Series) -> list[date]:
    """The dates that the rule of a series names."""
    return read_rule(series.rule).dates(series.first_on)


class _TheWhole(Exception):
    """A refusal of all, which ends the transaction."""

    def __init__(self, refusal: Refused) -> None:
        self.refusal = refusal


class _DateLost(Exception):
    """One date does not work, and takes back what was reserved for it."""

    def __init__(self, clashes: list[Clash]) -> None:
        self.clashes = clashes


def wishes(
    id: UUID,
    days: Sequence[date],
    wall: Wall,
    *,
    resource_id: int,
    zone: str,
    people: int = 1,
    quantity: int = 1,
    chosen: Mapping[date, Choice] | None = None,
    extras: Sequence[Extra] = (),
) -> list[Wish]:
    """A wish per date, and per piece of equipment beside it. Their ids follow from the basket's. Pure."""
    found: list[Wish] = []
    for day in days:
        choice = (chosen or {}).get(day)
        if choice and choice.span is None:
            continue
        own_id = uuid5(id, day.isoformat())
        if choice:
            main = Wish(own_id, day, choice.resource_id, choice.span, quantity, people)
        else:
            try:
                main = Wish(own_id, day, resource_id, wall.on(day, zone), quantity, people)
            except no.NoSuchHour as gap:
                main = Wish(own_id, day, resource_id, None, quantity, people, missing=gap)
        found.append(main)
        found += beside(main, () if choice and choice.alone else extras)
    return found


def beside(main: Wish, extras: Sequence[Extra]) -> list[Wish]:
    """The equipment taken along with a room."""
    return [
        Wish(
            uuid5(main.id, f"with {each.resource_id}"),
            main.on,
            each.resource_id,
            main.span,
            each.quantity,
            each.quantity,
            beside_id=main.id,
        )
        for each in extras
        if main.span is not None
    ]


async def reserve_several(
    id: UUID,
    wanted: Sequence[Wish],
    *,
    by: Member,
    at: datetime,
    venue_id: int | None = None,
    repeat: Repeat | None = None,
    first_on: date | None = None,
    activity_id: int | None = None,
    for_member: Member | None = None,
    title: str = "",
    note: str = "",
    seen_cents: int | None = None,
    overrides: Iterable[str] = (),
    override_reason: str = "",
    leave_out: bool = False,
) -> Made:
    """Reserve all of these or none; with `repeat` they become a series that begins on `first_on`.

    With `leave_out` a date that does not work, or whose equipment does not, is left out, and the others are booked.
    The same id again finds the first result. Everything else is as for a single reservation (`reserve`), which is what
    runs for each. All of it lies in one house, the one of `venue_id` where that is given. Raises DatesClash with every
    date that does not work and why (with `leave_out` where none works), NoDatesLeft, TooManyDates, PriceMoved where all
    together costs more than `seen_cents`, OverLimit where all together is more than this person may spend per booking,
    and what is wrong with all of them; NotFound for somebody else's id, or another house.
    """
    member = for_member or by
    if not wanted:
        raise no.NoDatesLeft()
    if sum(each.beside_id is None for each in wanted) > DATES_MAX:
        raise no.TooManyDates(most=DATES_MAX)
    ids = sorted({each.resource_id for each in wanted})
    for _attempt in range(TRIES_MAX):
        ground: Ground = {each: await places.with_units(each) for each in ids}
        await expire_overdue(at, unit_ids={unit for _resource, units in ground.values() for unit in units})
        try:
            return await _reserve_all(
                id,
                wanted,
                ground,
                by=by,
                member=member,
                at=at,
                venue_id=venue_id,
                repeat=repeat,
                first_on=first_on,
                activity_id=activity_id,
                title=title,
                note=note,
                seen_cents=seen_cents,
                overrides=frozenset(overrides),
                override_reason=override_reason,
                leave_out=leave_out,
            )
        except ResourceChanged:
            continue
        except _TheWhole as whole:
            raise whole.refusal from None
        except IntegrityError as error:
            # Two presses at once, of one person or of two: who comes second finds the first one's.
            if await Series.exists(id=id) or await Reservation.exists(id=wanted[0].id):
                found = await _earlier(id, wanted, by)
                if found:
                    return found
            raise error
    raise Busy


@db.atomic
async def _reserve_all(
    id: UUID,
    wanted: Sequence[Wish],
    ground: Ground,
    *,
    by: Member,
    member: Member,
    at: datetime,
    venue_id: int | None,
    repeat: Repeat | None,
    first_on: date | None,
    activity_id: int | None,
    title: str,
    note: str,
    seen_cents: int | None,
    overrides: frozenset[str],
    override_reason: str,
    leave_out: bool,
) -> Made:
    if not await db.lock(Member, [member.id]):
        raise Busy
    if earlier := await _earlier(id, wanted, by):
        return earlier
    venues = {resource.venue_id: resource.venue for resource, _units in ground.values()}
    if len(venues) != 1 or venue_id not in (None, *venues):
        raise NotFound  # one house, and so one currency and one clock
    await db.lock(Unit, {unit for _resource, units in ground.values() for unit in units})
    series = None
    if repeat is not None:
        first_on = first_on or wanted[0].on
        series = await Series.create(
            id=id,
            member_id=member.id,
            rule=repeat.rule(first_on),
            first_on=first_on,
            title=title,
            created_at=at,
        )
    made: list[Reservation] = []
    clashes: list[Clash] = []

    async def take(wish: Wish) -> None:
        """Reserve this one, or raise why not."""
        if wish.span is None:
            assert wish.missing is not None
            raise wish.missing
        resource, units = ground[wish.resource_id]
        part = Part(id, series.id if series else None, wish.on if series else None, wish.beside_id)
        try:
            taken = await reserve_within(
                resource,
                units,
                wish.id,
                wish.span,
                by=by,
                member=member,
                at=at,
                activity_id=activity_id,
                card=None,
                people=wish.people,
                quantity=wish.quantity,
                # What is taken along is told by its own name, beside the room's title.
                title="" if wish.beside_id else title,
                note="" if wish.beside_id else note,
                company="",
                vat_number="",
                seen_cents=None,
                overrides=overrides,
                override_reason=override_reason,
                walk_in=False,
                part=part,
            )
        except IntegrityError as error:
            if db.violated(error) != "claim_no_overlap":
                raise
            raise no.Taken(resource=i18n.name_of(resource)) from None
        made.append(taken)

    for main in (each for each in wanted if each.beside_id is None):
        along = [each for each in wanted if each.beside_id == main.id]
        before = len(made)
        try:
            # Where its equipment does not work, the room of a date that is left out is given back with it.
            async with db.transaction() if leave_out and along else contextlib.nullcontext():
                refused = await _take_date(take, main, along)
                if refused:
                    raise _DateLost(refused)
        except _DateLost as lost:
            del made[before:]
            clashes += lost.clashes
    if clashes and (not leave_out or not made):
        raise clash_of(clashes, wanted)
    check_sum(made, seen_cents)
    await _check_limit(made, member, activity_id)
    await _record(id, series, made, by=by, at=at)
    return Made(series, made, clashes)


async def _take_date(
    take: Callable[[Wish], Awaitable[None]], main: Wish, along: Sequence[Wish]
) -> list[Clash]:
    """Reserve the room and what is taken along on one date. Returns what does not work: the room alone, or the rest."""
    clashes: list[Clash] = []
    for wish in (main, *along):
        try:
            await take(wish)
        except Refused as said:
            if said.code in ABOUT_THE_WHOLE:
                raise _TheWhole(said) from None
            clashes.append(Clash(wish, said))
            if wish is main:
                break
    return clashes


def clash_of(clashes: Sequence[Clash], wanted: Sequence[Wish]) -> no.DatesClash:
    """The refusal of all, with each date that does not work."""
    refusal = no.DatesClash(
        clashes=len({each.wish.on for each in clashes}), dates=len({each.on for each in wanted})
    )
    refusal.clashes = list(clashes)
    return refusal


async def _earlier(id: UUID, wanted: Sequence[Wish], by: Member) -> Made | None:
    """What the same press has made before. Raises NotFound for somebody else's."""
    series = await Series.get_or_none(id=id)
    if series is not None:
        rows = await Reservation.filter(series_id=id)
    else:
        rows = await Reservation.filter(id__in=[each.id for each in wanted])
    if not rows:
        return None
    if by.id not in (rows[0].member_id, rows[0].booked_by_id):
        raise NotFound
    # The room before what is beside it; the engines do not agree where a column without a value comes.
    return Made(series, sorted(rows, key=lambda each: (each.begins_at, each.beside_id is not None, each.id)))


def check_sum(made: Sequence[Reservation], seen_cents: int | None) -> None:
    """Raises PriceMoved where all together costs more than was seen."""
    total = sum(each.total_cents for each in made)
    if seen_cents is not None and total > seen_cents:
        raise no.PriceMoved(total_cents=total, seen_cents=seen_cents, currency=made[0].currency)


async def _check_limit(made: Sequence[Reservation], member: Member, activity_id: int | None) -> None:
    """What a person may spend per booking counts all that one press books: nobody passes it by cutting in pieces."""
    if activity_id is None or len(made) < 2:
        return
    _activity, person = await budgets.open_to(member.id, activity_id)
    paid = sum(each.paid_cents for each in made)
    if refusal := over_limit(person, paid, made[0].paid_currency):
        raise refusal


def over_limit(person: Any, paid_cents: int, currency: str, *, per_month: bool = False) -> Refused | None:
    """What the limit per booking, or the one per month, says of a sum."""
    limit = person.month_limit_cents if per_month else person.reservation_limit_cents
    if limit is None or paid_cents <= limit:
        return None
    per = lazy("per month") if per_month else lazy("per booking")
    return budgets.OverLimit(limit_cents=limit, amount_cents=paid_cents, currency=currency, per=per)


async def _record(
    id: UUID, series: Series | None, made: Sequence[Reservation], *, by: Member, at: datetime
) -> None:
    """One event for all of them, which makes one mail. Each has its own beside it."""
    out = Made(series, list(made)).left_out()
    await events.record(
        "series.reserved" if series else "basket.reserved",
        series.subject if series else made[0].subject,
        at=at,
        by_id=by.id,
        venue_id=made[0].venue_id,
        member_id=made[0].member_id,
        ids=[str(each.id) for each in made],
        **({"left_out": [each.isoformat() for each in out]} if out else {}),
    )

"""Series: several dates at once, all or nothing; what became of them; cancelling a range of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

import settings
from booking import members, places, reservations
from booking.api.operations import Call, Made
from booking.api.places import LONGEST_DAYS, span_of
from booking.api.problems import BASE, Invalid
from booking.api.reservation_told import ReservationTold, all_told
from booking.api.reservations import ID_MAX, AlongWish, extras_of
from booking.api.shapes import Asked, Date, Instant, Line, Text, Told
from booking.errors import NotFound
from booking.i18n import lazy as _
from booking.reservations import DATES_MAX, Choice, Repeat, Reservation, Series, Wall
from booking.reservations import refusals as no
from booking.timespan import TimeSpan, is_repeated, local, local_day


class RepeatWish(Asked):
    """How often. Exactly one of `until` and `times`."""

    every: Literal["day", "workday", "week", "two_weeks", "month"] = Field(
        description="“month”: on the same weekday of the month, as its second Tuesday; a fifth one is its last."
    )
    until: Date | None = Field(None, description="The last date that counts, in the venue's calendar.")
    times: int | None = Field(None, ge=2, le=DATES_MAX, description="How many dates.")


class DateWish(Asked):
    """What was settled for one date that does not work."""

    on: Date = Field(description="The date, as `dates` of the refusal names it.")
    skip: bool = Field(False, description="Leave it out.")
    resource_id: int | None = Field(None, ge=0, le=ID_MAX, description="Another resource of the same house.")
    begins_at: Instant | None = None
    ends_at: Instant | None = None
    alone: bool = Field(False, description="Without the equipment.")


class SeriesWish(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "resource_id": 12,
                    "begins_at": "2026-11-24T10:00:00+01:00",
                    "ends_at": "2026-11-24T12:00:00+01:00",
                    "repeat": {"every": "week", "times": 10},
                    "activity_id": 3,
                    "title": "Choir",
                    "dates": [{"on": "2026-12-29", "skip": True}],
                }
            ]
        }
    )

    resource_id: int = Field(ge=0, le=ID_MAX)
    begins_at: Instant = Field(
        description="Of the first date. The others keep its time on the clock of the venue."
    )
    ends_at: Instant
    repeat: RepeatWish
    activity_id: int | None = Field(None, ge=0, le=ID_MAX, description="The Activity that pays all of it.")
    people: int = Field(1, ge=1, le=5000)
    quantity: int = Field(1, ge=1, le=500, description="How many, of a pool.")
    title: Line = Field("", max_length=120)
    note: Text = Field("", max_length=1000)
    dates: list[DateWish] = Field(
        default=[], max_length=DATES_MAX, description="What was settled for dates that do not work."
    )
    clashing: Literal["refuse", "leave_out", "nearest"] = Field(
        "refuse",
        description="What becomes of all other dates that do not work: “refuse” books nothing, “leave_out” leaves them "
        "out, “nearest” takes the first of the other hours and rooms that works on that date and leaves out what has "
        "none. It holds for what stops working until the very moment of booking.",
    )
    along: list[AlongWish] = Field(
        default=[], max_length=10, description="Equipment taken along on each date."
    )
    seen_cents: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="The sum that you were shown: where it is more by now, nothing is booked.",
    )
    member_email: Line | None = Field(
        None, max_length=254, description="For hosts of the venue: the member it is booked for."
    )


class SeriesCancelWish(Asked):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"from_on": "2026-12-22", "until_on": "2027-01-05"}]}
    )

    from_on: Date | None = Field(None, description="The first date that goes; none: the first to come.")
    until_on: Date | None = Field(None, description="The last date that goes; none: the last of all.")
    reason: Line = Field("", max_length=500, description="Needed where the house cancels for a member.")
    seen_fee_cents: int | None = Field(
        None,
        ge=0,
        le=10**12,
        description="The fee that you were shown: where it is more by now, nothing goes.",
    )


class DateChange(Asked):
    """What was settled for one date whose change does not work."""

    on: Date = Field(description="The date, as `dates` of the refusal names it.")
    keep: bool = Field(False, description="Leave it as it is.")
    begins_at: Instant | None = None
    ends_at: Instant | None = None


class SeriesChangeWish(Asked):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_on": "2026-12-08",
                    "begins_at": "2026-12-08T14:00:00+01:00",
                    "ends_at": "2026-12-08T16:00:00+01:00",
                    "dates": [{"on": "2026-12-15", "keep": True}],
                    "seen_more_cents": 0,
                }
            ]
        }
    )

    from_on: Date | None = Field(
        None, description="The first date that changes, with all after it; none: the first to come."
    )
    begins_at: Instant | None = Field(
        None,
        description="Of the first date that changes, on that day; with `ends_at`. The others take its time on the "
        "clock of the venue. Without both, every date keeps its hour.",
    )
    ends_at: Instant | None = None
    people: int | None = Field(None, ge=1, le=5000)
    title: Line | None = Field(None, max_length=120)
    note: Text | None = Field(None, max_length=1000)
    dates: list[DateChange] = Field(
        default=[], max_length=DATES_MAX, description="What was settled for dates whose change does not work."
    )
    seen_more_cents: int | None = Field(
        None,
        ge=-(10**12),
        le=10**12,
        description="The difference that you were shown: where it is more by now, nothing changes.",
    )


class SeriesTold(Told):
    """Reservations made at once by a rule. Each has a life of its own."""

    id: UUID
    href: str
    rule: str = Field(description="An RRULE (RFC 5545); DTSTART is `first_on` at the hour of the first date.")
    first_on: date
    title: str
    created_at: datetime
    total_cents: int = Field(description="Of all that is held or confirmed.")
    currency: str
    fee_cents: int = Field(description="What cancelling some of it has cost.")
    left_out: list[date] = Field(
        description="Dates of the rule for which nothing was booked, as they did not work or were skipped."
    )
    reservations: list[ReservationTold] = Field(description="By date, equipment behind its room.")


async def reserve_series(call: Call) -> Made:
    """Take a resource on several dates: all of them or none. A 409 with `dates` says of each that does not work
    why, and what would; send it again with what was settled in `dates`, or with one choice for all in `clashing`."""
    wish: SeriesWish = call.body
    span = span_of(wish)
    resource, for_member = await places.resource(wish.resource_id), None
    if wish.member_email is not None:
        if not (await call.roles()).hosts(resource.venue):
            raise NotFound
        for_member = await members.by_email(wish.member_email)
        if for_member is None:
            raise Invalid({"member_email": [_("Nobody here has this e-mail address.")]})
    zone, id = resource.venue.zone, call.new_id()
    repeat = _repeat(wish)
    first = local_day(span.begins_at, zone)
    days = repeat.dates(first)
    if len(days) < 2:
        raise Invalid({"repeat": [_("That is not more than one date. Choose a later day.")]})
    made = await reservations.reserve_together(
        id,
        reservations.wishes(
            id,
            days,
            _wall(span, zone),
            resource_id=resource.id,
            zone=zone,
            people=wish.people,
            quantity=wish.quantity,
            chosen=_chosen(wish, days, span, zone),
            extras=extras_of(wish.along),
        ),
        by=call.member,
        at=call.at,
        venue_id=resource.venue_id,
        repeat=repeat,
        first_on=first,
        activity_id=wish.activity_id,
        for_member=for_member,
        title=wish.title,
        note=wish.note,
        seen_cents=wish.seen_cents,
        clashing="" if wish.clashing == "refuse" else wish.clashing,
    )
    assert made.series is not None
    told = await _told(call, made.series, made.reservations)
    return Made(told, told.href)


async def show_series(call: Call) -> SeriesTold:
    """A series with all its dates, for its member, whoever booked it, and the hosts of its house."""
    series, rows = await _visible(call)
    return await _told(call, series, rows)


async def cancel_series(call: Call) -> SeriesTold:
    """Cancel the dates of a range, those to come, with their equipment: all of them or none. Again changes nothing."""
    wish: SeriesCancelWish = call.body
    series, rows = await _visible(call)
    first, last = wish.from_on or date.min, wish.until_on or date.max
    if last < first:
        raise Invalid({"until_on": [_("The last day must not be before the first.")]})
    by_venue = call.member.id != rows[0].member_id
    listed = [
        each
        for each in rows
        if each.series_on
        and first <= each.series_on <= last
        and reservations.cancel_offer(each, call.at, by_venue=by_venue).allowed
    ]
    if listed:
        await reservations.cancel_together(
            [each.id for each in listed],
            by=call.member,
            at=call.at,
            reason=wish.reason,
            seen_fee_cents=wish.seen_fee_cents,
        )
    series, rows = await _visible(call)
    return await _told(call, series, rows)


async def change_series(call: Call) -> SeriesTold:
    """Change the hour, the people or the words of one date and all that follow it, with their equipment: all or none.
    A 409 with `dates` says of each that does not work why, and what would; send it again with what was settled."""
    wish: SeriesChangeWish = call.body
    series, rows = await _visible(call)
    zone = rows[0].venue.zone
    following = [
        each
        for each in rows
        if each.beside_id is None and each.series_on and each.series_on >= (wish.from_on or date.min)
    ]
    coming = [each for each in following if each.live and each.begins_at > call.at]
    if not coming:
        raise no.HasBegun() if any(each.live for each in following) else no.NotLive()
    first = coming[0]
    if (wish.begins_at is None) != (wish.ends_at is None):
        raise Invalid({"ends_at": [_("Say both, when it begins and when it ends.")]})
    wall = None
    if wish.begins_at and wish.ends_at:
        span = span_of(wish)
        if local_day(span.begins_at, zone) != local_day(first.begins_at, zone):
            raise Invalid({"begins_at": [_("Another hour must lie on the same date.")]})
        wall = _wall(span, zone)
    await reservations.change_together(
        first.id,
        by=call.member,
        at=call.at,
        wall=wall,
        title=wish.title,
        note=wish.note,
        people=wish.people,
        settled=_kept(wish, coming, zone),
        seen_more_cents=wish.seen_more_cents,
    )
    series, rows = await _visible(call)
    return await _told(call, series, rows)


def _kept(wish: SeriesChangeWish, coming: list[Reservation], zone: str) -> dict[UUID, TimeSpan | None]:
    """What was settled, by reservation. Raises Invalid for what is none of the dates, or lies on another one."""
    by_day = {local_day(each.begins_at, zone): each for each in coming}
    found: dict[UUID, TimeSpan | None] = {}
    for each in wish.dates:
        if each.on not in by_day:
            raise Invalid({"dates": [_("%(day)s is none of the dates.") % {"day": each.on.isoformat()}]})
        if each.keep:
            found[by_day[each.on].id] = None
        elif (
            each.begins_at is None
            or each.ends_at is None
            or each.ends_at <= each.begins_at
            or local_day(each.begins_at, zone) != each.on
        ):
            raise Invalid({"dates": [_("Another hour must lie on the same date.")]})
        else:
            found[by_day[each.on].id] = TimeSpan(each.begins_at, each.ends_at)
    return found


def _repeat(wish: SeriesWish) -> Repeat:
    if (wish.repeat.until is None) == (wish.repeat.times is None):
        raise Invalid({"repeat": [_("Say either until when, or how many times.")]})
    return Repeat(wish.repeat.every, wish.repeat.until, wish.repeat.times)


def _wall(span: TimeSpan, zone: str) -> Wall:
    """The span as the clock of the venue shows it."""
    begins, ends = local(span.begins_at, zone), local(span.ends_at, zone)
    return Wall(
        begins.hour * 60 + begins.minute,
        ends.hour * 60 + ends.minute,
        (ends.date() - begins.date()).days,
        bool(begins.fold) and is_repeated(span.begins_at, zone),
        bool(ends.fold) and is_repeated(span.ends_at, zone),
    )


def _chosen(wish: SeriesWish, days: list[date], span: TimeSpan, zone: str) -> dict[date, Choice]:
    """What was settled, by date. Raises Invalid for what is none of the dates, or lies on another one."""
    found: dict[date, Choice] = {}
    for each in wish.dates:
        if each.on not in days:
            raise Invalid({"dates": [_("%(day)s is none of the dates.") % {"day": each.on.isoformat()}]})
        if each.skip:
            found[each.on] = Choice(wish.resource_id, None)
            continue
        if each.begins_at is None and each.ends_at is None:
            other = _wall(span, zone).on(each.on, zone)
        elif (
            each.begins_at is None
            or each.ends_at is None
            or not timedelta() < each.ends_at - each.begins_at <= timedelta(days=LONGEST_DAYS)
            or local_day(each.begins_at, zone) != each.on
        ):
            raise Invalid({"dates": [_("Another hour must lie on the same date.")]})
        else:
            other = TimeSpan(each.begins_at, each.ends_at)
        found[each.on] = Choice(each.resource_id or wish.resource_id, other, each.alone)
    return found


async def _visible(call: Call) -> tuple[Series, list[Reservation]]:
    """The series and its reservations, by date. Raises NotFound."""
    series = await Series.get_or_none(id=call.path["series_id"])
    if series is None:
        raise NotFound
    ids: Any = (
        await Reservation.filter(series_id=series.id).order_by("series_on").values_list("id", flat=True)
    )
    rows = await reservations.whole(ids)
    own = call.member.id in (rows[0].member_id, rows[0].booked_by_id)
    if not own and not (await call.roles()).hosts(rows[0].venue):
        raise NotFound
    return series, rows


async def _told(call: Call, series: Series, rows: list[Reservation]) -> SeriesTold:
    whole = await reservations.whole([each.id for each in rows])
    whole.sort(key=lambda each: (each.series_on or series.first_on, each.beside_id is not None))
    booked = {each.series_on for each in whole}
    return SeriesTold(
        id=series.id,
        href=f"{settings.BASE_URL}{BASE}/series/{series.id}",
        rule=series.rule,
        first_on=series.first_on,
        title=series.title,
        created_at=series.created_at,
        total_cents=sum(each.total_cents for each in whole if each.live),
        currency=whole[0].currency,
        fee_cents=sum(each.fee_cents for each in whole),
        left_out=[day for day in reservations.dates_of(series) if day not in booked],
        reservations=await all_told(call, whole),
    )

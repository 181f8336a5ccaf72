"""What a member books again and again: the same room, weekday and hour, in the next week that has not come yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking import db
from booking.members.models import Member
from booking.reservations.models import LIVE, Reservation
from booking.timespan import TimeSpan, local, wall_or_next

LOOKED_BACK = timedelta(days=120)
LOOKED_AT = 60
# Whoever has booked so many weeks ahead needs no proposal for the week after.
WEEKS_AHEAD = timedelta(weeks=5)


@dataclass(frozen=True, slots=True)
class Habit:
    """The last booking of its kind, with resource, venue and Activity fetched, and when it would come again."""

    last: Reservation
    span: TimeSpan


async def habits(member: Member, at: datetime, *, most: int = 3) -> list[Habit]:
    """What the member's bookings of the last four months propose, the newest first; one query, and
    three more for what is proposed.

    Not proposed: what is out of service, weeks which the member has booked already, and series that go on.
    """
    booked = await db.rows(
        "SELECT r.*, v.zone AS v_zone, v.status AS v_status, s.published AS s_published FROM reservation r "
        "JOIN venue v ON v.id = r.venue_id JOIN resource s ON s.id = r.resource_id "
        "WHERE r.member_id = ? AND r.state IN (?, ?) AND r.ends_at > ? ORDER BY r.ends_at DESC, r.id LIMIT ?",
        member.id,
        *LIVE,
        at - LOOKED_BACK,
        LOOKED_AT,
    )
    spans = [TimeSpan(db.instant(row["begins_at"]), db.instant(row["ends_at"])) for row in booked]
    # A series comes again by itself: the weeks that it leaves out are no proposal while it goes on.
    going_on = {
        row["series_id"]
        for row, span in zip(booked, spans, strict=True)
        if row["series_id"] and span.begins_at > at
    }
    found: dict[tuple[int, int, int, int], tuple[dict[str, Any], TimeSpan]] = {}
    for row, last in zip(booked, spans, strict=True):
        if last.begins_at >= at + WEEKS_AHEAD or row["series_id"] in going_on:
            continue  # no week after this one is near enough
        zone = row["v_zone"]
        begins = local(last.begins_at, zone)
        kind = (row["resource_id"], begins.weekday(), begins.hour * 60 + begins.minute, last.minutes)
        usable = row["state"] == "confirmed" and row["s_published"] and row["v_status"] != "closed"
        if kind in found or not usable:
            continue
        own = [
            span
            for other, span in zip(booked, spans, strict=True)
            if other["resource_id"] == row["resource_id"]
        ]
        span = weeks_later(last, zone, after=at)
        while span.begins_at < at + WEEKS_AHEAD and any(span.overlaps(other) for other in own):
            span = weeks_later(last, zone, after=span.begins_at)
        if span.begins_at < at + WEEKS_AHEAD:
            found[kind] = row, span
        if len(found) == most:
            break
    # Only what is proposed becomes models: most of the sixty are the same week after week.
    lasts = db.made(Reservation, (row for row, _span in found.values()))
    for name in ("resource", "venue", "activity"):
        await db.relate(lasts, name)
    for each in lasts:
        each.resource.venue = each.venue
    return [Habit(each, span) for each, (_row, span) in zip(lasts, found.values(), strict=True)]


def weeks_later(span: TimeSpan, zone: str, *, after: datetime) -> TimeSpan:
    """The same wall times in the first later week whose span begins after an instant."""
    begins, ends = local(span.begins_at, zone), local(span.ends_at, zone)
    days = (ends.date() - begins.date()).days
    weeks = max(1, (after - span.begins_at) // timedelta(weeks=1) + 1)
    while True:
        day = begins.date() + timedelta(weeks=weeks)
        begins_at = wall_or_next(day, begins.hour * 60 + begins.minute, zone)
        ends_at = wall_or_next(day + timedelta(days=days), ends.hour * 60 + ends.minute, zone)
        if begins_at > after and ends_at > begins_at:
            return TimeSpan(begins_at, ends_at)
        weeks += 1

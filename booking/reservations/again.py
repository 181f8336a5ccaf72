"""What a member books again and again: the same room, weekday and hour, in the next week that has not come yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

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
    """What the member's bookings of the last four months propose, the newest first; one query.

    Not proposed: what is out of service, and weeks which the member has booked already.
    """
    booked = (
        await Reservation.filter(member_id=member.id, state__in=LIVE, ends_at__gt=at - LOOKED_BACK)
        .select_related("resource", "venue", "activity")
        .order_by("-ends_at", "id")
        .limit(LOOKED_AT)
    )
    found: dict[tuple[int, int, int, int], Habit] = {}
    for each in booked:
        begins, zone = local(each.begins_at, each.venue.zone), each.venue.zone
        kind = (each.resource_id, begins.weekday(), begins.hour * 60 + begins.minute, each.span.minutes)
        usable = each.state == "confirmed" and each.resource.published and each.venue.status != "closed"
        if kind in found or not usable:
            continue
        own = [other.span for other in booked if other.resource_id == each.resource_id]
        span = weeks_later(each.span, zone, after=at)
        while span.begins_at < at + WEEKS_AHEAD and any(span.overlaps(other) for other in own):
            span = weeks_later(each.span, zone, after=span.begins_at)
        if span.begins_at < at + WEEKS_AHEAD:
            each.resource.venue = each.venue
            found[kind] = Habit(each, span)
        if len(found) == most:
            break
    return list(found.values())


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

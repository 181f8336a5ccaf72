"""Coming: for a booking, or just so; and taking it back where a host pressed the wrong line.

Lock, check, write: the member first, then the reservation, then units where a released time is taken again. A member
has one open stay, so coming somewhere ends the stay before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from booking import db, events, i18n, reservations
from booking.errors import NotFound
from booking.members import Member, roles
from booking.occupancy import codes
from booking.occupancy import refusals as no
from booking.occupancy.closing import INSTANT, open_hours
from booking.occupancy.models import Presence
from booking.places import GROUP_OF, Resource, Venue
from booking.reservations import Reservation
from booking.timespan import TimeSpan, local_day

# Who comes a little early need not wait before the door to press a button; much earlier, and it would be another visit.
EARLY = timedelta(minutes=15)
# A booking that began so long ago, and nobody has checked in: late, though nothing is lost yet.
LATE = timedelta(minutes=10)


async def check_in(id: UUID, *, by: Member, at: datetime, proof: str = "") -> Presence:
    """Somebody has come for their booking: they say so, or a host of the venue does.

    From EARLY before it begins until it ends. The second time finds the first stay. What was given back, as nobody
    had come, is theirs again where it is still free. Raises NotFound for people it is no business of, TooEarly,
    BookingOver, NotConfirmed, GivenAway, Suspended, ProofNeeded, WrongProof.
    """
    found = await reservations.visible(id, by=by, at=at)
    hosts = (await roles.active(by, at)).hosts(found.venue)
    if by.id != found.member_id and not hosts:
        raise NotFound
    if not hosts:
        await codes.prove(found.venue, by.id, proof, at=at)
    return await _check_in(id, found.member_id, found.venue, by_id=by.id, at=at)


async def check_in_seen(reservation: Reservation, venue: Venue, *, by_id: int, at: datetime) -> Presence:
    """Check its member in; the caller has seen that they are here. Raises what `check_in` raises of the booking."""
    return await _check_in(reservation.id, reservation.member_id, venue, by_id=by_id, at=at)


@db.atomic
async def _check_in(id: UUID, member_id: int, venue: Venue, *, by_id: int, at: datetime) -> Presence:
    await _locked(member_id)
    [reservation] = await db.lock(Reservation, [id])
    await reservation.fetch_related("resource")
    open_ = await open_stay(member_id)
    if open_ is not None and open_.reservation_id == id:
        return open_
    _check_due(reservation, venue, at)
    stay = await _begin(
        open_, venue.id, member_id, resource_id=reservation.resource_id, reservation=id, by_id=by_id, at=at
    )
    await reservations.arrive(reservation, at=at, by_id=by_id, presence_id=stay.id)
    return stay


def _check_due(reservation: Reservation, venue: Venue, at: datetime) -> None:
    if GROUP_OF[reservation.resource.kind] == "equipment":
        raise no.BringsNobody()
    if reservation.state != "confirmed":
        raise no.NotConfirmed()
    if at < reservation.begins_at - EARLY:
        raise no.TooEarly(from_at=reservation.begins_at - EARLY, zone=venue.zone)
    if at >= reservation.ends_at:
        raise no.BookingOver(ended_at=reservation.ends_at, zone=venue.zone)


def can_check_in(reservation: Reservation, at: datetime) -> bool:
    """Whether the button is worth showing: `resource` is fetched."""
    return (
        reservation.state == "confirmed"
        and GROUP_OF[reservation.resource.kind] != "equipment"
        and (
            reservation.released_at is None
            or (reservation.no_show_at is not None and reservations.may_come_late(reservation))
        )
        and reservation.begins_at - EARLY <= at < reservation.ends_at
    )


async def walk_in(
    venue: Venue,
    *,
    by: Member,
    at: datetime,
    member: Member | None = None,
    resource: Resource | None = None,
    proof: str = "",
) -> Presence:
    """Somebody is in the house without a booking, or with one that is due, which they are then checked in for.

    A member says so of themselves while the house is open; a host of anybody, at any time, and may say in which
    resource. The second time finds the first stay. Raises NotFound, HouseClosed, Suspended, ProofNeeded, WrongProof.
    """
    who = member or by
    hosts = (await roles.active(by, at)).hosts(venue)
    if not hosts and (who.id != by.id or resource is not None):
        raise NotFound
    if not hosts:
        await codes.prove(venue, by.id, proof, at=at)
    due = await reservations.due_at(who.id, venue.id, at=at, early=EARLY)
    due = [each for each in due if can_check_in(each, at) and resource in (None, each.resource)]
    if due:
        return await _check_in(due[0].id, who.id, venue, by_id=by.id, at=at)
    if not hosts:
        await _check_open(venue, at)
    return await _walk_in(venue.id, who.id, resource.id if resource else None, by_id=by.id, at=at)


async def _check_open(venue: Venue, at: datetime) -> None:
    whole = TimeSpan(at - timedelta(days=1), at + timedelta(days=1))
    opened = (await open_hours([venue], whole))[venue.id]
    if venue.status != "closed" and any(span.covers(at) for span in opened):
        return
    hours = [
        f"{i18n.clock(span.begins_at, venue.zone)}–{i18n.clock(span.ends_at, venue.zone)}"
        for span in opened
        if local_day(span.begins_at, venue.zone) == local_day(at, venue.zone)
    ]
    said = ", ".join(hours) if venue.status != "closed" and hours else i18n.gettext("closed all day")
    raise no.HouseClosed(venue=i18n.name_of(venue), hours=said)


@db.atomic
async def _walk_in(
    venue_id: int, member_id: int, resource_id: int | None, *, by_id: int, at: datetime
) -> Presence:
    await _locked(member_id)
    open_ = await open_stay(member_id)
    if open_ is not None and open_.venue_id == venue_id and resource_id in (None, open_.resource_id):
        return open_
    return await _begin(
        open_, venue_id, member_id, resource_id=resource_id, reservation=None, by_id=by_id, at=at
    )


async def _locked(member_id: int) -> Member:
    [member] = await db.lock(Member, [member_id])
    if member.suspended_at is not None:
        raise no.Suspended()
    return member


async def open_stay(member_id: int) -> Presence | None:
    """Where the member is now, as far as anybody said."""
    return await Presence.filter(member_id=member_id, ends_at=None).order_by("-id").first()


async def _begin(
    before: Presence | None,
    venue_id: int,
    member_id: int,
    *,
    resource_id: int | None,
    reservation: UUID | None,
    by_id: int,
    at: datetime,
) -> Presence:
    """End the stay before, and begin this one."""
    if before is not None:
        # In the same house they went from one room to another; when they left another house, nobody saw.
        elsewhere = before.venue_id != venue_id
        before.ends_at, before.estimated = max(at, before.begins_at + INSTANT), elsewhere
        await before.save(update_fields=["ends_at", "estimated"])
    stay = await Presence.create(
        venue_id=venue_id,
        resource_id=resource_id,
        reservation_id=reservation,
        member_id=member_id,
        begins_at=at,
        source="checked_in",
        recorded_by_id=by_id,
        recorded_at=at,
    )
    # Who it was stands in the stay, where it can be forgotten, and not in the event, where it never could.
    await events.record(
        "presence.began",
        stay.subject,
        at=at,
        by_id=by_id if by_id != member_id else None,
        venue_id=venue_id,
        resource_id=resource_id,
        ended=before.id if before else None,
    )
    return stay


@db.atomic
async def undo_check_in(stay_id: int, *, by: Member, at: datetime) -> None:
    """Take back a check-in that was a mistake: the stay goes, and the one that it ended goes on.

    For hosts of the venue, while the stay is open. Pressed twice, the second finds nothing (NotFound). Raises
    StayOver.
    """
    stay, found = await lock_for_host(stay_id, by=by, at=at)
    if stay.ends_at is not None:
        raise no.StayOver()
    began = (await events.history(stay.subject))[0].data
    await stay.delete()
    for reservation in found:
        if not await Presence.exists(reservation_id=reservation.id):
            await reservations.not_arrived(reservation, at=at, by_id=by.id, presence_id=stay_id)
    if began.get("ended"):
        # Only if nothing has ended it otherwise: by then it had an end of its own.
        ended = Presence.filter(id=began["ended"], member_id=stay.member_id, ends_at__gte=stay.begins_at)
        await ended.filter(ends_at__lte=stay.begins_at + INSTANT).update(ends_at=None, estimated=False)
    await events.record("presence.undone", stay.subject, at=at, by_id=by.id, venue_id=stay.venue_id)


async def stay_for_host(stay_id: int, *, by: Member, at: datetime) -> Presence:
    """The stay, for a host of its venue. Raises NotFound."""
    stay = await Presence.get_or_none(id=stay_id).select_related("venue")
    if stay is None or not (await roles.active(by, at)).hosts(stay.venue):
        raise NotFound
    return stay


async def lock_for_host(stay_id: int, *, by: Member, at: datetime) -> tuple[Presence, list[Reservation]]:
    """A member's stay as it is now, and the booking it was for, both locked. Inside a transaction.

    Raises NotFound for who is no host of its venue, and for stays that nobody checked in.
    """
    stay = await stay_for_host(stay_id, by=by, at=at)
    if stay.member_id is None or stay.source != "checked_in":
        raise NotFound
    await db.lock(Member, [stay.member_id])
    booked = await db.lock(Reservation, [stay.reservation_id] if stay.reservation_id else [])
    fresh = await db.lock(Presence, [stay_id])
    if not fresh:
        raise NotFound
    return fresh[0], booked

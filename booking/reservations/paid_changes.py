"""A change that makes a booking dearer which a card has paid: the new time is held, and swapped in once it is paid.

Until then nothing of the booking changes. What the new time needs besides its own claims is claimed too, so that
nobody takes it while somebody types a card's number; giving up, or not paying in time, gives exactly that back. Price,
terms and rules are those of the moment in which it was asked for; nothing is asked again when the payment comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from booking import db, events, i18n, places
from booking.errors import Busy, NotFound
from booking.members import Member, roles
from booking.pricing import Quote, Terms
from booking.reservations import asking, claiming, rules
from booking.reservations import refusals as no
from booking.reservations.change_holds import close, open_change
from booking.reservations.changeable import check_agreed, check_changeable
from booking.reservations.changing import move, repriced
from booking.reservations.deciding import expire_overdue
from booking.reservations.models import ChangeHold, Claim, Reservation
from booking.reservations.reading import locked
from booking.reservations.reserving import facts
from booking.reservations.shares import ByCard
from booking.timespan import TimeSpan, subtract

TRIES_MAX = 5


async def hold_change(
    id: UUID,
    span: TimeSpan,
    *,
    by: Member,
    card: ByCard,
    at: datetime,
    quantity: int | None = None,
    seen_more_cents: int | None = None,
    overrides: Iterable[str] = (),
    **wish: Any,
) -> ChangeHold:
    """Hold what a dearer change needs until the member's card has paid the difference. The same again finds it.

    `wish`: people, title, note; `seen_more_cents`: the difference that stood beside the button. Raises NotFound for
    others than the member, DearerByCard where a card cannot pay so little, ChangeWaits where another change waits
    already, and what `change` raises.
    """
    known = await Reservation.get_or_none(id=id)
    if known is None or by.id != known.member_id:
        raise NotFound
    resource, unit_ids = await places.with_units(known.resource_id)
    await expire_overdue(at, unit_ids=unit_ids)
    return await claiming.again_if_changed(
        resource,
        unit_ids,
        _hold,
        id,
        span,
        {name: value for name, value in wish.items() if value is not None},
        by=by,
        card=card,
        quantity=quantity or known.quantity,
        seen_more_cents=seen_more_cents,
        at=at,
        overrides=frozenset(overrides),
    )


@db.atomic
async def _hold(
    resource: Any,
    unit_ids: list[int],
    id: UUID,
    span: TimeSpan,
    wish: dict[str, Any],
    *,
    by: Member,
    card: ByCard,
    quantity: int,
    seen_more_cents: int | None,
    at: datetime,
    overrides: frozenset[str],
) -> ChangeHold:
    reservation, member = await locked(id, by=by, at=at)
    if waits := await open_change(id):
        if (waits.span, waits.quantity, waits.wish) == (span, quantity, waits.wish | wish):
            return waits
        raise no.ChangeWaits(until=waits.held_until, zone=resource.venue.zone)
    check_changeable(reservation, span, at, zone=resource.venue.zone)
    if reservation.state != "confirmed":
        raise no.WaitsForCard()
    standing = await roles.active(by, at)
    if overrides and not (standing.manages(resource.venue) and overrides <= rules.OVERRIDABLE):
        raise no.NotYoursToOverride()
    if not standing.hosts(resource.venue):
        check_agreed(reservation, resource, span, quantity)
    await claiming.lock_units(resource, unit_ids)
    people = wish.get("people", reservation.people)
    asked = await asking.question(
        resource, span, member, at=at, people=people, quantity=quantity, changing=reservation
    )
    set_aside = rules.check(asked, overrides=overrides)
    quote, terms = await repriced(reservation, resource, span, member, quantity=quantity, at=at)
    if seen_more_cents is not None:
        asking.check_seen(quote, reservation.total_cents + seen_more_cents)
    more = quote.total_cents - reservation.total_cents
    if more < card.least_cents or not reservation.card_cents:
        raise no.DearerByCard(more_cents=more, currency=reservation.currency)
    if reservation.activity_id is not None and reservation.begins_at > at:
        await asking.check_activity(reservation, member, resource, span.begins_at)
    pieces = await _pieces(reservation, resource, unit_ids, span, quantity)
    hold = await ChangeHold.create(
        id=uuid4(),
        reservation_id=id,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        quantity=quantity,
        wish=wish,
        quote=quote.to_json(),
        terms=terms.to_json(),
        overrides=set_aside,
        card_cents=more,
        revision=reservation.revision,
        by_id=by.id,
        held_until=at + card.hold,
        created_at=at,
    )
    for unit, piece in pieces:
        await claiming.take(unit, id, piece, change_id=hold.id)
    await events.record(
        "reservation.change_held",
        reservation.subject,
        at=at,
        by_id=by.id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        begins_at=span.begins_at.isoformat(),
        ends_at=span.ends_at.isoformat(),
        amount_cents=more,
        currency=reservation.currency,
    )
    return hold


async def _pieces(
    reservation: Reservation, resource: Any, unit_ids: list[int], span: TimeSpan, quantity: int
) -> list[tuple[int, TimeSpan]]:
    """What the new time needs besides the reservation's own claims, unit by unit; nobody else moves for it.

    Raises Taken. The units are locked.
    """
    wanted = claiming.claimed(resource, span)
    own = {each.unit_id: each.span for each in await Claim.filter(reservation_id=reservation.id)}
    taken = {each.unit_id for each in await claiming.claims(unit_ids, wanted, without=reservation.id)}
    free = [unit for unit in unit_ids if unit not in taken]
    needed = len(unit_ids) if resource.takes == "all" else quantity
    if len(free) < needed:
        raise no.Taken(resource=i18n.name_of(resource))
    chosen = sorted(free, key=lambda unit: unit not in own)[:needed]
    return [
        (unit, piece) for unit in chosen for piece in subtract([wanted], [own[unit]] if unit in own else [])
    ]


@db.atomic
async def confirm_change(id: UUID, *, at: datetime) -> bool:
    """The difference is paid: swap the new time in. False when the change was lost, or is done. Call it under its lock.

    Lost: let go meanwhile, or the booking was cancelled, given back, or changed in another way; or it has begun and
    would begin at another time, as nobody has both.
    """
    known = await ChangeHold.get(id=id)
    [reservation] = await db.lock(Reservation, [known.reservation_id])
    hold = await ChangeHold.get(id=id)
    if hold.state != "held":
        return False
    try:
        resource, unit_ids = await _units(reservation)
    except NotFound:  # no longer let
        await close(reservation, id, at=at, state="given_up")
        return False
    same = reservation.state == "confirmed" and reservation.revision == hold.revision
    same = same and reservation.released_at is None and reservation.no_show_at is None
    begun = reservation.begins_at <= at or reservation.checked_in_at is not None
    if not same or hold.ends_at <= at or (begun and hold.begins_at != reservation.begins_at):
        await close(reservation, id, at=at, state="given_up")
        return False
    member = await Member.get(id=reservation.member_id)
    by = await Member.get(id=hold.by_id)
    before = facts(reservation)
    try:
        await claiming.choose(resource, unit_ids, hold.span, hold.quantity, at=at, without=reservation.id)
    except no.Taken:
        await close(reservation, id, at=at, state="given_up")
        return False
    # Before its claims go, so that nothing lets it go with them.
    await ChangeHold.filter(id=id).update(state="done", closed_at=at)
    priced = (Quote.from_json(hold.quote), Terms.from_json(hold.terms))
    await move(reservation, resource, member, unit_ids, hold.span, hold.quantity, by=by, at=at, paid=priced)
    reservation.update_from_dict(
        {
            **hold.wish,
            "revised_at": at,
            "sequence": reservation.sequence + 1,
            "overrides": [*reservation.overrides, *hold.overrides],
        }
    )
    await reservation.save(update_fields=[*hold.wish, "revised_at", "sequence", "overrides"])
    await events.record(
        "reservation.changed",
        reservation.subject,
        at=at,
        by_id=hold.by_id,
        venue_id=reservation.venue_id,
        member_id=reservation.member_id,
        before=before,
        after=facts(reservation),
        by_venue=False,
        by_card=True,
        overrides=hold.overrides,
    )
    return True


async def _units(reservation: Reservation) -> tuple[Any, list[int]]:
    """The resource and its units, locked as they are now."""
    for _try in range(TRIES_MAX):
        resource, unit_ids = await places.with_units(reservation.resource_id)
        try:
            await claiming.lock_units(resource, unit_ids)
            return resource, unit_ids
        except claiming.ResourceChanged:
            continue
    raise Busy

"""Changing: the same locks and the same rules as reserving, with the price told before.

What a change costs. While it can be given back for nothing, the reservation is priced anew. After that, a change never
makes it cheaper, so that moving is no way round the cancellation fee, and the old terms stay. Once begun, only the end
moves: longer costs the difference at once, shorter gives the room back and costs what it cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

from booking import budgets, db, events, i18n, places, pricing
from booking.budgets.paying import pend_of
from booking.errors import NotFound, Refused
from booking.members import roles
from booking.members.models import Member
from booking.pricing import Quote, Terms
from booking.reservations import alternatives, asking, claiming, rules
from booking.reservations import refusals as no
from booking.reservations.cancelling import cancels_freely
from booking.reservations.change_holds import open_change
from booking.reservations.changeable import check_agreed, check_card, check_changeable, only_shorter
from booking.reservations.deciding import expire_overdue
from booking.reservations.models import Reservation
from booking.reservations.parts import told_together
from booking.reservations.reading import locked
from booking.reservations.reserving import (
    Offer,
    approval_deadline,
    facts,
    offered,
    reserve_money,
)
from booking.reservations.shares import ByCard
from booking.timespan import TimeSpan, local_day


async def change(
    id: UUID,
    *,
    by: Member,
    at: datetime,
    span: TimeSpan | None = None,
    people: int | None = None,
    quantity: int | None = None,
    title: str | None = None,
    note: str | None = None,
    seen_more_cents: int | None = None,
    overrides: Iterable[str] = (),
) -> Reservation:
    """Move, extend or shorten a reservation, or change its people and its words.

    Raises NotFound for people it is no business of, NotLive, HasBegun, IsOver, and whatever the rules say, with
    the nearest alternatives; then everything stays as it was. `seen_more_cents` is by how much the change was seen to
    make it dearer (below zero: cheaper); PriceMoved where it is more by now.
    """
    before = await Reservation.get_or_none(id=id)
    if before is None:
        raise NotFound
    resource, unit_ids = await places.with_units(before.resource_id)
    values = {"people": people, "quantity": quantity, "title": title, "note": note}
    await expire_overdue(at, unit_ids=unit_ids)
    wish = span or before.span
    try:
        return await claiming.again_if_changed(
            resource,
            unit_ids,
            _change,
            id,
            wish,
            {name: value for name, value in values.items() if value is not None},
            by=by,
            at=at,
            seen_more_cents=seen_more_cents,
            overrides=frozenset(overrides),
        )
    except IntegrityError as error:
        if db.violated(error) != "claim_no_overlap":
            raise
        refusal: Refused = no.Taken(resource=i18n.name_of(resource))
    except Refused as said:
        refusal = said
    if isinstance(
        refusal,
        no.DearerByCard
        | no.WaitsForCard
        | no.ChangeWaits
        | no.NotLive
        | no.HasBegun
        | no.IsOver
        | no.GivenBack
        | no.AgreedTime,
    ):
        raise refusal
    raise await alternatives.add(
        refusal,
        resource,
        wish,
        by,
        at=at,
        people=people or before.people,
        quantity=quantity or before.quantity,
    )


@db.atomic
async def _change(
    resource: Any,
    unit_ids: list[int],
    id: UUID,
    span: TimeSpan,
    values: dict[str, Any],
    *,
    by: Member,
    at: datetime,
    seen_more_cents: int | None,
    overrides: frozenset[str],
    together: UUID | None = None,
) -> Reservation:
    reservation, member = await locked(id, by=by, at=at)
    check_changeable(reservation, span, at, zone=resource.venue.zone)
    standing = await roles.active(by, at)
    if overrides and not (standing.manages(resource.venue) and overrides <= rules.OVERRIDABLE):
        raise no.NotYoursToOverride()
    before = facts(reservation)
    people = values.get("people", reservation.people)
    quantity = values.get("quantity", reservation.quantity)
    moved = span != reservation.span or quantity != reservation.quantity
    if not moved and all(getattr(reservation, name) == value for name, value in values.items()):
        return reservation
    if moved and reservation.waits_for_card:
        raise no.WaitsForCard()
    if moved and by.id == member.id and (waits := await open_change(id)):
        raise no.ChangeWaits(until=waits.held_until, zone=resource.venue.zone)
    if moved and not standing.hosts(resource.venue):
        check_agreed(reservation, resource, span, quantity)
    await claiming.lock_units(resource, unit_ids)
    asked = await asking.question(
        resource, span, member, at=at, people=people, quantity=quantity, changing=reservation
    )
    set_aside: list[str] = []
    if moved and not only_shorter(asked, reservation):
        set_aside = rules.check(asked, overrides=overrides)
    elif refusal := rules.people_fit(asked):
        # The time was allowed when it was booked and is not asked about again.
        raise refusal
    if moved:
        seen = None if seen_more_cents is None else reservation.total_cents + seen_more_cents
        await move(reservation, resource, member, unit_ids, span, quantity, seen_cents=seen, by=by, at=at)
        reservation.sequence += 1
    reservation.update_from_dict(
        {**values, "revised_at": at, "overrides": [*reservation.overrides, *set_aside]}
    )
    await reservation.save(
        update_fields=[*values.keys(), "revised_at", "overrides", "sequence", "begins_at", "ends_at"]
    )
    await events.record(
        "reservation.changed",
        reservation.subject,
        at=at,
        by_id=by.id,
        venue_id=resource.venue_id,
        member_id=reservation.member_id,
        before=before,
        after=facts(reservation),
        by_venue=by.id not in (reservation.member_id, reservation.booked_by_id),
        overrides=set_aside,
        **told_together(together),
    )
    return reservation


async def move(
    reservation: Reservation,
    resource: Any,
    member: Member,
    unit_ids: list[int],
    span: TimeSpan,
    quantity: int,
    *,
    seen_cents: int | None = None,
    by: Member,
    at: datetime,
    paid: tuple[Quote, Terms] | None = None,
) -> None:
    """New claims, new price, new money; the caller holds the locks and has asked the rules.

    `paid`: the price and the terms of a dearer change whose difference a card has paid.
    """
    begun = reservation.begins_at <= at
    # Priced before the row takes its new times: the tariff of its first day counts too.
    quote, terms = paid or await repriced(reservation, resource, span, member, quantity=quantity, at=at)
    asking.check_seen(quote, seen_cents)
    await claiming.let_go(reservation, at=at, by_id=by.id)
    shortened_now = begun and span.ends_at < reservation.ends_at and span.ends_at <= at
    reservation.begins_at, reservation.ends_at, reservation.quantity = (
        span.begins_at,
        span.ends_at,
        quantity,
    )
    if shortened_now:
        reservation.released_at = at
    chosen, moves = await claiming.choose(resource, unit_ids, span, quantity, at=at, without=reservation.id)
    await claiming.write(reservation, resource, chosen, moves)
    if not paid:
        check_card(reservation, quote)
    await _settle(reservation, resource, member, quote, begun=begun, paid=bool(paid), by=by, at=at)
    reservation.terms = terms.to_json()
    if reservation.state == "held":
        until = approval_deadline(resource, span, at)
        # What a card has promised is promised until then, and no longer.
        reservation.held_until = min(until, reservation.held_until) if reservation.card_cents else until
    await reservation.save(update_fields=["terms", "released_at", "quantity", "held_until"])


async def repriced(
    reservation: Reservation, resource: Any, span: TimeSpan, member: Member, *, quantity: int, at: datetime
) -> tuple[Quote, Terms]:
    """The price and the terms after a change; the rules are in this module's docstring."""
    old = Quote.from_json(reservation.quote)
    old_terms = Terms.from_json(reservation.terms)
    if "payment" in reservation.overrides:
        return replace(old, lines=(), net_cents=0, vat_cents=0, total_cents=0), old_terms
    zone = resource.venue.zone
    first_day = reservation_day(reservation, zone)
    new = await pricing.quote_for(resource, span, category=member.category, quantity=quantity)
    known = await pricing.quote_for(resource, span, category=member.category, quantity=quantity, on=first_day)
    new = min(new, known, key=lambda each: each.total_cents)
    if cancels_freely(reservation, at):
        return new, pricing.terms_for(resource, span.begins_at)
    return (new if new.total_cents > old.total_cents else old), old_terms


def reservation_day(reservation: Reservation, zone: str) -> date:
    """The local day whose tariff the reservation was made by."""
    return local_day(reservation.begins_at, zone)


async def _settle(
    reservation: Reservation,
    resource: Any,
    member: Member,
    quote: Quote,
    *,
    begun: bool,
    paid: bool,
    by: Member,
    at: datetime,
) -> None:
    """Bring the reserved money to the new price: free the old pend and make a new one, or take the difference."""
    extra = quote.total_cents - reservation.total_cents
    old = Quote.from_json(reservation.quote)
    by_card = reservation.card_cents
    if by_card:
        # The card's part becomes less first, and more only where it has paid that already; the Activity's stays.
        by_activity = reservation.total_cents - by_card
        reservation.card_cents = max(0, quote.total_cents - by_activity)
        if quote.total_cents >= by_activity:
            extra = 0
    reservation.update_from_dict(
        {
            "quote": quote.to_json(),
            "net_cents": quote.net_cents,
            "vat_cents": quote.vat_cents,
            "vat_basis_points": quote.vat_basis_points,
            "total_cents": quote.total_cents,
            "revision": reservation.revision + 1,
        }
    )
    fields = ["quote", "net_cents", "vat_cents", "vat_basis_points", "total_cents", "revision", "card_cents"]
    await reservation.save(update_fields=[*fields, "begins_at", "ends_at"])
    if reservation.activity_id is None:
        if quote.total_cents and not by_card:
            raise no.PaymentNeeded(total_cents=quote.total_cents, currency=quote.currency)
        return
    if extra == 0:
        # Nobody asks again about a change that was asked for before, and has been paid.
        if not begun and not paid:
            await asking.check_activity(reservation, member, resource, reservation.begins_at)
        return
    activity, person = await budgets.paying_for(member.id, reservation.activity_id)
    if person is None and extra > 0:
        raise budgets.NoPartIn(name=activity.name)
    price = asking.Price(quote, Terms.from_json(reservation.terms), activity, person, None, 0)
    day = local_day(at, resource.venue.zone)
    if reservation.posted_at is None and not begun:
        if reservation.pend_id:
            await budgets.let_go(await pend_of(reservation.pend_id), at=at, by_id=by.id)
        payment = await budgets.price_in(activity, quote.total_cents, quote.currency, day)
        spent = await _spent(reservation, member, activity, person, resource)
        await reserve_money(
            reservation,
            resource,
            replace(price, payment=payment, spent_this_month_cents=spent),
            by_id=by.id,
            at=at,
        )
        reservation.paid_cents, reservation.rate = payment.amount_cents, payment.rate
        await reservation.save(update_fields=["paid_cents", "rate", "pend_id"])
        return
    assert extra > 0, "a reservation that has begun never becomes cheaper"
    spent = await _spent(reservation, member, activity, person, resource)
    price = replace(price, spent_this_month_cents=spent)
    await _pay_extra(reservation, resource, price, old, quote, by=by, at=at)


async def _pay_extra(
    reservation: Reservation,
    resource: Any,
    price: asking.Price,
    old: Quote,
    new: Quote,
    *,
    by: Member,
    at: datetime,
) -> None:
    """A running reservation got longer: what it cost so far is taken if it was not yet, and the difference too."""
    assert price.activity is not None
    assert price.person is not None
    await reservation.fetch_related("venue", "activity")
    if reservation.posted_at is None and reservation.pend_id:
        pend = await pend_of(reservation.pend_id)
        await budgets.take(
            pend,
            price.activity,
            share_cents=old.total_cents,
            total_cents=old.total_cents,
            vat_cents=old.vat_cents,
            vat_basis_points=old.vat_basis_points,
            venue=resource.venue,
            code="booking",
            at=at,
            by_id=by.id,
        )
    extra = new.total_cents - old.total_cents
    payment = await budgets.price_in(price.activity, extra, new.currency, local_day(at, resource.venue.zone))
    # A limit is on the whole booking, not on each piece by which it grows.
    budgets.check_limits(
        price.person,
        payment.currency,
        reservation.paid_cents + payment.amount_cents,
        spent_this_month_cents=price.spent_this_month_cents,
    )
    extra_quote = replace(
        new,
        net_cents=new.net_cents - old.net_cents,
        vat_cents=new.vat_cents - old.vat_cents,
        total_cents=extra,
    )
    await reserve_money(
        reservation, resource, replace(price, payment=payment, person=None), by_id=by.id, at=at
    )
    await budgets.take(
        await pend_of(reservation.pend_id),
        price.activity,
        share_cents=extra,
        total_cents=extra,
        vat_cents=max(0, extra_quote.vat_cents),
        vat_basis_points=new.vat_basis_points,
        venue=resource.venue,
        code="extension",
        at=at,
        by_id=by.id,
    )
    reservation.paid_cents += payment.amount_cents
    reservation.posted_at = at
    await reservation.save(update_fields=["paid_cents", "posted_at", "pend_id"])


async def _spent(reservation: Reservation, member: Member, activity: Any, person: Any, resource: Any) -> int:
    if person is None or person.month_limit_cents is None:
        return 0
    return await asking.spent_in_month(
        member, activity, reservation.begins_at, resource.venue.zone, without=reservation.id
    )


async def change_offer(
    reservation: Reservation, span: TimeSpan, *, by: Member, at: datetime, people: int, quantity: int
) -> Offer:
    """What a change would cost, and every rule that would say no. Reads only. `reservation` is one of `visible`."""
    resource = await places.resource(reservation.resource_id)
    member = await Member.get(id=reservation.member_id)
    found: list[Refused] = []
    standing = await roles.active(by, at)
    try:
        check_changeable(reservation, span, at, zone=resource.venue.zone)
        if reservation.waits_for_card and (span != reservation.span or quantity != reservation.quantity):
            raise no.WaitsForCard()
        if not standing.hosts(resource.venue):
            check_agreed(reservation, resource, span, quantity)
    except Refused as refusal:
        found.append(refusal)
    asked = await asking.question(
        resource, span, member, at=at, people=people, quantity=quantity, changing=reservation
    )
    if not found and not only_shorter(asked, reservation):
        found = rules.objections(asked)
    if not found:
        unit_ids = (await places.units_of([resource.id])).get(resource.id, [])
        try:
            await claiming.choose(resource, unit_ids, span, quantity, at=at, without=reservation.id)
        except Refused as taken:
            found.append(taken)
    by_card = ByCard(0, timedelta(0)) if reservation.card_cents else None
    found_offer = await offered(
        resource,
        span,
        member,
        activity_id=None if by_card else reservation.activity_id,
        card=by_card,
        quantity=quantity,
        at=at,
        found=found,
        hosts=asked.hosts,
        changing=reservation,
    )
    if found_offer.quote is None:
        return found_offer
    quote, terms = await repriced(reservation, resource, span, member, quantity=quantity, at=at)
    difference = quote.total_cents - reservation.total_cents
    if by_card and difference > 0:
        dearer = no.DearerByCard(more_cents=difference, currency=quote.currency)
        found_offer = replace(found_offer, refusals=[*found_offer.refusals, dearer])
    elif difference > 0 and reservation.activity_id:
        activity, person = await budgets.paying_for(member.id, reservation.activity_id)
        if person is None:
            off = budgets.NoPartIn(name=activity.name)
            found_offer = replace(found_offer, refusals=[*found_offer.refusals, off])
    # Where the old price stays, so does what the Activity has.
    left = found_offer.left_cents if difference else found_offer.available_cents
    return replace(found_offer, quote=quote, terms=terms, left_cents=left, difference_cents=difference)

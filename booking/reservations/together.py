"""Reserving several at once, with every "no" explained: what would work on each date, and the sum of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from booking.errors import NotFound, Refused
from booking.members.models import Member
from booking.reservations import refusals as no
from booking.reservations.models import Series
from booking.reservations.offering_several import SeveralOffer, offer_several
from booking.reservations.repeating import Repeat
from booking.reservations.several import NEAREST, Choice, Made, Wish, reserve_several

SUMS = ("not_enough_budget", "over_limit", "payment_needed")


async def reserve_together(
    id: UUID,
    wanted: Sequence[Wish],
    *,
    by: Member,
    at: datetime,
    repeat: Repeat | None = None,
    first_on: date | None = None,
    activity_id: int | None = None,
    for_member: Member | None = None,
    clashing: str = "",
    **said: Any,
) -> Made:
    """`reserve_several`; a refusal comes with what would work, and one about money with the sum of all.

    `clashing` says what becomes of dates that do not work: LEAVE_OUT, or NEAREST: the first of the other hours and
    rooms that works on that date, and left out where there is none. What stops working until then is left out too.
    """

    async def looked_at() -> SeveralOffer:
        return await offer_several(
            wanted,
            by=for_member or by,
            at=at,
            activity_id=activity_id,
            overrides=frozenset(said.get("overrides", ())),
            clashing=clashing if clashing == NEAREST else "",
        )

    if clashing == NEAREST and wanted and not await Series.exists(id=id):
        # Asked before anything is locked, as everything that is offered; the locks then show whether it still is so.
        nearest = await looked_at()
        chosen = {
            each.on: each.choice for each in nearest.dates if each.choice is not None and each.choice.span
        }
        wanted = with_choices(wanted, chosen)
    try:
        return await reserve_several(
            id,
            wanted,
            by=by,
            at=at,
            repeat=repeat,
            first_on=first_on,
            activity_id=activity_id,
            for_member=for_member,
            leave_out=bool(clashing),
            **said,
        )
    except no.DatesClash as clash:
        refusal: Refused = clash
    except Refused as whole:
        if whole.code not in SUMS:
            raise
        refusal = whole
    try:
        offer = await looked_at()
    except (NotFound, Refused):
        raise refusal from None
    raise explained(refusal, offer)


def with_choices(wanted: Sequence[Wish], chosen: Mapping[date, Choice]) -> list[Wish]:
    """The wishes with what was chosen for some of their dates: another hour or room. Pure."""
    found = []
    for each in wanted:
        choice = chosen.get(each.on)
        if choice is None or choice.span is None:
            found.append(each)
        elif each.beside_id is None:
            found.append(replace(each, resource_id=choice.resource_id, span=choice.span, missing=None))
        else:
            found.append(replace(each, span=choice.span))
    return found


def explained(refusal: Refused, offer: SeveralOffer) -> Refused:
    """The refusal with what the offer knows of it."""
    if isinstance(refusal, no.DatesClash):
        by_day = {each.on: each for each in offer.dates}
        for clash in refusal.clashes:
            if clash.wish.beside_id is None and clash.wish.on in by_day:
                clash.refusal.with_alternatives(by_day[clash.wish.on].alternatives)
        return refusal
    return next((each for each in offer.refusals if each.code == refusal.code), refusal)

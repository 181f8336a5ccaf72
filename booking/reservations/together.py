"""Reserving several at once, with every "no" explained: what would work on each date, and the sum of all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from booking.errors import NotFound, Refused
from booking.members.models import Member
from booking.reservations import refusals as no
from booking.reservations.offering_several import SeveralOffer, offer_several
from booking.reservations.repeating import Repeat
from booking.reservations.several import Made, Wish, reserve_several

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
    **said: Any,
) -> Made:
    """`reserve_several`; a refusal comes with what would work, and one about money with the sum of all."""
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
            **said,
        )
    except no.DatesClash as clash:
        refusal: Refused = clash
    except Refused as whole:
        if whole.code not in SUMS:
            raise
        refusal = whole
    try:
        offer = await offer_several(
            wanted,
            by=for_member or by,
            at=at,
            activity_id=activity_id,
            overrides=frozenset(said.get("overrides", ())),
        )
    except (NotFound, Refused):
        raise refusal from None
    raise explained(refusal, offer)


def explained(refusal: Refused, offer: SeveralOffer) -> Refused:
    """The refusal with what the offer knows of it."""
    if isinstance(refusal, no.DatesClash):
        by_day = {each.on: each for each in offer.dates}
        for clash in refusal.clashes:
            if clash.wish.beside_id is None and clash.wish.on in by_day:
                clash.refusal.with_alternatives(by_day[clash.wish.on].alternatives)
        return refusal
    return next((each for each in offer.refusals if each.code == refusal.code), refusal)

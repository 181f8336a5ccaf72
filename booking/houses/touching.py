"""Which upcoming bookings a change of the house would leave where the house's own rules no longer allow them.

The rules are those of booking itself, asked before and after the change: a booking that did not fit before (a manager
had set a rule aside) is not counted again. Bookings stay whatever happens: they keep price, buffers and terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from booking import reservations
from booking.errors import Refused
from booking.i18n import lazy
from booking.places import Resource
from booking.reservations import rules
from booking.reservations.models import LIVE, Reservation
from booking.timespan import TimeSpan

FITTING = ("published", "category", "raster", "shortest", "longest", "open", "shut", "people", "units")


@dataclass(frozen=True, slots=True)
class Touched:
    """An upcoming booking, with member and resource, and the rule that it no longer keeps."""

    reservation: Reservation
    refusal: Refused


class NoLongerFit(Refused):
    """The change is fine, but bookings stand in its way: say yes to it, knowing them. Nothing has changed yet."""

    code = "bookings_no_longer_fit"
    text = lazy(
        "Upcoming bookings would no longer fit (%(number)s). They stay as they are if you save all the same."
    )
    rule = lazy(
        "Bookings keep the price, the buffers and the terms they were made with, until somebody changes them."
    )

    def __init__(self, touched: Sequence[Touched]) -> None:
        self.touched = list(touched)
        super().__init__(number=len(self.touched))


Misfits = dict[UUID, dict[str, Touched]]


async def misfits(resource_ids: Sequence[int], at: datetime) -> Misfits:
    """The rules that upcoming bookings of these resources do not keep, by booking and name of the rule."""
    upcoming = (
        await Reservation.filter(resource_id__in=list(resource_ids), state__in=LIVE, ends_at__gt=at)
        .select_related("member")
        .order_by("begins_at", "id")
    )
    if not upcoming:
        return {}
    resources = await Resource.filter(id__in=list({each.resource_id for each in upcoming})).select_related(
        "venue", "skill"
    )
    window = TimeSpan(
        min(each.begins_at for each in upcoming), max(each.ends_at for each in upcoming)
    ).widened(24 * 60, 24 * 60)
    plans = await reservations.plans(resources, window)
    found: Misfits = {}
    for each in upcoming:
        plan = plans[each.resource_id]
        each.resource = plan.resource
        question = rules.Question(
            resource=plan.resource,
            plan=plan,
            span=each.span,
            at=at,
            people=each.people,
            quantity=each.quantity,
            category=each.member.category,
            # Who stood before it and took it at once began on no step of the clock.
            begun=each.begins_at <= at,
        )
        said = {name: rules.RULES[name](question) for name in FITTING}
        found[each.id] = {name: Touched(each, refusal) for name, refusal in said.items() if refusal}
    return found


async def all_misfits(venue_id: int, at: datetime) -> list[Touched]:
    """The upcoming bookings of a house that do not keep its rules, soonest first, once each.

    Rules that a manager set aside for a booking are not asked of it.
    """
    ids = await Resource.filter(venue_id=venue_id).values_list("id", flat=True)
    found = []
    for broken in (await misfits([int(id) for id in ids], at)).values():  # type: ignore[call-overload]
        asked = [one for name, one in broken.items() if name not in one.reservation.overrides]
        found += asked[:1]
    return found


def newly(before: Misfits, after: Misfits) -> list[Touched]:
    """The bookings that fitted before in some way in which they do not fit now, soonest first, once each."""
    touched = []
    for id, broken in after.items():
        fresh = [one for name, one in broken.items() if name not in before.get(id, {})]
        touched += fresh[:1]
    return touched

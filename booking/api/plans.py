"""The floor plans of a venue, and what is free on them at a time."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from booking import places, reservations
from booking.api.operations import Call
from booking.api.places import DAYS_MAX, span_of
from booking.api.problems import Invalid
from booking.api.shapes import Asked, Instant, Told
from booking.i18n import lazy as _
from booking.places import plans
from booking.search.spots import State, spots


class PlansAsked(Asked):
    begins_at: Instant | None = Field(
        None, description="From when; with `ends_at`, each placement has its state."
    )
    ends_at: Instant | None = Field(None, description=f"Until when; at most {DAYS_MAX} days later.")


class ShapeTold(Told):
    """Something drawn. Centimetres from the upper left corner; turned by degrees about its middle."""

    kind: str = Field(description="room, wall, window, door, stairs or label")
    x: int
    y: int
    w: int
    h: int
    turn: int = Field(description="A wall or window is the diagonal of its box, turned by 90 the other one.")
    text: str


class PlacementTold(Told):
    """Where a resource lies on the plan."""

    resource_id: int
    x: int
    y: int
    w: int
    h: int
    turn: int
    state: State | None = Field(description="At the time asked about; null where none was.")
    units: int | None = Field(description="How many a pool has.")
    free_units: int | None = Field(description="How many of them are free for the whole time.")


class PlanTold(Told):
    """One floor."""

    id: UUID
    name: str
    width_cm: int
    height_cm: int
    sketch: bool = Field(description="It is not the real plan, or not to scale.")
    shapes: list[ShapeTold]
    placements: list[PlacementTold]


class Plans(Told):
    """The floors of a venue, in their order."""

    items: list[PlanTold]


async def list_plans(call: Call) -> Plans:
    """The floor plans of a venue with what lies on them; with a time, what of it is free then."""
    wish: PlansAsked = call.query
    venue = await places.venue(call.path["key"])
    if (wish.begins_at is None) != (wish.ends_at is None):
        missing = "begins_at" if wish.begins_at is None else "ends_at"
        raise Invalid({missing: [_("This is needed.")]})
    span = span_of(wish, days_max=DAYS_MAX) if wish.begins_at is not None else None
    floors = await plans.of_venue(venue.id)
    placed = await plans.placements_of([each.id for each in floors])
    resources = await places.published([venue.id])
    found = {}
    if span is not None:
        standing = await call.roles()
        barred = await reservations.barred(resources, call.member, standing, at=call.at, until=span.ends_at)
        found = await spots(resources, span, member=call.member, barred=barred, at=call.at)
    shown = {each.id for each in resources}
    return Plans(
        items=[
            PlanTold(
                id=plan.id,
                name=plan.name,
                width_cm=plan.width_cm,
                height_cm=plan.height_cm,
                sketch=plan.sketch,
                shapes=[ShapeTold(**each) for each in plan.shapes],
                placements=[
                    PlacementTold(
                        resource_id=each.resource_id,
                        x=each.x,
                        y=each.y,
                        w=each.w,
                        h=each.h,
                        turn=each.turn,
                        state=spot.state if spot else None,
                        units=spot.units if spot else None,
                        free_units=spot.free_units if spot else None,
                    )
                    for each in placed.get(plan.id, [])
                    if each.resource_id in shown
                    for spot in [found.get(each.resource_id)]
                ],
            )
            for plan in floors
        ]
    )

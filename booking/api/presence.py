"""Coming and going, and how many people are in a house; and how a house is used, over a period."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from booking import members, occupancy, places
from booking.api.operations import Call
from booking.api.places import Kind
from booking.api.problems import Invalid
from booking.api.shapes import Asked, Date, Line, Told
from booking.errors import NotFound
from booking.i18n import lazy as _
from booking.occupancy import Presence

ID_MAX = 2**31 - 1


class CheckInWish(Asked):
    proof: Line = Field(
        "", max_length=20, description="The code of the venue's display, where it asks for one."
    )


class ComeWish(Asked):
    """For yourself; or, for hosts, for a member, and in which resource."""

    proof: Line = Field(
        "", max_length=20, description="The code of the venue's display, where it asks for one."
    )
    member_email: Line | None = Field(None, max_length=254)
    resource_id: int | None = Field(None, ge=0, le=ID_MAX)


class LeaveWish(Asked):
    give_back: bool = Field(True, description="The rest of the booking is free for others.")


class CountWish(Asked):
    model_config = ConfigDict(json_schema_extra={"examples": [{"people": 23}]})

    people: int = Field(
        ge=0, le=occupancy.PEOPLE_MAX, description="Everybody in the house, or in the resource."
    )
    resource_id: int | None = Field(None, ge=0, le=ID_MAX)


class StayTold(Told):
    """A stay of one person, or a count. Open while `ends_at` is empty."""

    venue: str
    resource_id: int | None
    reservation_id: str | None
    people: int
    begins_at: datetime
    ends_at: datetime | None
    source: str


class HouseTold(Told):
    """The people in a house now, without names. `source`: staff_count, or stays where no count is above them."""

    venue: str
    people: int
    capacity_people: int | None
    source: str
    since: datetime | None
    checked_in: int
    overdue: int = Field(description="Whose booking is over.")
    counted: int | None
    counted_at: datetime | None


class OccupancyAsked(Asked):
    first: Date = Field(description="The first day, on the venue's calendar.")
    last: Date = Field(description="The last day, included; two years at most.")
    kind: list[Kind] = Field(default=[], max_length=14, description="Only resources of these kinds.")


class FigureTold(Told):
    """A number with its parts, its formula and where it was seen; withheld where it is about fewer than five people."""

    value: float | None
    unit: str = Field(description="share, hours, people, minutes or money")
    currency: str = ""
    numerator: float | None
    denominator: float | None
    n: int = Field(description="How many bookings, stays or days are behind it.")
    coverage: float | None
    thin: bool
    withheld: bool
    source: list[str]
    formula: str
    version: int
    parts: dict[str, float | None] = {}


class ResourceFigures(Told):
    """The figures of one resource."""

    key: str
    kind: str
    adds_to_total: bool
    figures: dict[str, FigureTold]


class DayTold(Told):
    """The visitors of one day; nothing where they were fewer than five."""

    on: date
    open: bool
    visitors: int | None


class TurnedAway(Told):
    """Wishes that ended with a no, by reason and by hour; numbers under five are put together as `others`."""

    reasons: dict[str, int]
    hours: dict[str, int] = Field(
        description="By the hour of the house's clock, 'any' where none was asked for."
    )


class OccupancyTold(Told):
    """How a house was used between two days, both included."""

    venue: str
    first: date
    last: date
    zone: str
    history: list[str] = Field(description="Where imported rows come from.")
    capacity_people: int | None
    figures: dict[str, FigureTold]
    kinds: dict[str, dict[str, FigureTold]]
    resources: list[ResourceFigures]
    turned_away: TurnedAway | None = Field(description="Nothing where the report is about single resources.")
    daily_visitors: list[DayTold]


async def now(call: Call) -> HouseTold:
    """How many people are in the house now. For its hosts; without names."""
    venue = await _hosted(call)
    house = await occupancy.now(venue, call.at)
    return HouseTold(
        venue=venue.key,
        people=house.people,
        capacity_people=house.capacity,
        source=house.source,
        since=house.since,
        checked_in=house.checked_in,
        overdue=house.overdue,
        counted=house.counted,
        counted_at=house.counted_at,
    )


async def check_in(call: Call) -> StayTold:
    """You, or for hosts the member of the booking, have come. The second time finds the first stay."""
    wish: CheckInWish = call.body
    stay = await occupancy.check_in(call.path["reservation_id"], by=call.member, at=call.at, proof=wish.proof)
    return await _told(stay)


async def come(call: Call) -> StayTold:
    """You are in the house, without a booking or with one that is due. The second time finds the first stay."""
    wish: ComeWish = call.body
    venue = await places.venue(call.path["key"])
    member = resource = None
    if wish.member_email is not None or wish.resource_id is not None:
        venue = await _hosted(call)
    if wish.member_email is not None:
        member = await members.by_email(wish.member_email)
        if member is None:
            raise Invalid({"member_email": [_("Nobody here has this e-mail address.")]})
    if wish.resource_id is not None:
        resource = await _resource_of(venue, wish.resource_id)
    stay = await occupancy.walk_in(
        venue, by=call.member, at=call.at, member=member, resource=resource, proof=wish.proof
    )
    return await _told(stay)


async def leave(call: Call) -> StayTold:
    """You leave the house."""
    wish: LeaveWish = call.body
    venue = await places.venue(call.path["key"])
    stay = await occupancy.check_out(by=call.member, at=call.at, venue=venue, give_back=wish.give_back)
    return await _told(stay)


async def count(call: Call) -> StayTold:
    """What a host, or a sensor at the door, counted. It stands until the next count or closing time."""
    wish: CountWish = call.body
    venue = await _hosted(call)
    resource = await _resource_of(venue, wish.resource_id) if wish.resource_id is not None else None
    stay = await occupancy.count_people(venue, wish.people, by=call.member, at=call.at, resource=resource)
    return await _told(stay)


async def figures(call: Call) -> OccupancyTold:
    """How a house was used, each figure with its formula, its n and its source. For its managers."""
    wish: OccupancyAsked = call.query
    if wish.last < wish.first:
        raise Invalid({"last": [_("The last day must not be before the first.")]})
    venue = await places.venue(call.path["key"])
    if not (await call.roles()).manages(venue):
        raise NotFound
    report = await occupancy.report(venue, wish.first, wish.last, at=call.at, kinds=wish.kind)
    said = report.as_json()
    said["first"], said["last"] = said.pop("from"), said.pop("to")
    return OccupancyTold.model_validate(said)


async def _hosted(call: Call) -> Any:
    """The venue of the address, for its hosts. Raises NotFound."""
    venue = await places.venue(call.path["key"])
    if not (await call.roles()).hosts(venue):
        raise NotFound
    return venue


async def _resource_of(venue: Any, resource_id: int) -> Any:
    resource = await places.resource(resource_id)
    if resource.venue_id != venue.id:
        raise NotFound
    return resource


async def _told(stay: Presence) -> StayTold:
    venue: Any = await places.Venue.get(id=stay.venue_id)
    return StayTold(
        venue=venue.key,
        resource_id=stay.resource_id,
        reservation_id=str(stay.reservation_id) if stay.reservation_id else None,
        people=stay.people,
        begins_at=stay.begins_at,
        ends_at=stay.ends_at,
        source=stay.source,
    )

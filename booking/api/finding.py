"""The search: what is free near a place, at a time, for so many people, at what price for this member."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from booking import occupancy, search
from booking.api import paging
from booking.api.operations import Call
from booking.api.places import Group, Kind, ResourceTold, resource_told, span_told
from booking.api.problems import Invalid
from booking.api.quotes import Price, price_told
from booking.api.shapes import Date, Decimal, Line, Number, Paged, Span, TimeOfDay, Told
from booking.i18n import lazy as _
from booking.i18n import name_of
from booking.search import Hit, Wish


class SearchAsked(Paged):
    where: Line | None = Field(None, max_length=120, description="A city, a country, or the name of a venue.")
    lat: Decimal | None = Field(None, ge=-90, le=90, description="Or a point, with `lon`.")
    lon: Decimal | None = Field(None, ge=-180, le=180)
    box: Line | None = Field(
        None, max_length=80, description="Or a part of the map: west,south,east,north in degrees."
    )
    radius_km: Number = Field(50, ge=1, le=500)
    day: Date | None = Field(None, description="The venue's day; today without it.")
    begins: TimeOfDay | None = Field(None, description="On the venue's clock.")
    ends: TimeOfDay | None = Field(None, description="On the venue's clock.")
    length_minutes: Number | None = Field(None, ge=5, le=1440)
    people: Number = Field(1, ge=1, le=5000)
    quantity: Number = Field(1, ge=1, le=500)
    group: Group | None = None
    kind: Kind | None = None
    features: list[Annotated[Line, Field(max_length=60)]] = Field(
        default=[], max_length=20, description="Keys, as wifi or projector."
    )


class HitTold(Told):
    """A resource that is free: `begins_at` to `ends_at` is what to book."""

    resource: ResourceTold
    venue_name: str
    city: str
    lat: float
    lon: float
    distance_km: float | None
    begins_at: datetime
    ends_at: datetime
    free: list[Span]
    price: Price
    members_only: bool


class Hits(Told):
    """What is free, nearest first. With nothing free, `other_times` are near in time, and `elsewhere` near in place."""

    understood: str = Field(
        description="How `where` was read: city, venue, country, near, box, everywhere, unknown."
    )
    label: str
    did_you_mean: list[str]
    items: list[HitTold]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None
    other_times: list[HitTold]
    elsewhere: list[HitTold]


async def find(call: Call) -> Hits:
    """What is free. begins and ends: exactly that span; length_minutes alone: so long, sometime that day."""
    asked: SearchAsked = call.query
    if (asked.lat is None) != (asked.lon is None):
        missing = "lat" if asked.lat is None else "lon"
        raise Invalid({missing: [_("This is needed.")]})
    box = None
    if asked.box:
        try:
            box = search.box_from(asked.box)
        except ValueError:
            said = _("A part of the map is four numbers: west, south, east, north.")
            raise Invalid({"box": [said]}) from None
    behind = paging.after(call.request, asked.cursor)
    wish = Wish(
        where=asked.where or "",
        lat=asked.lat,
        lon=asked.lon,
        radius_km=asked.radius_km,
        day=asked.day,
        begins=asked.begins,
        ends=asked.ends,
        length=asked.length_minutes,
        people=asked.people,
        group=asked.group or "",
        kind=asked.kind or "",
        features=tuple(asked.features),
        quantity=asked.quantity,
        box=box,
    )
    results = await search.find(
        wish,
        member=call.member,
        at=call.at,
        after=tuple(behind) if behind else None,
        most=asked.limit,
    )
    if behind is None:
        occupancy.note_search(results, who=f"member:{call.member.id}", at=call.at)
    cursor = address = None
    if results.more:
        cursor = paging.cursor_for(call.request, list(results.hits[-1].order))
        address = paging.next_url(call.request, cursor)
    return Hits(
        understood=results.where.kind,
        label=results.where.label,
        did_you_mean=list(results.where.close),
        items=[_hit(each) for each in results.hits],
        next=address,
        next_cursor=cursor,
        other_times=[_hit(each) for each in results.times],
        elsewhere=[_hit(each) for each in results.elsewhere],
    )


def _hit(hit: Hit) -> HitTold:
    venue = hit.resource.venue
    return HitTold(
        resource=resource_told(hit.resource),
        venue_name=name_of(venue),
        city=search.city_of(venue),
        lat=venue.lat,
        lon=venue.lon,
        distance_km=round(hit.distance_km, 1) if hit.distance_km is not None else None,
        begins_at=hit.span.begins_at,
        ends_at=hit.span.ends_at,
        free=[span_told(run) for run in hit.free],
        price=price_told(hit.quote),
        members_only=hit.members_only,
    )

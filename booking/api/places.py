"""Venues and their resources, and when a resource is free."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import Field
from tortoise.expressions import Q

from booking import i18n, places, reservations, search
from booking.api import paging
from booking.api.operations import Call
from booking.api.problems import Invalid
from booking.api.shapes import Asked, Instant, Line, Number, Paged, Span, Told
from booking.i18n import lazy as _
from booking.places import Resource, Venue, wording
from booking.search.runs import bookable_runs
from booking.timespan import TimeSpan

DAYS_MAX = 62
LONGEST_DAYS = 366  # of a booking
Kind = Literal[
    "desk", "office", "meeting_room", "phone_box", "training_room", "hall", "exhibition", "rehearsal_room",
    "studio", "workshop", "kitchen", "machine", "equipment", "vehicle",
]  # fmt: skip
Group = Literal["desks", "rooms", "workshops", "equipment"]


class VenuesAsked(Paged):
    country: str | None = Field(None, pattern="^[A-Z]{2}$", description="ISO 3166, as BE.")
    city: Line | None = Field(None, max_length=80, description="As the data spells it.")


class ResourcesAsked(Paged):
    venue: Line | None = Field(None, max_length=80, description="The key of a venue.")
    kind: Kind | None = None
    group: Group | None = None


class AvailabilityAsked(Asked):
    begins_at: Instant = Field(description="From when.")
    ends_at: Instant = Field(description=f"Until when; at most {DAYS_MAX} days later.")
    quantity: Number = Field(1, ge=1, le=500, description="How many at once, of a pool.")


class Contact(Told):
    """Whom to ask."""

    name: str
    email: str
    phone: str


class VenueTold(Told):
    """A site on the map."""

    key: str
    name: str
    kind: str = Field(description="shared_space or office")
    entity: str = Field(description="The key of the legal entity it belongs to.")
    status: str = Field(description="open, unknown or closed (for good)")
    description: str
    street: str
    postal_code: str
    city: str
    country: str
    lat: float
    lon: float
    zone: str = Field(description="Its IANA time zone.")
    currency: str
    capacity_people: int | None
    features: list[str]
    languages: list[str]
    contact: Contact
    website: str


class Venues(Told):
    """One part of the list of venues."""

    items: list[VenueTold]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None


class ResourceTold(Told):
    """One thing that can be booked, with the rules of booking it."""

    id: int
    key: str
    venue: str = Field(description="The key of its venue.")
    kind: str
    group: str
    name: str
    takes: str = Field(description="all: it is booked whole; any: so many of a pool")
    capacity_people: int | None = Field(description="Per booking, or per piece of a pool.")
    area_m2: float | None
    features: list[str]
    step_free: bool | None
    zone: str
    currency: str
    raster_minutes: int = Field(description="Bookings begin and end on these steps.")
    shortest_minutes: int
    longest_minutes: int
    lead_minutes: int = Field(description="The notice it needs.")
    horizon_days: int = Field(description="How far ahead it can be booked.")
    approval: bool = Field(description="A host has to agree first.")
    external: bool = Field(description="Outsiders may book it too.")
    skill: str | None = Field(description="The induction it needs.")
    free_until_hours: int = Field(description="Cancelling is free until so many hours before.")
    late_fee_percent: int
    no_show_fee_percent: int
    rules: list[str] = Field(description="The rules in words.")


class Resources(Told):
    """One part of the list of resources."""

    items: list[ResourceTold]
    next: str | None = Field(description="The address of the next part.")
    next_cursor: str | None


class ShutTold(Told):
    """When it is shut, and why."""

    begins_at: datetime
    ends_at: datetime
    reason: str


class Availability(Told):
    """What can be booked of a resource, and what shuts it. Instants are UTC."""

    resource_id: int
    zone: str
    free: list[Span] = Field(description="Any span on the raster within one of these can be booked.")
    shut: list[ShutTold]


async def list_venues(call: Call) -> Venues:
    """Every venue, those that have closed for good too: `status` says so. By key."""
    wish: VenuesAsked = call.query
    found = Venue.all().select_related("entity").order_by("key")
    if wish.country:
        found = found.filter(country=wish.country)
    if wish.city:
        found = found.filter(city=wish.city)
    if behind := paging.after(call.request, wish.cursor):
        found = found.filter(key__gt=behind[0])
    rows = await found.limit(wish.limit + 1)
    cursor, address = _next(call, rows, wish.limit, lambda row: [row.key])
    return Venues(items=[venue_told(row) for row in rows[: wish.limit]], next=address, next_cursor=cursor)


async def show_venue(call: Call) -> VenueTold:
    """One venue by its key."""
    return venue_told(await places.venue(call.path["key"]))


async def list_resources(call: Call) -> Resources:
    """What can be booked, by id. Those of venues that have closed for good are left out."""
    wish: ResourcesAsked = call.query
    found = Resource.filter(published=True).exclude(venue__status="closed")
    if wish.venue is not None:
        found = found.filter(venue__key=wish.venue)
    if wish.kind:
        found = found.filter(kind=wish.kind)
    if wish.group:
        found = found.filter(kind__in=places.KINDS_BY_GROUP[wish.group])
    if behind := paging.after(call.request, wish.cursor):
        found = found.filter(Q(id__gt=behind[0]))
    rows = await found.select_related("venue", "skill").order_by("id").limit(wish.limit + 1)
    cursor, address = _next(call, rows, wish.limit, lambda row: [row.id])
    return Resources(
        items=[resource_told(row) for row in rows[: wish.limit]], next=address, next_cursor=cursor
    )


async def show_resource(call: Call) -> ResourceTold:
    """One resource by its id."""
    return resource_told(await places.resource(call.path["resource_id"]))


async def availability(call: Call) -> Availability:
    """What can be booked of a resource between two instants: what is free, within notice and horizon."""
    wish: AvailabilityAsked = call.query
    resource = await places.bookable(call.path["resource_id"])
    window = span_of(wish, days_max=DAYS_MAX)
    plans = await reservations.plans([resource], search.runs.beyond(window), language=i18n.language())
    plan = plans[resource.id]
    runs = bookable_runs(plan, call.at, quantity=wish.quantity, within=window)
    shut = [(part, each.reason) for each in plan.shuts if (part := each.span.intersection(window))]
    return Availability(
        resource_id=resource.id,
        zone=resource.venue.zone,
        free=[span_told(run) for run in runs],
        shut=[
            ShutTold(begins_at=part.begins_at, ends_at=part.ends_at, reason=reason) for part, reason in shut
        ],
    )


# --- what is told ------------------------------------------------------------------------------------


def venue_told(venue: Any) -> VenueTold:
    """A venue, its entity fetched, in the language spoken here."""
    return VenueTold(
        key=venue.key,
        name=i18n.name_of(venue),
        kind=venue.kind,
        entity=venue.entity.key,
        status=venue.status,
        description=i18n.said_in(venue.descriptions),
        street=venue.street,
        postal_code=venue.postal_code,
        city=search.city_of(venue),
        country=venue.country,
        lat=venue.lat,
        lon=venue.lon,
        zone=venue.zone,
        currency=venue.currency,
        capacity_people=venue.capacity_people,
        features=list(venue.features or []),
        languages=list(venue.languages or []),
        contact=Contact(name=venue.contact_name, email=venue.contact_email, phone=venue.contact_phone),
        website=venue.website,
    )


def resource_told(resource: Any) -> ResourceTold:
    """A resource, its venue and skill fetched."""
    return ResourceTold(
        id=resource.id,
        key=resource.key,
        venue=resource.venue.key,
        kind=resource.kind,
        group=resource.group,
        name=i18n.name_of(resource),
        takes=resource.takes,
        capacity_people=resource.capacity_people,
        area_m2=resource.area_m2,
        features=list(resource.features or []),
        step_free=resource.step_free,
        zone=resource.venue.zone,
        currency=resource.venue.currency,
        raster_minutes=resource.raster_minutes,
        shortest_minutes=resource.shortest_minutes,
        longest_minutes=resource.longest_minutes,
        lead_minutes=resource.lead_minutes,
        horizon_days=resource.horizon_days,
        approval=resource.approval,
        external=resource.external,
        skill=resource.skill.key if resource.skill else None,
        free_until_hours=resource.free_until_hours,
        late_fee_percent=resource.late_fee_percent,
        no_show_fee_percent=resource.no_show_fee_percent,
        rules=[words for _icon, words in wording.rules(resource)],
    )


def span_told(span: TimeSpan) -> Span:
    return Span(begins_at=span.begins_at, ends_at=span.ends_at)


def span_of(wish: Any, *, days_max: int = LONGEST_DAYS) -> TimeSpan:
    """The span that a request names. Raises Invalid when it runs backwards or is too long."""
    if wish.ends_at <= wish.begins_at:
        raise Invalid({"ends_at": [_("The end must come after the beginning.")]})
    if wish.ends_at - wish.begins_at > timedelta(days=days_max):
        raise Invalid({"ends_at": [_("At most %(days)s days fit here.") % {"days": days_max}]})
    return TimeSpan(wish.begins_at, wish.ends_at)


def _next(call: Call, rows: list[Any], limit: int, key: Any) -> tuple[str | None, str | None]:
    """The cursor and the address of what comes behind the first `limit` rows."""
    if len(rows) <= limit:
        return None, None
    cursor = paging.cursor_for(call.request, key(rows[limit - 1]))
    return cursor, paging.next_url(call.request, cursor)

"""Venues and resources: what they are, whom to ask, their rules in words, and when they are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, places, pricing, search
from booking.forms import Day, Form, Shape, read
from booking.i18n import gettext as _
from booking.money import share
from booking.places import drawing, photos, plans, wording
from booking.search import timelines
from booking.timespan import local_day
from booking.web import live, session
from booking.web.home import book_url, price_words
from booking.web.pages import page, url
from booking.web.pictures import gallery
from booking.web.venue_states import anchor, map_state, tag_words

DAYS_BACK, DAYS_AHEAD = 366, 800  # a calendar that can be paged for ever is paged for ever by robots
NEAR_KM = 60
WEEK = 7
CATEGORIES = ("member", "staff", "partner", "external")


class Shown(Shape):
    """Which part of the calendar is wanted."""

    day: Day | None = None
    view: Literal["day", "week", "list"] = "day"


@dataclass(frozen=True)
class Price:
    """What a resource costs one category, VAT included; None where it is not let so."""

    category: str
    name: str
    hour: str
    half_day: str
    day: str
    mine: bool = False


async def index(request: Request) -> Response:
    """Every venue, by country and city: the map as a list."""
    venues, at = await places.venues(), session.at(request)
    states = await search.states()
    found: dict[str, dict[str, list[Any]]] = {}
    for venue in venues:
        city = search.city_name(venue.city)
        found.setdefault(i18n.country(venue.country), {}).setdefault(city, []).append(
            (venue, map_state(venue, kept := states.get(venue.id)), tag_words(venue, kept, at))
        )
    return page(
        request,
        "places/index.html",
        countries=[
            (country, [(city, anchor(city), found[country][city]) for city in _sorted(found[country])])
            for country in _sorted(found)
        ],
        count=len(venues),
    )


async def venue(request: Request) -> Response:
    """A venue with all its resources on one day, in one week, or as a list."""
    found = await places.venue(request.path_params["key"])
    resources = await places.published([found.id])
    at = session.at(request)
    form = await read(request, Shown)
    on, view = _day(form, found.zone, at), form.value.view if form.valid else "day"
    kept = (await search.states(found.id)).get(found.id) if resources else None
    prices, rates = await _tariffs(request, resources, found)
    return page(
        request,
        "places/show.html",
        status=form.status,
        venue=found,
        title=i18n.name_of(found),
        city=search.city_name(found.city),
        anchor=anchor(search.city_name(found.city)),
        state=map_state(found, kept),
        state_words=tag_words(found, kept, at),
        states_since=live.since(kept.computed_at if kept else at),
        facts=wording.facts(found),
        features=wording.features(found.features),
        hours=await _hours(found),
        closures=await _closures(found, at),
        resources=[_resource_row(resource, prices, rates) for resource in resources],
        groups=_by_group(resources),
        photos=gallery(await photos.of_venue(found.id)),
        plan=await _plan(resources) if resources else None,
        near=await _near(found) if not resources else [],
        guest=await session.visitor(request) is None,
        **await _calendar(request, found, resources, on, view, at),
    )


async def resource(request: Request) -> Response:
    """A resource: its week, its rules, its prices."""
    found = await places.resource(request.path_params["resource_id"])
    at = session.at(request)
    form = await read(request, Shown)
    on = _day(form, found.venue.zone, at)
    monday = on - timedelta(days=on.weekday())
    days = [monday + timedelta(days=number) for number in range(WEEK)]
    member = await session.visitor(request)
    frames = []
    if found.venue.status != "closed":
        frames = await timelines.week(
            found,
            days,
            member_id=member.id if member else None,
            at=at,
            book_url=book_url,
            reservation_url=reservation_url,
            day_url=lambda day: url("venue", key=found.venue.key, day=day),
        )
    free = [run for frame in frames for row in frame.rows for run in row.free]
    units = (await places.units_of([found.id])).get(found.id, [])
    return page(
        request,
        "places/resource.html",
        status=form.status,
        resource=found,
        venue=found.venue,
        city=search.city_name(found.venue.city),
        title=i18n.name_of(found),
        kind=wording.kind_name(found.kind),
        rules=wording.rules(found),
        terms=wording.terms(found),
        features=wording.features(_all_features(found)),
        capacity=wording.capacity(found),
        units=len(units),
        prices=await _price_list(found, member, at),
        photos=gallery(await photos.of_resource(found.id)),
        frames=frames,
        next_free=next((run for run in free if run.ends_at > at), None),
        title_of_week=_week_words(days),
        day=on,
        prev=_shift(request, found, on, -WEEK, at),
        next=_shift(request, found, on, WEEK, at),
        this_week=url("resource", resource_id=found.id),
        guest=member is None,
    )


def reservation_url(reservation_id: Any) -> str:
    """Where a reservation is shown to those who may see it."""
    return url("reservation", reservation_id=reservation_id)


# --- the calendar of a venue -------------------------------------------------------------------------


async def _calendar(
    request: Request, venue: Any, resources: Sequence[Any], on: date, view: str, at: datetime
) -> dict[str, Any]:
    """What the calendar part of the venue page shows: one day as lanes or as a list, or a week as a table."""
    step = WEEK if view == "week" else 1
    first = on - timedelta(days=on.weekday())
    days = [first + timedelta(days=number) for number in range(WEEK)]
    shown: dict[str, Any] = {"frame": None, "table": [], "days": days, "view": view, "day": on}
    if resources and view == "week":
        shown["table"] = [
            (resource, [(cell, _cell_words(cell)) for cell in cells])
            for resource, cells in await timelines.week_table(resources, days, at=at)
        ]
    elif resources:
        member = await session.visitor(request)
        shown["frame"] = await timelines.day(
            resources,
            on,
            member_id=member.id if member else None,
            at=at,
            book_url=book_url,
            reservation_url=reservation_url,
            resource_url=lambda resource: url("resource", resource_id=resource.id, day=on),
            facts=_facts_line,
        )

    def link(day: date | None, view: str = view) -> str:
        return url("venue", key=venue.key, day=day, view=view if view != "day" else None) + "#day"

    today = local_day(at, venue.zone)
    plan = bool(resources) and await plans.has_any(venue.id)
    day_asked = on if on != today else None
    return shown | {
        "day_title": _week_words(days) if view == "week" else i18n.day(on),
        "prev": link(on - timedelta(days=step)) if on > today - timedelta(days=DAYS_BACK) else None,
        "next": link(on + timedelta(days=step)) if on < today + timedelta(days=DAYS_AHEAD) else None,
        "today": link(None) if on != today else None,
        "views": [
            (_("Day"), link(on, "day"), view == "day"),
            (_("Week"), link(on, "week"), view == "week"),
            (_("List"), link(on, "list"), view == "list"),
            *([(_("Plan"), url("venue_plan", key=venue.key, day=day_asked), False)] if plan else []),
        ],
        "day_url": link,
    }


def _day(form: Form[Shown], zone: str, at: datetime) -> date:
    """The day asked for, within reach; today in the venue's zone where none is asked for."""
    today = local_day(at, zone)
    if not form.valid or form.value.day is None:
        return today
    return min(max(form.value.day, today - timedelta(days=DAYS_BACK)), today + timedelta(days=DAYS_AHEAD))


def _shift(request: Request, resource: Any, on: date, days: int, at: datetime) -> str | None:
    there, today = on + timedelta(days=days), local_day(at, resource.venue.zone)
    if not today - timedelta(days=DAYS_BACK) <= there <= today + timedelta(days=DAYS_AHEAD):
        return None
    return url("resource", resource_id=resource.id, day=there) + "#day"


def _week_words(days: Sequence[date]) -> str:
    return f"{i18n.day(days[0], style='short')} – {i18n.day(days[-1], style='medium')}"


def _cell_words(cell: timelines.Cell) -> str:
    if cell.state == "free":
        return _("%(time)s free") % {"time": i18n.duration(cell.free_minutes)}
    return {"full": _("Full"), "closed": _("Closed")}.get(cell.state, _("Past"))


# --- words and prices --------------------------------------------------------------------------------


def _facts_line(resource: Any) -> str:
    return ", ".join(part for part in (wording.kind_name(resource.kind), wording.capacity(resource)) if part)


def _all_features(resource: Any) -> list[str]:
    step_free = ["step_free"] if resource.step_free else []
    return [*step_free, *(key for key in resource.features if key not in step_free)]


def _by_group(resources: Sequence[Any]) -> list[tuple[str, str, int]]:
    """(icon, words, how many resources) of the groups that the venue has."""
    tally: dict[str, int] = {}
    for resource in resources:
        tally[resource.group] = tally.get(resource.group, 0) + 1
    groups = [group for group in wording.GROUPS if group in tally]
    return [(wording.GROUP_ICONS[group], wording.group_name(group), tally[group]) for group in groups]


async def _plan(resources: Sequence[Any]) -> drawing.Plan:
    units = await places.units_of([resource.id for resource in resources])
    return drawing.draw(
        [
            drawing.Thing(
                resource.id,
                i18n.name_of(resource),
                resource.group,
                (resource.capacity_people or 0)
                * (len(units.get(resource.id, ())) if resource.takes == "any" else 1),
                url("resource", resource_id=resource.id),
                frozenset(units.get(resource.id, ())),
            )
            for resource in resources
        ]
    )


def _resource_row(
    resource: Any, prices: Mapping[int, pricing.Tariff], rates: Mapping[tuple[str, str], pricing.Rate]
) -> dict[str, Any]:
    """A resource in the list of its venue, with the price per hour for this visitor and its rules."""
    vat = rates.get((resource.venue.country, resource.vat_category))
    tariff = prices.get(resource.id)
    return {
        "resource": resource,
        "name": i18n.name_of(resource),
        "url": url("resource", resource_id=resource.id),
        "kind": wording.kind_name(resource.kind),
        "capacity": wording.capacity(resource),
        "features": wording.features(_all_features(resource)),
        "rules": wording.rules(resource),
        "prices": _shown_tariff(tariff, vat.basis_points if vat else 0) if tariff else None,
    }


async def _tariffs(
    request: Request, resources: Sequence[Any], venue: Any
) -> tuple[dict[int, pricing.Tariff], dict[tuple[str, str], pricing.Rate]]:
    """The tariffs of these resources for whoever looks, and the VAT rates there."""
    member = await session.visitor(request)
    today = local_day(session.at(request), venue.zone)
    ids = [resource.id for resource in resources]
    return (
        await pricing.tariffs_of(ids, member.category if member else "external", today),
        await pricing.vat_rates([venue.country], today),
    )


def _shown_tariff(tariff: pricing.Tariff, vat_basis_points: int) -> tuple[str, str, str]:
    """(hour, half-day, day), VAT included, as money; '' for a length that has no price of its own."""
    if tariff.hour_cents is None and tariff.half_day_cents is None and tariff.day_cents is None:
        return _("free of charge"), "", ""

    def gross(cents: int | None) -> str:
        return "" if cents is None else price_words(cents + share(cents, vat_basis_points), tariff.currency)

    return gross(tariff.hour_cents), gross(tariff.half_day_cents), gross(tariff.day_cents)


async def _price_list(resource: Any, member: Any, at: datetime) -> list[Price]:
    """The prices of each category that has its own, the visitor's marked."""
    today = local_day(at, resource.venue.zone)
    rates = await pricing.vat_rates([resource.venue.country], today)
    rate = rates.get((resource.venue.country, resource.vat_category))
    names = {
        "member": _("Members"),
        "staff": _("Staff of the cooperative"),
        "partner": _("Partners"),
        "external": _("Guests"),
    }
    mine = member.category if member else "external"
    tariffs = {
        category: (await pricing.tariffs_of([resource.id], category, today)).get(resource.id)
        for category in CATEGORIES
    }
    listed: list[Price] = []
    for category, tariff in tariffs.items():
        same_as_members = category in ("staff", "partner") and tariff == tariffs["member"]
        if tariff is None or same_as_members or (category == "external" and not resource.external):
            continue
        hour, half_day, day = _shown_tariff(tariff, rate.basis_points if rate else 0)
        marked = category == mine or (
            category == "member" and mine in ("staff", "partner") and tariffs[mine] == tariff
        )
        listed.append(Price(category, names[category], hour, half_day, day, marked))
    return listed


async def _hours(venue: Any) -> list[tuple[str, str]]:
    """The venue's own weekly hours in words."""
    hours = await places.hours_of([venue.id])
    return wording.hours(hours.get((venue.id, None), []))


async def _closures(venue: Any, at: datetime) -> list[dict[str, Any]]:
    """What shuts the venue, or a part of it, from now on."""
    return [
        {
            "what": i18n.name_of(closure.resource) if closure.resource else _("The whole house"),
            "when": i18n.span(closure.begins_at, closure.ends_at, venue.zone),
            "reason": closure.reason,
        }
        for closure in await places.shut_spans(venue.id, after=at)
    ]


async def _near(venue: Any) -> list[tuple[Any, str]]:
    """Spaces to book near a place where one can only ask, nearest first."""
    found = []
    for other in await places.venues():
        km = search.distance_km(venue.lat, venue.lon, other.lat, other.lon)
        if (
            other.id != venue.id
            and other.kind == "shared_space"
            and other.status != "closed"
            and km <= NEAR_KM
        ):
            found.append((km, other))
    found.sort(key=lambda item: (item[0], item[1].id))
    return [(other, i18n.distance(km)) for km, other in found[:6]]


def _sorted(names: Any) -> list[str]:
    return sorted(names, key=search.plain)

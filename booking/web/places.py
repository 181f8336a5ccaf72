"""Venues and resources: what they are, whom to ask, their rules in words, and when they are free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, places, pricing, search
from booking.forms import read
from booking.i18n import gettext as _
from booking.money import share
from booking.places import drawing, photos, wording
from booking.timespan import local_day
from booking.web import live, place_calendar, session
from booking.web.home import price_words
from booking.web.pages import fragment_wanted, page, url
from booking.web.pictures import gallery
from booking.web.place_calendar import reservation_url as reservation_url  # many pages know it from here
from booking.web.venue_states import anchor, map_state, tag_words

NEAR_KM = 60
CATEGORIES = ("member", "staff", "partner", "external")


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
    """A venue with all its resources on one day, in one week or month, or as a list; or this calendar alone."""
    found = await places.venue(request.path_params["key"])
    resources = await places.published([found.id])
    form = await read(request, place_calendar.Shown)
    calendar = await place_calendar.of_venue(request, found, resources, form)
    calendar |= {"venue": found, "title": i18n.name_of(found), "city": search.city_name(found.city)}
    if fragment_wanted(request):
        return page(
            request,
            "places/show.html",
            form.status,
            fragment="places/_venue_calendar.html",
            swapped=True,
            **calendar,
        )
    at = session.at(request)
    kept = (await search.states(found.id)).get(found.id) if resources else None
    prices, rates = await _tariffs(request, resources, found)
    return page(
        request,
        "places/show.html",
        status=form.status,
        fragment="places/_venue_calendar.html",
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
        **calendar,
    )


async def resource(request: Request) -> Response:
    """A resource: its week or month, its rules, its prices; or its calendar alone."""
    found = await places.resource(request.path_params["resource_id"])
    at = session.at(request)
    form = await read(request, place_calendar.ShownOfOne)
    calendar = await place_calendar.of_resource(request, found, form)
    calendar |= {"resource": found, "venue": found.venue, "title": i18n.name_of(found)}
    if fragment_wanted(request):
        return page(
            request,
            "places/resource.html",
            form.status,
            fragment="places/_resource_calendar.html",
            swapped=True,
            **calendar,
        )
    member = await session.visitor(request)
    units = (await places.units_of([found.id])).get(found.id, [])
    return page(
        request,
        "places/resource.html",
        status=form.status,
        fragment="places/_resource_calendar.html",
        city=search.city_name(found.venue.city),
        kind=wording.kind_name(found.kind),
        rules=wording.rules(found),
        terms=wording.terms(found),
        features=wording.features(_all_features(found)),
        capacity=wording.capacity(found),
        units=len(units),
        prices=await _price_list(found, member, at),
        photos=gallery(await photos.of_resource(found.id)),
        guest=member is None,
        **calendar,
    )


# --- words and prices --------------------------------------------------------------------------------


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
        "features": tuple(wording.features(_all_features(resource))),
        "rules": tuple(wording.rules(resource)),
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


@i18n.kept
def _shown_tariff(tariff: pricing.Tariff, vat_basis_points: int) -> tuple[str, str, str]:
    """(hour, half-day, day), VAT included, as money; '' for a length that has no price of its own."""
    if not (tariff.hour_cents or tariff.half_day_cents or tariff.day_cents):
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

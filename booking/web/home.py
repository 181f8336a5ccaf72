"""The search: its form, its answer in words and as a list, and its map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

from markupsafe import Markup
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import i18n, limits, occupancy, places, search
from booking.forms import Day, Form, Line, Minutes, Shape, read, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext
from booking.places import wording
from booking.search import Hit, Results, Where, Wish
from booking.timespan import local_day
from booking.web import drawings, session
from booking.web.live import since
from booking.web.pages import page, url
from booking.web.pictures import small_ones
from booking.web.venue_states import tag_of, tag_words

TIMES = range(0, 24 * 60, 30)  # minutes past midnight
LENGTHS = (30, 60, 90, 120, 180, 240, 360, 480, 600)
SEARCHES_MAX, SEARCHES_SECONDS = 120, 60
WITHIN_KM = (10, 25, 50, 100, 250)
# Nearer than this is the place itself.
NEAR_KM = 0.05
Corners = tuple[float, float, float, float]


def _a_kind(value: str) -> str:
    if value and value not in places.KINDS:
        raise wrong(lazy("Choose one of the values on offer."))
    return value


def _a_box(value: Any) -> Any:
    """'2.5,50.1,6.2,51.4' as search.box_from reads it."""
    if value in (None, "") or not isinstance(value, str):
        return None
    try:
        return search.box_from(value)
    except ValueError:
        raise wrong(lazy("A part of the map is four numbers: west, south, east, north.")) from None


Box = Annotated[Corners, BeforeValidator(_a_box)]


class Search(Shape):
    """A search as its address carries it. Everything may be missing."""

    where: Line = ""
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    radius: int = Field(search.RADIUS_KM, ge=1, le=3000)
    day: Day | None = None
    begins: Minutes | None = None
    ends: Minutes | None = None
    length: int | None = Field(None, ge=15, le=31 * 24 * 60)
    people: int = Field(1, ge=1, le=5000)
    group: Literal["", "desks", "rooms", "workshops", "equipment"] = ""
    kind: Annotated[str, AfterValidator(_a_kind)] = ""
    features: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=20)
    box: Box | None = None
    quantity: int = Field(1, ge=1, le=500)
    page: int = Field(1, ge=1, le=500)

    def wish(self) -> Wish:
        """As the search itself takes it."""
        told = self.model_dump(exclude={"radius", "features"})
        return Wish(**told, radius_km=self.radius, features=tuple(dict.fromkeys(self.features)))


async def index(request: Request) -> Response:
    """What is free, as a list and a map; or what comes nearest to it."""
    member = await session.visitor(request)
    await count(request, member)
    form = await read(request, Search)
    results, box, at = None, None, session.at(request)
    if form.valid:
        results = await search.find(form.value.wish(), member=member, at=at, houses=drawings.HOUSES_DRAWN)
        occupancy.note_search(results, who=session.asker(request, member), at=at)
        box = form.value.box if results.where.kind == "box" else None
    found = drawings.of_search(results)
    form.values.setdefault("people", "1")
    return page(
        request,
        "search/index.html",
        status=form.status,
        form=form,
        choices=choices(),
        results=results,
        heading=heading(results),
        pictures=await small_ones(_ids(results)),
        asked=wish_words(results, at),
        link=linker(form),
        shown=hits_shown(results.hits, results.wish) if results else [],
        times=hits_shown(results.times, results.wish) if results else [],
        elsewhere=hits_shown(results.elsewhere, results.wish) if results else [],
        drawing=drawings.drawn(i18n.language(), found, box, **more_of(form, results)) if found or box else "",
        states=await _states_shown(results, at),
        states_since=since(at),
        filters=filters(form),
        guest=member is None,
    )


def choices() -> dict[str, list[tuple[Any, Any]]]:
    """The options of the search's selects: (value, words)."""
    return _choices(i18n.spoken())


@lru_cache
def _choices(_spoken: str) -> dict[str, list[tuple[Any, Any]]]:
    return {
        "times": [(_typed(minutes), i18n.wall_clock(minutes)) for minutes in TIMES],
        "ends": [(_typed(minutes), i18n.wall_clock(minutes)) for minutes in (*TIMES[1:], 24 * 60)],
        "lengths": [(minutes, i18n.duration(minutes)) for minutes in LENGTHS],
        "groups": [(group, str(name)) for group, name in wording.GROUPS.items()],
        "kinds": [
            (str(name), [(kind, wording.kind_name(kind)) for kind in places.KINDS_BY_GROUP[group]])
            for group, name in wording.GROUPS.items()
        ],
        "features": [(key, wording.feature_name(key)) for key in wording.SOUGHT],
        "radius": [(km, i18n.distance(km)) for km in WITHIN_KM],
    }


def linker(form: Form[Search]) -> Callable[..., str]:
    """Addresses of this search with something changed; None takes a value away, and the first page is meant."""

    def link(**changes: Any) -> str:
        values = {name: value for name, value in form.values.items() if name in Search.model_fields}
        values = {**values, "page": None, **changes}
        if values.get("where"):  # words say the place better than a part of the map does
            values["box"] = None
        usual = {"people": "1", "quantity": "1", "radius": str(search.RADIUS_KM)}
        kept = {
            name: value
            for name, value in values.items()
            if value not in (None, "", []) and str(value) != usual.get(name)
        }
        return url("search", **kept)

    return link


def more_of(form: Form[Search], results: Results | None) -> dict[str, str]:
    """Where the map finds what is not drawn: `closer` leads to a part of it, `every` to all houses as JSON, where these
    are more than could be drawn."""
    link = linker(form)
    closer = link(where=None, lat=None, lon=None, radius=None, box=drawings.HERE)
    if results is None or results.all_on_map:
        return {"closer": closer}
    return {"closer": closer, "every": link().replace(url("search"), url("map_found"), 1)}


def filters(form: Form[Search]) -> list[tuple[str, str, bool, str]]:
    """The groups as chips: (words, address, whether chosen, icon). Choosing a chosen one takes it away."""
    link, chosen = linker(form), form.values.get("group", "")
    return [
        (
            str(name),
            link(group=None if group == chosen else group, kind=None),
            group == chosen,
            wording.GROUP_ICONS[group],
        )
        for group, name in wording.GROUPS.items()
    ]


# --- the answer in words -----------------------------------------------------------------------------


def heading(results: Results | None) -> str:
    """'12 spaces free within 50 km of Lille': the page's own title."""
    if results is None:
        return _("Find a space")
    if results.where.kind == "unknown":
        return _("We do not know that place")
    values = {"number": results.total, "place": place_words(results.where, results.wish)}
    if not results.hits:
        return _("Nothing is free %(place)s at that time") % values
    if results.total is None:
        return _("Spaces free %(place)s") % values
    return (
        ngettext("%(number)s space free %(place)s", "%(number)s spaces free %(place)s", results.total)
        % values
    )


def _typed(minutes: int) -> str:
    """Minutes past midnight as an address carries them: '08:30', '24:00'."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def wish_words(results: Results | None, at: datetime) -> str:
    """'Tuesday, 24 November 2026, 10:00–12:00, 4 people': what was asked for, under the heading."""
    if results is None or results.where.kind == "unknown":
        return ""
    wish = results.wish
    day = wish.day or local_day(at, "Europe/Brussels")
    said = [i18n.day(day)]
    if wish.begins is not None or wish.ends is not None:
        clocks = {
            "begins": i18n.wall_clock(wish.begins or 0),
            "ends": i18n.wall_clock(24 * 60 if wish.ends is None else wish.ends),
        }
        exact = wish.begins is not None and wish.ends is not None
        only = _("from %(begins)s") if wish.begins is not None else _("until %(ends)s")
        said.append(("%(begins)s–%(ends)s" if exact else only) % clocks)
    if wish.length:
        said.append(wording.how_long(wish.length))
    if wish.people > 1:
        said.append(wording.people(wish.people))
    return ", ".join(said)


def place_words(where: Where, wish: Wish) -> str:
    """'within 50 km of Lille', 'at KulturA', 'in Belgium', 'near you', 'in all of Europe'."""
    values = {"place": where.label, "distance": i18n.distance(wish.radius_km)}
    return {
        "city": _("within %(distance)s of %(place)s"),
        "venue": _("at %(place)s"),
        "country": _("in %(place)s"),
        "near": _("within %(distance)s of you"),
        "box": _("in this part of the map"),
    }.get(where.kind, _("in all of Europe")) % values


def _ids(results: Results | None) -> list[int]:
    hits = [*results.hits, *results.times, *results.elsewhere] if results else []
    return [hit.resource.id for hit in hits]


def hits_shown(hits: Sequence[Hit], wish: Wish) -> list[dict[str, Any]]:
    """Hits as rows of a list; the first of each venue is where the venue's pin on the map leads."""
    rows = [hit_shown(hit, wish) for hit in hits]
    seen: set[int] = set()
    for hit, row in zip(hits, rows, strict=True):
        venue_id = hit.resource.venue_id
        row["anchor"] = "" if venue_id in seen else f"venue-{venue_id}"
        seen.add(venue_id)
    return rows


def hit_shown(hit: Hit, wish: Wish) -> dict[str, Any]:
    """A hit as a row of the list."""
    resource, venue = hit.resource, hit.resource.venue
    zone = venue.zone
    runs = [i18n.times(run.begins_at, run.ends_at, zone) for run in hit.free]
    exact = (wish.begins is not None) and (wish.ends is not None or wish.length is not None)
    tags = []
    if hit.members_only:
        tags.append(("badge-check", _("Members only")))
    if resource.skill_id:
        tags.append(("shield-check", _("Induction needed")))
    if resource.role:
        tags.append(("lock", _("Hosts only")))
    if resource.approval:
        tags.append(("hourglass", _("A host confirms")))
    return {
        "id": resource.id,
        "name": i18n.name_of(resource),
        "kind": resource.kind,
        "url": url("resource", resource_id=resource.id, day=local_day(hit.span.begins_at, zone)),
        "venue": i18n.name_of(venue),
        "venue_url": url("venue", key=venue.key),
        "city": search.city_name(venue.city),
        "venue_id": venue.id,
        "distance": i18n.distance(away)
        if (away := hit.distance_km or 0) >= NEAR_KM and not wish.in_box
        else "",
        "kind_name": wording.kind_name(resource.kind),
        "capacity": wording.capacity(resource),
        "seats": resource.capacity_people,
        "when": i18n.span(hit.span.begins_at, hit.span.ends_at, zone),
        "runs": [] if exact else runs,
        "price": price_words(hit.quote.total_cents, hit.quote.currency),
        "per": wording.how_long(hit.span.minutes),
        "book_url": book_url(resource, hit.span, people=wish.people, quantity=wish.quantity),
        "tags": tags,
        "demo": resource.demo,
    }


def price_words(cents: int, currency: str) -> str:
    """'€ 12.10', or that it costs nothing."""
    return i18n.money(cents, currency) if cents else _("free of charge")


def book_url(resource: Any, span: Any, *, people: int = 1, quantity: int = 1) -> str:
    """Where a span of a resource is booked: the reservation form, with `from` and `until` in UTC."""
    # Not by urlencode: nothing in here needs it, and a timeline has hundreds of them.
    asked = f"from={span.begins_at.isoformat()[:16]}Z&until={span.ends_at.isoformat()[:16]}Z"
    for name, number in (("people", people), ("quantity", quantity)):
        if number > 1:
            asked += f"&{name}={number}"
    return f"{url('reserve', resource_id=resource.id)}?{asked}"


async def _states_shown(results: Results | None, at: datetime) -> dict[int, Markup]:
    """The tag of each venue of the hits, as it is at this moment, where the search is about today."""
    hits = [*results.hits, *results.times, *results.elsewhere] if results else []
    if not hits or (results and results.wish.day and results.wish.day != local_day(at, "Europe/Brussels")):
        return {}
    venues = {hit.resource.venue_id: hit.resource.venue for hit in hits}
    kept = await search.states_of(venues)
    return {
        venue_id: tag_of(kept[venue_id].state, tag_words(venue, kept[venue_id], at))
        for venue_id, venue in venues.items()
        if venue_id in kept
    }


async def count(request: Request, member: Any) -> None:
    """Count a search of this visitor. Raises limits.TooMany."""
    at = session.at(request)
    await limits.count(
        f"search:{session.asker(request, member)}", most=SEARCHES_MAX, per_seconds=SEARCHES_SECONDS, at=at
    )

"""The first page with the map of Europe, and the search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from markupsafe import Markup
from pydantic import AfterValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from booking import db, i18n, limits, places, search
from booking.forms import Day, Form, Line, Minutes, Shape, blank, read, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext
from booking.places import wording
from booking.search import Hit, Results, Where, Wish
from booking.search.map import Pin, Place, sheet
from booking.search.states import Seen
from booking.timespan import local_day
from booking.web import session
from booking.web.pages import environment, page, ready, url
from booking.web.pictures import small_ones

TIMES = [f"{minutes // 60:02}:{minutes % 60:02}" for minutes in range(0, 24 * 60, 30)]
LENGTHS = (30, 60, 90, 120, 180, 240, 360, 480, 600)
SEARCHES_MAX, SEARCHES_SECONDS = 120, 60
WITHIN_KM = (10, 25, 50, 100, 250)


def _a_kind(value: str) -> str:
    if value and value not in places.KINDS:
        raise wrong(lazy("Choose one of the values on offer."))
    return value


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
    quantity: int = Field(1, ge=1, le=500)
    page: int = Field(1, ge=1, le=500)

    def wish(self) -> Wish:
        """As the search itself takes it."""
        told = self.model_dump(exclude={"radius", "features"})
        return Wish(**told, radius_km=self.radius, features=tuple(dict.fromkeys(self.features)))


@dataclass(frozen=True)
class City:
    """A city of the list beside the map: how many places to book it has, the best state among them, and where its link
    leads. Without places to book the state is 'none', or 'closed' where all that was there has closed."""

    name: str
    url: str
    spaces: int
    state: str


async def home(request: Request) -> Response:
    """The map with the state of every venue, the search, and all cities as a list."""
    visit = session.visit_of(request)
    body = await _body(local_day(visit.at, "Europe/Brussels"))
    if visit.member or visit.flashes or request.url.query:
        return page(request, "search/home.html", body=body)
    # To all strangers it is the same, bytes and all.
    kept = (visit.language, visit.theme)
    if kept not in _pages or _pages[kept][0] is not body:
        _pages[kept] = body, bytes(page(request, "search/home.html", body=body).body)
    return ready(request, _pages[kept][1])


@dataclass(frozen=True)
class Overview:
    """The first page's map and list, in one language: made again when what they show has changed."""

    seen: Seen
    day: date
    body: Markup


_overviews: dict[str, Overview] = {}  # the newest of each language
_versions: dict[str, tuple[Any, ...]] = {}  # the database's when it was looked at
_pages: dict[tuple[str, str], tuple[Markup, bytes]] = {}  # for strangers, by language and theme


async def _body(day: date) -> Markup:
    """All between the page's head and its foot. While nothing in the database has changed, that is all that is asked;
    otherwise what the map shows is read, and drawn only where it differs."""
    language = i18n.language()
    version, known = await db.version(), _overviews.get(language)
    if known and known.day == day and _versions[language] == version:
        return known.body
    seen = await search.seen_on_map()
    if known is None or (known.seen, known.day) != (seen, day):
        known = _overviews[language] = Overview(seen, day, await _drawn_anew(seen, day))
    _versions[language] = version
    return known.body


async def _drawn_anew(seen: Seen, day: date) -> Markup:
    venues = await places.venues()
    states = await search.states()
    on_map = tuple(_place(venue, states.get(venue.id)) for venue in venues)
    return Markup(  # noqa: S704 our own template
        environment()
        .get_template("search/_home.html")
        .render(
            form=blank(day=day, people=1),
            choices=choices(),
            drawing=_drawing(on_map, zoom=False),
            countries=cities_by_country(venues, states),
            count=sum(venue.kind == "shared_space" and venue.status != "closed" for venue in venues),
            states_at=seen.computed_at,
        )
    )


async def index(request: Request) -> Response:
    """What is free, as a list and a map; or what comes nearest to it."""
    member = await session.visitor(request)
    await _count(request, member)
    form = await read(request, Search)
    results = None
    if form.valid:
        results = await search.find(form.value.wish(), member=member, at=session.at(request))
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
        asked=wish_words(results, session.at(request)),
        link=linker(form),
        shown=hits_shown(results.hits, results.wish) if results else [],
        times=hits_shown(results.times, results.wish) if results else [],
        elsewhere=hits_shown(results.elsewhere, results.wish) if results else [],
        drawing=drawn(i18n.language(), found) if (found := _hit_places(results)) else "",
        filters=filters(form),
        guest=member is None,
    )


def choices() -> dict[str, list[tuple[Any, Any]]]:
    """The options of the search's selects: (value, words)."""
    return {
        "times": [(time, time) for time in TIMES],
        "ends": [(time, time) for time in (*TIMES[1:], "24:00")],
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
        usual = {"people": "1", "quantity": "1", "radius": str(search.RADIUS_KM)}
        kept = {
            name: value
            for name, value in values.items()
            if value not in (None, "", []) and str(value) != usual.get(name)
        }
        return url("search", **kept)

    return link


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


def wish_words(results: Results | None, at: datetime) -> str:
    """'Tuesday, 24 November 2026, 10:00–12:00, 4 people': what was asked for, under the heading."""
    if results is None or results.where.kind == "unknown":
        return ""
    wish = results.wish
    day = wish.day or local_day(at, "Europe/Brussels")
    said = [i18n.day(day)]
    if wish.begins is not None or wish.ends is not None:
        clocks = {
            "begins": wording.wall_clock(wish.begins or 0),
            "ends": wording.wall_clock(24 * 60 if wish.ends is None else wish.ends),
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
        "distance": i18n.distance(hit.distance_km) if hit.distance_km is not None else "",
        "kind_name": wording.kind_name(resource.kind),
        "capacity": wording.capacity(resource),
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
    asked: dict[str, Any] = {
        "from": f"{span.begins_at:%Y-%m-%dT%H:%MZ}",
        "until": f"{span.ends_at:%Y-%m-%dT%H:%MZ}",
    }
    asked |= {name: number for name, number in (("people", people), ("quantity", quantity)) if number > 1}
    return f"{url('reserve', resource_id=resource.id)}?{urlencode(asked, safe=':')}"


# --- the map and its list ----------------------------------------------------------------------------


def _place(venue: Any, state: Any) -> Place:
    return Place(
        venue.id,
        i18n.name_of(venue),
        search.city_name(venue.city),
        venue.lat,
        venue.lon,
        map_state(venue, state),
        url("venue", key=venue.key),
    )


def map_state(venue: Any, state: Any) -> str:
    """The kept state of a venue, as the map says it; a house that has closed is closed, whatever was kept."""
    if venue.status == "closed":
        return "closed"
    return state.state if state else "none"


def _hit_places(results: Results | None) -> tuple[Place, ...]:
    """The venues of the hits; where there are none, of what comes nearest."""
    if results is None:
        return ()
    hits = results.hits or [*results.times, *results.elsewhere]
    state = "free" if results.hits else "later"
    seen = {hit.resource.venue_id: hit.resource.venue for hit in hits}
    return tuple(
        replace(_place(venue, None), state=state, url=f"#venue-{venue.id}") for venue in seen.values()
    )


@lru_cache(maxsize=64)
def drawn(language: str, venues: tuple[Place, ...]) -> Markup:
    """The map of a search's few venues, in this language: the same answer is often asked for, so it is made once."""
    return _drawing(venues, zoom=True)


def _drawing(venues: tuple[Place, ...], *, zoom: bool) -> Markup:
    map_ = sheet(venues, url_of=_pin_url, title_of=_pin_title, country_name=i18n.country, zoom=zoom)
    template = environment().get_template("search/_map.html")
    return Markup(template.render(map=map_, map_skip="results" if zoom else "cities", map_key=not zoom))  # noqa: S704 our own template


def _pin_url(pin: Pin) -> str:
    if len({venue.url for venue in pin.venues}) == 1 or pin.venues[0].url.startswith("#"):
        return pin.venues[0].url
    return f"{url('venues')}#{anchor(pin.venues[0].city)}"


def _pin_title(pin: Pin) -> str:
    said = [
        _("%(name)s, %(city)s: %(state)s")
        % {"name": one.name, "city": one.city, "state": state_words(one.state)}
        for one in pin.venues[:6]
    ]
    if len(pin.venues) > 6:
        more = len(pin.venues) - 6
        said.append(ngettext("and %(number)s more", "and %(number)s more", more) % {"number": more})
    return "; ".join(said)


def state_words(state: str) -> str:
    """A state in lower-case words, as the end of a sentence."""
    return {
        "free": _("free now"),
        "later": _("free later"),
        "full": _("full today"),
        "closed": _("closed"),
    }.get(state, _("a place to ask"))


def cities_by_country(venues: list[Any], states: dict[int, Any]) -> list[tuple[str, list[City]]]:
    """(country, its cities), both in the order of this language's alphabet as far as plain letters go."""
    by_place: dict[tuple[str, str], list[Any]] = {}
    for venue in venues:
        by_place.setdefault((venue.country, venue.city), []).append(venue)
    found: dict[str, list[City]] = {}
    for (country, city), here in by_place.items():
        open_ = [venue for venue in here if venue.kind == "shared_space" and venue.status != "closed"]
        name = search.city_name(city)
        said = {map_state(venue, states.get(venue.id)) for venue in open_}
        best = next((state for state in ("free", "later", "full", "closed") if state in said), "none")
        leads = url("search", where=name) if open_ else f"{url('venues')}#{anchor(name)}"
        if all(venue.status == "closed" for venue in here):
            best = "closed"
        found.setdefault(i18n.country(country), []).append(City(name, leads, len(open_), best))
    return [
        (country, sorted(cities, key=lambda city: search.plain(city.name)))
        for country, cities in sorted(found.items(), key=lambda item: search.plain(item[0]))
    ]


def anchor(city: str) -> str:
    """The id of a city on the list of all places."""
    return "city-" + search.plain(city).replace(" ", "-")


async def _count(request: Request, member: Any) -> None:
    who = f"member:{member.id}" if member else f"address:{request.client.host if request.client else ''}"
    at = session.at(request)
    await limits.count(f"search:{who}", most=SEARCHES_MAX, per_seconds=SEARCHES_SECONDS, at=at)

"""What the interactive map asks for: its settings and words, the places with their states, and the drawn map anew.

The basemap is ours, built with the front end, unless the operator names another: `MAP_SOURCE` is `builtin`,
`pmtiles:FILE` (a Protomaps extract, served from here) or `style:URL` (a MapLibre style of somebody else's, whose
address the policy then allows, and of which visitors are told before they ask for it).
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import FileResponse, Response

import settings
from booking import i18n, places, search
from booking.errors import NotFound
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.search.cities import EXONYMS
from booking.search.map import Place
from booking.web import session
from booking.web.assets import DIST, MOUNT, accepted, asset, manifest
from booking.web.pages import url
from booking.web.venue_states import map_state, state_words

FONT = "atkinson-hyperlegible-next-{}-wght-normal.woff2"
LATIN = [
    "U+0000-00FF",
    "U+0131",
    "U+0152-0153",
    "U+02BB-02BC",
    "U+02C6",
    "U+02DA",
    "U+02DC",
    "U+2000-206F",
    "U+20AC",
]
LATIN_EXT = [
    "U+0100-0130",
    "U+0132-0151",
    "U+0154-02BA",
    "U+02BD-02C5",
    "U+02C7-02CC",
    "U+1E00-1E9F",
    "U+1EF2-1EFF",
]
# The countries that the basemap names: static/src/map/countries.mjs.
COUNTRIES = """
AD AL AM AT AZ BA BE BG BY CH CY CZ DE DK DZ EE EG ES FI FO FR GB GE GR HR HU IE IL IS IT JO LB LI LT LU LV LY
MA MD ME MK MT NL NO PL PT RO RS RU SE SI SK SM SY TN TR UA
""".split()  # noqa: SIM905
# Capitals whose names CLDR has in every language, by their names on the basemap; the rest are those of EXONYMS.
CAPITALS = """
Amsterdam Andorra Athens Belgrade Berlin Bratislava Brussels Bucharest Budapest Chisinau Copenhagen Dublin
Helsinki Istanbul Kyiv Lisbon Ljubljana London Luxembourg Madrid Malta Minsk Monaco Moscow Oslo Paris Podgorica
Prague Riga Rome Sarajevo Skopje Sofia Stockholm Tallinn Tirane Vaduz Vienna Vilnius Warsaw Zagreb Zürich
""".split()  # noqa: SIM905
KEPT = 16  # answers in memory: two for each language


class BadMapSource(ValueError):
    """MAP_SOURCE says something we cannot use; the message says what."""


@dataclass(frozen=True)
class Source:
    """Where the land on the map comes from: kind is 'builtin', 'pmtiles' (of a file) or 'style' (of an address)."""

    kind: str = "builtin"
    file: Path | None = None
    style: str = ""

    @property
    def origin(self) -> str:
        """The other site that is asked, as the policy names it; empty where none is."""
        parts = urlsplit(self.style)
        return f"{parts.scheme}://{parts.netloc}" if self.style else ""

    @property
    def host(self) -> str:
        return urlsplit(self.style).hostname or ""


def source_from(text: str, root: Path = settings.ROOT) -> Source:
    """The setting as a source. Raises BadMapSource."""
    kind, _colon, rest = text.strip().partition(":")
    if kind in ("", "builtin") and not rest:
        return Source()
    if kind == "pmtiles" and rest:
        file = root / rest
        if not file.is_file():
            raise BadMapSource(f"MAP_SOURCE: there is no file {file}")
        return Source("pmtiles", file=file)
    if kind == "style":
        parts = urlsplit(rest)
        if (
            parts.scheme not in ("https", "http")
            or not parts.hostname
            or any(mark in rest for mark in " ;,'\"")
        ):
            raise BadMapSource(f"MAP_SOURCE: {rest or 'nothing'} is not the address of a style")
        return Source("style", style=rest)
    raise BadMapSource(f"MAP_SOURCE is builtin, pmtiles:FILE or style:URL, not {text}")


@cache
def source() -> Source:
    """The source that the settings name. Raises BadMapSource."""
    return source_from(settings.MAP_SOURCE)


# --- what is answered --------------------------------------------------------------------------------


async def map_settings(request: Request) -> Response:
    """All that the map must know besides the places, in this language. It says nothing about anybody."""
    return answer(request, _settings_text(i18n.language()))


async def map_venues(request: Request) -> Response:
    """Every place with its state, as small as can be: 5 000 are about 100 kB on the wire."""
    seen = await search.seen_on_map()
    key = i18n.spoken(), seen.fingerprint
    if (known := _venues.get(key)) is None:
        venues, states = await places.venues(), await search.states()
        at = session.at(request)
        shown = []
        for venue in venues:
            kept = states.get(venue.id)
            state = map_state(venue, kept)
            words = state_words(state, kept, venue, at)
            city = search.city_name(venue.city)
            shown.append(
                Place(venue.id, i18n.name_of(venue), city, venue.lat, venue.lon, state, venue.key, words)
            )
        known = _venues[key] = packed(venues_json(shown, base=url("venue", key="-")[:-1]))
        while len(_venues) > KEPT:
            _venues.popitem(last=False)
    return answer(request, known)


async def map_tiles(request: Request) -> Response:
    """The operator's own file of tiles. By ranges, as its readers ask, and never compressed."""
    file = source().file
    if file is None:
        raise NotFound
    return FileResponse(
        file, media_type="application/vnd.pmtiles", headers={"Cache-Control": "public, max-age=3600"}
    )


Packed = tuple[str, bytes, bytes]  # the tag, the text, and the text compressed
_venues: OrderedDict[tuple[str, str], Packed] = OrderedDict()


def venues_json(
    venues: Sequence[Place], *, base: str, box: Sequence[float] | None = None, after: str = ""
) -> str:
    """Places for the map: `venues` are [id, name, city, lat, lon, state, address], where city and state are numbers in
    `cities` and `states` ([state, words]); `base` comes before each address and `after` behind it."""
    cities: dict[str, int] = {}
    states: dict[tuple[str, str], int] = {}
    rows = [
        [
            one.id,
            one.name,
            cities.setdefault(one.city, len(cities)),
            round(one.lat, 5),
            round(one.lon, 5),
            states.setdefault((one.state, one.words), len(states)),
            one.url,
        ]
        for one in venues
    ]
    told: dict[str, Any] = {"base": base, "cities": list(cities), "states": list(states), "venues": rows}
    if box:
        told["box"] = list(box)
    if after:
        told["after"] = after
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def in_page(text: str) -> Markup:
    """JSON to stand in a script element of a page: nothing in it can end the element."""
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704 escaped here


def answer(request: Request, known: Packed) -> Response:
    """What was packed, unless the visitor has it already."""
    tag, text, packed = known
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": f'"{tag}"',
        "Vary": "Accept-Encoding, Accept-Language, Cookie",
    }
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if f'"{tag}"' in asked:
        return Response(status_code=304, headers=headers)
    if "gzip" in accepted(request.headers.get("accept-encoding", "")):
        return Response(
            packed, media_type="application/json", headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(text, media_type="application/json", headers=headers)


def packed(text: str) -> Packed:
    """As it is kept and sent."""
    whole = text.encode()
    return hashlib.sha256(whole).hexdigest()[:16], whole, gzip.compress(whole, 6, mtime=0)


@cache
def _settings_text(language: str) -> Packed:
    """For `language`, which must be the one spoken here."""
    ours = source()
    told: dict[str, Any] = {
        "worker": asset("maplibre-gl-worker.js"),
        "search": url("search"),
        "fonts": [[asset(FONT.format("latin")), LATIN], [asset(FONT.format("latin-ext")), LATIN_EXT]],
        "attribution": attribution(ours),
        "words": _words(),
        "locale": _locale(),
    }
    if ours.kind == "style":
        told["style"] = ours.style
    elif ours.kind == "pmtiles":
        told |= {"pmtiles": url("map_tiles"), "reader": asset("map-pmtiles.js"), "language": language}
    else:
        told |= {
            "basemap": _basemap(),
            "countries": {code: i18n.country(code) for code in COUNTRIES},
            "towns": {
                city: said for city in {*EXONYMS, *CAPITALS} if (said := search.city_name(city)) != city
            },
        }
        told["towns"] = dict(sorted(told["towns"].items()))
    return packed(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _basemap() -> dict[str, Any]:
    told = json.loads((DIST / manifest()["basemap.json"]).read_text(encoding="utf-8"))
    return told | {"tiles": [f"{MOUNT}/{tile}" for tile in told["tiles"]]}


def attribution(ours: Source) -> str:
    """Whose data the map shows, as HTML."""
    if settings.MAP_ATTRIBUTION:
        return str(escape(settings.MAP_ATTRIBUTION))
    if ours.kind != "builtin":
        return ""
    return (
        '<a href="https://www.naturalearthdata.com/">Natural Earth</a>, '
        '<a href="https://www.geonames.org/">GeoNames</a> '
        '(<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>)'
    )


def _words() -> dict[str, str]:
    return {
        "around": _("%(city)s and around"),
        "places": ngettext("%(n)s place", "%(n)s places", 2),
        "free_one": ngettext("%(n)s free now", "%(n)s free now", 1),
        "free_many": ngettext("%(n)s free now", "%(n)s free now", 2),
        "free_only": _("Only what is free now"),
        "shown_one": ngettext("%(n)s of %(all)s places shown", "%(n)s of %(all)s places shown", 1),
        "shown_many": ngettext("%(n)s of %(all)s places shown", "%(n)s of %(all)s places shown", 2),
        "see": _("See the place"),
        "here": _("Search this area"),
    }


def _locale() -> dict[str, str]:
    """The library's own words, by its own names."""
    gestures = _("Use two fingers to move the map")
    return {
        "AttributionControl.ToggleAttribution": _("Sources of the map"),
        "Map.Title": _("Map"),
        "Marker.Title": _("A place"),
        "NavigationControl.ZoomIn": _("Closer"),
        "NavigationControl.ZoomOut": _("Farther"),
        "Popup.Close": _("Close"),
        "CooperativeGesturesHandler.WindowsHelpText": gestures,
        "CooperativeGesturesHandler.MacHelpText": gestures,
        "CooperativeGesturesHandler.MobileHelpText": gestures,
    }

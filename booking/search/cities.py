"""Where somebody means: a city by any of its names, a venue, a country, or a point. Pure.

City names come from three places: the venues' own, CLDR's names of well-known cities (through Babel), and a short
table of the names that neighbours give to each other's cities, which no library has. Accents, case and hyphens do
not matter, so "liege", "Lüttich" and "Luik" are one place.
"""

from __future__ import annotations

import difflib
import functools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from booking import i18n

EARTH_KM = 6371.0
# By the name in our data (English or official): names by language. General knowledge; CLDR's come on top.
EXONYMS: dict[str, dict[str, str]] = {
    "Amiens": {},
    "Antwerp": {
        "nl": "Antwerpen",
        "fr": "Anvers",
        "de": "Antwerpen",
        "es": "Amberes",
        "it": "Anversa",
        "sv": "Antwerpen",
    },
    "Arras": {"nl": "Atrecht"},
    "Barcelona": {"fr": "Barcelone", "it": "Barcellona"},
    "Berlin": {"nl": "Berlijn", "es": "Berlín", "it": "Berlino"},
    "Bordeaux": {"es": "Burdeos"},
    "Bruges": {"nl": "Brugge", "de": "Brügge", "es": "Brujas", "sv": "Brygge"},
    "Brussels": {
        "nl": "Brussel",
        "fr": "Bruxelles",
        "de": "Brüssel",
        "es": "Bruselas",
        "it": "Bruxelles",
        "sv": "Bryssel",
    },
    "Cologne": {"nl": "Keulen", "de": "Köln", "es": "Colonia", "it": "Colonia", "sv": "Köln"},
    "Eupen": {"fr": "Néau"},
    "Florence": {"nl": "Florence", "de": "Florenz", "es": "Florencia", "it": "Firenze", "sv": "Florens"},
    "Geneva": {
        "nl": "Genève",
        "fr": "Genève",
        "de": "Genf",
        "es": "Ginebra",
        "it": "Ginevra",
        "sv": "Genève",
    },
    "Genoa": {"nl": "Genua", "fr": "Gênes", "de": "Genua", "es": "Génova", "it": "Genova", "sv": "Genua"},
    "Ghent": {"nl": "Gent", "fr": "Gand", "de": "Gent", "es": "Gante", "it": "Gand", "sv": "Gent"},
    "Gothenburg": {
        "nl": "Göteborg",
        "fr": "Göteborg",
        "de": "Göteborg",
        "es": "Gotemburgo",
        "it": "Göteborg",
        "sv": "Göteborg",
    },
    "The Hague": {
        "nl": "Den Haag",
        "fr": "La Haye",
        "de": "Den Haag",
        "es": "La Haya",
        "it": "L’Aia",
        "sv": "Haag",
    },
    "Hamburg": {"fr": "Hambourg", "es": "Hamburgo", "it": "Amburgo"},
    "Leuven": {"fr": "Louvain", "de": "Löwen", "es": "Lovaina", "it": "Lovanio"},
    "Lille": {"nl": "Rijsel", "es": "Lila", "it": "Lilla"},
    "Liège": {"nl": "Luik", "de": "Lüttich", "es": "Lieja", "it": "Liegi"},
    "Lyon": {"es": "Lyon", "it": "Lione"},
    "Madrid": {},
    "Malmö": {"es": "Malmö", "fr": "Malmö"},
    "Marseille": {"es": "Marsella", "it": "Marsiglia"},
    "Milan": {"nl": "Milaan", "de": "Mailand", "es": "Milán", "it": "Milano", "sv": "Milano"},
    "Mons": {"nl": "Bergen", "de": "Bergen"},
    "Munich": {"nl": "München", "de": "München", "es": "Múnich", "it": "Monaco di Baviera", "sv": "München"},
    "Málaga": {"it": "Malaga", "fr": "Malaga"},
    "Namur": {"nl": "Namen"},
    "Naples": {"nl": "Napels", "de": "Neapel", "es": "Nápoles", "it": "Napoli", "sv": "Neapel"},
    "Paris": {"nl": "Parijs", "es": "París", "it": "Parigi"},
    "Rennes": {},
    "Rome": {"de": "Rom", "es": "Roma", "it": "Roma", "sv": "Rom"},
    "Rotterdam": {"es": "Róterdam"},
    "Sevilla": {"en": "Seville", "fr": "Séville", "it": "Siviglia"},
    "Stockholm": {"es": "Estocolmo", "it": "Stoccolma"},
    "Strasbourg": {"nl": "Straatsburg", "de": "Straßburg", "es": "Estrasburgo", "it": "Strasburgo"},
    "Toulouse": {"es": "Tolosa", "it": "Tolosa"},
    "Tournai": {"nl": "Doornik"},
    "Turin": {"nl": "Turijn", "es": "Turín", "it": "Torino"},
    "Utrecht": {},
    "Venice": {
        "nl": "Venetië",
        "fr": "Venise",
        "de": "Venedig",
        "es": "Venecia",
        "it": "Venezia",
        "sv": "Venedig",
    },
    "Vienna": {"nl": "Wenen", "fr": "Vienne", "de": "Wien", "es": "Viena", "it": "Vienna", "sv": "Wien"},
    "Zurich": {"nl": "Zürich", "de": "Zürich", "es": "Zúrich", "it": "Zurigo", "sv": "Zürich"},
}
# A city of the data under its local name finds its row in the table through this.
_TABLE_NAME = {
    plain: english
    for english, names in EXONYMS.items()
    for plain in ({english.casefold()} | {name.casefold() for name in names.values()})
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A venue as the index needs it: its own name and where it is."""

    venue_id: int
    key: str
    names: tuple[str, ...]
    city: str
    country: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Where:
    """What a wish means by its place.

    kind: 'city', 'venue', 'country', 'near' (a point of the visitor's), 'box' (a part of the map), 'everywhere', or
    'unknown'. `lat` and `lon`
    are the middle to measure from, None where nothing is measured. `venue_ids` narrows the search to those venues;
    None does not. `label` is how to say it. `close` are known names that look like an unknown one.
    """

    kind: str
    label: str = ""
    lat: float | None = None
    lon: float | None = None
    venue_ids: frozenset[int] | None = None
    close: tuple[str, ...] = ()


def plain(text: str) -> str:
    """Letters and digits only, without accents or case, one blank between words: 'Liège–Nord' → 'liege nord'."""
    text = text.replace("ß", "ss").replace("ø", "o").replace("æ", "ae")
    letters = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", " ", letters.casefold()).strip()


@functools.cache
def city_names(city: str) -> frozenset[str]:
    """All names of a city that we know, plain, its own among them."""
    table = _TABLE_NAME.get(city.casefold(), city)
    names = {city, table, *EXONYMS.get(table, {}).values()}
    for language in i18n.LANGUAGES:
        if said := _cldr(language).get(plain(table)):
            names.add(said)
    return frozenset(plain(name) for name in names)


def city_of(venue: Any) -> str:
    """The venue's city in the language spoken here, by the network's own names first."""
    return (venue.city_names or {}).get(i18n.language()) or city_name(venue.city)


def city_name(city: str) -> str:
    """The city in the language spoken here: 'Liège' → 'Luik'."""
    return _city_name(city, i18n.language())


@functools.lru_cache(maxsize=4096)
def _city_name(city: str, language: str) -> str:
    table = _TABLE_NAME.get(city.casefold(), city)
    said = EXONYMS.get(table, {}).get(language) or _cldr(language).get(plain(table))
    return said or (table if language == "en" and table in EXONYMS else city)


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """As the crow flies, in kilometres."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    )
    return 2 * EARTH_KM * math.asin(math.sqrt(min(half, 1)))


def box(lat: float, lon: float, radius_km: float) -> tuple[float, float, float, float]:
    """(south, north, west, east) in degrees around everything within the radius."""
    angle = radius_km / EARTH_KM
    height = math.degrees(angle)
    # The easternmost point of the circle lies a little towards the pole, so dividing by the cosine would cut it off.
    reach = math.sin(min(angle, math.pi / 2)) / max(math.cos(math.radians(lat)), 1e-9)
    width = math.degrees(math.asin(reach)) if reach < 1 else 180.0
    return lat - height, lat + height, lon - width, lon + width


Corners = tuple[float, float, float, float]


def box_from(text: str) -> Corners:
    """'2.5,50.1,6.2,51.4' as (west, south, east, north) in degrees. Raises ValueError for anything else."""
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("not a part of the map")
    return west, south, east, north


def middle_of(corners: Corners) -> Where:
    """A part of the map as a place: measured from its middle."""
    west, south, east, north = corners
    return Where("box", lat=(south + north) / 2, lon=(west + east) / 2)


def called(text: str, names: Iterable[str]) -> list[str]:
    """Which of these cities have exactly this name, in any language."""
    wanted = plain(text)
    return [name for name in names if wanted in city_names(name)]


def city_at(city: str, lat: float, lon: float) -> Where:
    """The city whose middle lies there."""
    return Where("city", city_name(city), lat, lon)


def find(text: str, spots: Sequence[Spot], *, lat: float | None = None, lon: float | None = None) -> Where:
    """What the words mean among these venues. Words win over the point; neither means everywhere."""
    wanted = plain(text)
    if not wanted:
        if lat is not None and lon is not None:
            return Where("near", lat=lat, lon=lon)
        return Where("everywhere")
    cities: dict[tuple[str, str], list[Spot]] = {}
    for spot in spots:
        cities.setdefault((spot.city, spot.country), []).append(spot)
    for city, here in cities.items():
        if wanted in city_names(city[0]):
            return _city(city[0], here)
    for spot in spots:
        if wanted in {plain(spot.key), *(plain(name) for name in spot.names)}:
            return _venue(spot)
    countries = {spot.country for spot in spots}
    for code in sorted(countries):
        if wanted in _country_names(code):
            ids = frozenset(spot.venue_id for spot in spots if spot.country == code)
            return Where("country", i18n.country(code), venue_ids=ids)
    return _nearly(wanted, spots, cities)


def _nearly(wanted: str, spots: Sequence[Spot], cities: dict[tuple[str, str], list[Spot]]) -> Where:
    """The one place whose name begins so; else names that look alike."""
    begun = [city for city in cities if any(name.startswith(wanted) for name in city_names(city[0]))]
    if len(begun) == 1 and len(wanted) >= 3:
        return _city(begun[0][0], cities[begun[0]])
    named = [spot for spot in spots if any(wanted in plain(name) for name in spot.names)]
    if not begun and len(named) == 1 and len(wanted) >= 3:
        return _venue(named[0])
    by_name = {name: city[0] for city in cities for name in city_names(city[0])}
    by_name |= {plain(name): spot.names[0] for spot in spots for name in spot.names}
    alike = [by_name[name] for name in difflib.get_close_matches(wanted, by_name, n=5, cutoff=0.7)]
    alike = [city[0] for city in begun] + [spot.names[0] for spot in named] + alike
    return Where("unknown", close=tuple(dict.fromkeys(city_name(name) for name in alike))[:4])


def _city(name: str, here: Sequence[Spot]) -> Where:
    lat = sum(spot.lat for spot in here) / len(here)
    lon = sum(spot.lon for spot in here) / len(here)
    return Where("city", city_name(name), lat, lon)


def _venue(spot: Spot) -> Where:
    return Where("venue", spot.names[0], spot.lat, spot.lon, frozenset({spot.venue_id}))


@functools.cache
def _country_names(code: str) -> frozenset[str]:
    found = (i18n.locale(language).territories.get(code, "") for language in i18n.LANGUAGES)
    return frozenset(plain(name) for name in found if name)


@functools.cache
def _cldr(language: str) -> dict[str, str]:
    """CLDR's exemplar cities: plain name by time zone ('rome') to the language's own ('Rom')."""
    locale = i18n.locale(language)
    found: dict[str, str] = {}
    zones: Iterable[str] = locale.time_zones
    for zone in zones:
        if zone.startswith("Europe/") and (said := locale.time_zones[zone].get("city")):
            found[plain(zone.split("/")[-1].replace("_", " "))] = said
    return found

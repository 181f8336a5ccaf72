"""The map of Europe as drawn by the server: where a place stands on the sheet, which pins share one sign.

Pure: values in, values out; only `europe()` reads a file, once, and that is the map itself. The front end's
build makes the file from Natural Earth (static/src/map/build.mjs); its grid has `size` units a side, x to the
east and y to the south, in Web Mercator.

A pin is a real link of fixed size on a sheet of any width, so what merges depends on the width it is drawn
at: a sheet carries its signs once for each of three widths, and the style sheet shows those that fit.
"""

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext

EUROPE = Path(__file__).parents[2] / "static" / "dist" / "europe.json"

NEAR_PX = 30  # two pins nearer than this become one: each stays a target of at least 24 px
PIN_PX = 14  # half a pin's side; offices, where one only asks, are a little smaller
OFFICE_PX = 12
# The widths a sheet is drawn for; static/src/css/components/map.css has them too.
NARROW_PX, MIDDLE_PX, WIDE_PX = 300, 600, 900
LETTER_PX, LINE_PX, GAP_PX = 7.4, 18, 5  # a label's size, estimated: the server has no font to measure
ROOMY = 1.35  # a country's name may be this much wider than the side of a square as large as the country
NARROWEST_DEGREES = 1.6  # closer than this the coast has nothing left to say
FARTHEST_LATITUDE = 85.06  # where Web Mercator ends: the poles themselves lie infinitely far away

STATES = ("free", "later", "full", "closed", "none")
WORDS = {
    "free": lazy("free now"),
    "later": lazy("free later today"),
    "full": lazy("full today"),
    "closed": lazy("closed today"),
    "none": lazy("a place to ask"),
}


@dataclass(frozen=True)
class Box:
    """The corner and the side of a map: degrees of longitude and latitude, and map units per side."""

    west: float
    east: float
    south: float
    north: float
    size: int = 10_000


@dataclass(frozen=True)
class Country:
    """Where the name of a country may be written, in map units, and the area of its largest piece in square ones."""

    code: str
    x: float
    y: float
    area: float


@dataclass(frozen=True)
class Europe:
    """The drawing: SVG path data in map units."""

    box: Box
    land: str
    borders: str
    lakes: str
    countries: tuple[Country, ...]


@dataclass(frozen=True)
class Frame:
    """A square part of the map, in map units. Every frame is square, so that one style fits all of them."""

    x: float
    y: float
    side: float

    @property
    def view_box(self) -> str:
        return f"{self.x:g} {self.y:g} {self.side:g} {self.side:g}"


@dataclass(frozen=True)
class Place:
    """One venue for the map. `state` is one of STATES; "none" is a place to ask, not to book. `words` say the state
    more closely."""

    id: str | int
    name: str
    city: str
    lat: float
    lon: float
    state: str
    url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Label:
    """A written name: its anchor point in pixels from the pin's middle (or from the sheet's corner for a
    country, in per cent), and which end of the text stands there: start, middle or end."""

    text: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Pin:
    """One sign on the sheet for one or more venues.

    x and y are per cent of the sheet, r is pixels. `state` is that of its venues, or `mixed` where they
    differ. `label` is None where a name would cover something else. `url` and `title` are filled in by `sheet()`.
    """

    x: float
    y: float
    r: int
    lat: float
    lon: float
    venues: tuple[Place, ...]
    state: str
    label: Label | None = None
    url: str = ""
    title: str = ""

    @property
    def count(self) -> int:
        return len(self.venues)


@dataclass(frozen=True)
class Layer:
    """What is drawn above the land for one width of the sheet: name is narrow, middle or wide."""

    name: str
    pins: tuple[Pin, ...]
    countries: tuple[Label, ...]


@dataclass(frozen=True)
class Sheet:
    """All that `search/_map.html` needs."""

    view_box: str
    land: str
    borders: str
    lakes: str
    layers: tuple[Layer, ...]

    @property
    def pins(self) -> tuple[Pin, ...]:
        return self.layers[-1].pins


@cache
def europe() -> Europe:
    """The map as the front end's build left it. FileNotFoundError, with what to do, when it has not run."""
    try:
        found = json.loads(EUROPE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileNotFoundError(f"{EUROPE} is missing: run `make setup` to build the front end") from None
    box = Box(size=found["size"], **found["box"])
    countries = tuple(Country(**one) for one in found["labels"])
    return Europe(box, found["land"], found["borders"], found["lakes"], countries)


def project(lat: float, lon: float, box: Box) -> tuple[float, float]:
    """Degrees (WGS 84) to map units, x from the west edge and y from the north edge. Outside the box the
    result is outside 0..size; nothing is bent to fit."""
    scale = box.size / math.radians(box.east - box.west)
    return math.radians(lon - box.west) * scale, (_mercator(box.north) - _mercator(lat)) * scale


def whole(box: Box) -> Frame:
    """The frame that shows all of the map."""
    return Frame(0, 0, box.size)


def frame(points: Iterable[tuple[float, float]], margin: float, box: Box) -> Frame:
    """The square frame round some points (lat, lon), with `margin` as a share of their extent on each side.

    Never smaller than NARROWEST_DEGREES and never beyond the map; without a point on the map, the whole map.
    """
    spots = [spot for spot in (project(lat, lon, box) for lat, lon in points) if _on_map(spot, box)]
    if not spots:
        return whole(box)
    left, right = min(x for x, _ in spots), max(x for x, _ in spots)
    upper, lower = min(y for _, y in spots), max(y for _, y in spots)
    narrowest = NARROWEST_DEGREES * box.size / (box.east - box.west)
    side = min(max(max(right - left, lower - upper) * (1 + 2 * margin), narrowest), box.size)
    x = min(max((left + right - side) / 2, 0), box.size - side)
    y = min(max((upper + lower - side) / 2, 0), box.size - side)
    return Frame(round(x, 1), round(y, 1), round(side, 1))


def pins(venues: Sequence[Place], box: Box, width: float, crop: Frame | None = None) -> list[Pin]:
    """The pins for a sheet `width` pixels wide, the most crowded place first, without venues outside `crop`.

    A pin stands on a real place: one of the city with the most venues takes in all that are nearer than NEAR_PX.
    """
    crop = crop or whole(box)
    spots: dict[tuple[float, float], list[Place]] = {}
    cities: dict[str, list[int]] = {}
    for venue in venues:
        spots.setdefault((venue.lat, venue.lon), []).append(venue)
        tally = cities.setdefault(venue.city, [0, 0])
        tally[0] -= venue.state not in ("none", "closed")
        tally[1] -= 1
    leaders: list[tuple[float, float, float, float, list[Place]]] = []
    for (lat, lon), here in sorted(spots.items(), key=lambda spot: _importance(spot[1], cities)):
        x, y = project(lat, lon, box)
        x, y = (x - crop.x) / crop.side * width, (y - crop.y) / crop.side * width
        if not (0 <= x <= width and 0 <= y <= width):
            continue
        for leader in leaders:
            if max(abs(leader[0] - x), abs(leader[1] - y)) < NEAR_PX:  # signs are square
                leader[4].extend(here)
                break
        else:
            leaders.append((x, y, lat, lon, list(here)))
    drawn = []
    for x, y, lat, lon, found in leaders:
        ordered = tuple(sorted(found, key=_reading_order))
        state = _state(ordered)
        radius = OFFICE_PX if state == "none" else PIN_PX
        drawn.append(Pin(_percent(x, width), _percent(y, width), radius, lat, lon, ordered, state))
    return _labelled(drawn, width)


def sheet(
    venues: Sequence[Place],
    *,
    url_of: Callable[[Pin], str],
    title_of: Callable[[Pin], str],
    country_name: Callable[[str], str] | None = None,
    zoom: bool = False,
    box: tuple[float, float, float, float] | None = None,
) -> Sheet:
    """The whole drawing for some venues.

    url_of and title_of make the link and the accessible name of a pin. country_name turns an ISO 3166 code
    into a name in the reader's language; without it no country is named. With zoom the map is cropped round
    the venues; with a box (west, south, east, north) round that.
    """
    map_ = europe()
    crop = whole(map_.box)
    if box:
        west, south, east, north = box
        crop = frame([(south, west), (north, east), *((one.lat, one.lon) for one in venues)], 0, map_.box)
    elif zoom:
        crop = frame([(venue.lat, venue.lon) for venue in venues], 0.18, map_.box)
    layers = []
    for name, width in (("narrow", NARROW_PX), ("middle", MIDDLE_PX), ("wide", WIDE_PX)):
        found = pins(venues, map_.box, width, crop)
        linked = tuple(replace(pin, url=url_of(pin), title=title_of(pin)) for pin in found)
        named = _countries(map_, crop, found, width, country_name) if country_name else ()
        layers.append(Layer(name, linked, named))
    return Sheet(crop.view_box, map_.land, map_.borders, map_.lakes, tuple(layers))


def title(pin: Pin) -> str:
    """What a pin says to those who listen, in the language spoken here: the place and its state, or how many."""
    if pin.count == 1:
        venue = pin.venues[0]
        place = venue.name if venue.city in venue.name else f"{venue.name}, {venue.city}"
        return f"{place}: {WORDS[venue.state]}"
    city = _name(pin)
    alone = all(venue.city == city for venue in pin.venues)
    place = city if alone else _("%(city)s and around") % {"city": city}
    many = ngettext("%(n)s place", "%(n)s places", pin.count) % {"n": pin.count}
    free = sum(venue.state == "free" for venue in pin.venues)
    told = ngettext("%(n)s free now", "%(n)s free now", free) % {"n": free}
    return f"{place}: {many}, {told}" if free else f"{place}: {many}"


Area = tuple[float, float, float, float]  # left, top, right, bottom in pixels


def _labelled(drawn: list[Pin], width: float) -> list[Pin]:
    """Give each pin the first place for its name that covers no pin, no other name and no edge, or none."""
    taken = [_round_about(pin, width) for pin in drawn]
    labelled = []
    for pin in drawn:
        text = _name(pin)
        label = None
        for candidate in _candidates(text, pin.r):
            area = _area(candidate, pin.x * width / 100, pin.y * width / 100)
            if _inside(area, width) and not any(_overlap(area, other) for other in taken):
                taken.append(area)
                label = candidate
                break
        labelled.append(replace(pin, label=label))
    return labelled


def _candidates(text: str, radius: int) -> tuple[Label, ...]:
    beside = radius + GAP_PX
    return (
        Label(text, beside, 0, "start"),
        Label(text, -beside, 0, "end"),
        Label(text, 0, radius + LINE_PX / 2 + 2, "middle"),
        Label(text, 0, -radius - LINE_PX / 2 - 2, "middle"),
    )


def _countries(
    map_: Europe, crop: Frame, drawn: Sequence[Pin], width: float, name: Callable[[str], str]
) -> tuple[Label, ...]:
    """The names of countries that are wide enough and cover no pin and no label; large countries are asked first."""
    taken = [_round_about(pin, width) for pin in drawn]
    taken += [_area(pin.label, pin.x * width / 100, pin.y * width / 100) for pin in drawn if pin.label]
    written = []
    for country in map_.countries:
        x, y = (country.x - crop.x) / crop.side * width, (country.y - crop.y) / crop.side * width
        label = Label(name(country.code), _percent(x, width), _percent(y, width), "middle")
        area = _area(replace(label, x=0, y=0), x, y)
        if area[2] - area[0] > ROOMY * math.sqrt(country.area) / crop.side * width:
            continue
        if _inside(area, width) and not any(_overlap(area, other) for other in taken):
            taken.append(area)
            written.append(label)
    return tuple(written)


def _name(pin: Pin) -> str:
    """The city that stands where the pin does."""
    return next(venue.city for venue in pin.venues if (venue.lat, venue.lon) == (pin.lat, pin.lon))


def _state(venues: Sequence[Place]) -> str:
    """What a merged pin tells: beside a place to book, offices are silent, and so are closed places."""
    states = {venue.state for venue in venues}
    telling = states - {"none", "closed"} or states - {"none"} or states
    return telling.pop() if len(telling) == 1 else "mixed"


def _importance(here: Sequence[Place], cities: dict[str, list[int]]) -> tuple[list[int], int, str]:
    """Sorts first what should give its place to a pin: the fullest city, and in it the fullest spot."""
    return min(cities[venue.city] for venue in here), -len(here), min(str(venue.id) for venue in here)


def _reading_order(venue: Place) -> tuple[bool, str, str, str]:
    return venue.state == "none", venue.city, venue.name, str(venue.id)


def _mercator(latitude: float) -> float:
    latitude = min(max(latitude, -FARTHEST_LATITUDE), FARTHEST_LATITUDE)
    return math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))


def _on_map(spot: tuple[float, float], box: Box) -> bool:
    return all(0 <= value <= box.size for value in spot)


def _percent(value: float, width: float) -> float:
    return round(value / width * 100, 2)


def _area(label: Label, x: float, y: float) -> Area:
    """The rectangle that a label covers, in pixels, when its pin stands at x, y."""
    length = len(label.text) * LETTER_PX
    left = x + label.x - {"start": 0, "middle": length / 2, "end": length}[label.anchor]
    return left, y + label.y - LINE_PX / 2, left + length, y + label.y + LINE_PX / 2


def _round_about(pin: Pin, width: float) -> Area:
    x, y = pin.x * width / 100, pin.y * width / 100
    return x - pin.r, y - pin.r, x + pin.r, y + pin.r


def _inside(area: Area, width: float) -> bool:
    return area[0] >= 2 and area[1] >= 2 and area[2] <= width - 2 and area[3] <= width - 2


def _overlap(one: Area, other: Area) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

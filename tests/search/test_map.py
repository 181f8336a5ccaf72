"""The drawn map: what it claims about the world, and where it puts pins and names."""

import itertools
import re

import pytest

from booking.i18n import speaking
from booking.search import map as maps
from booking.search.map import (
    MIDDLE_PX,
    NARROW_PX,
    NEAR_PX,
    WIDE_PX,
    Place,
    europe,
    frame,
    pins,
    project,
    sheet,
    whole,
)

BRUSSELS, LIEGE, ROME = (50.8505, 4.3488), (50.6337, 5.5675), (41.8919, 12.5113)
SIMFEROPOL, KHERSON, KRASNODAR = (44.95, 34.10), (46.64, 32.61), (45.04, 36.98)
NICOSIA_SOUTH, NICOSIA_NORTH = (35.0, 33.2), (35.28, 33.2)


def place(
    key: str, spot: tuple[float, float] = BRUSSELS, state: str = "free", city: str = "Brussels"
) -> Place:
    return Place(key, f"House {key}", city, *spot, state)


def drawn(venues: list[Place], **more: object) -> maps.Sheet:
    return sheet(venues, url_of=lambda pin: f"/venues/{pin.venues[0].id}", title_of=maps.title, **more)


def lines(path: str) -> list[list[tuple[float, float]]]:
    """The points of each stroke of a path made of M, l and z with whole numbers."""
    assert re.fullmatch(r"[Mlz0-9 \-]+", path)
    strokes = []
    for stroke in path.split("M")[1:]:
        start, _, steps = stroke.partition("l")
        x, y = (int(number) for number in start.rstrip("z").split())
        points = [(x, y)]
        numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            points.append((x := x + dx, y := y + dy))
        if stroke.endswith("z"):
            points.append(points[0])
        strokes.append(points)
    return strokes


def crossings(path: str, one: tuple[float, float], other: tuple[float, float]) -> int:
    """How often the straight way from one place (lat, lon) to another crosses the path."""
    a, b = project(*one, europe().box), project(*other, europe().box)

    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    pairs = itertools.chain.from_iterable(itertools.pairwise(points) for points in lines(path))
    return sum(side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0 for c, d in pairs)


def on_land(spot: tuple[float, float]) -> bool:
    return crossings(europe().land, spot, (spot[0] + 0.0001, -40)) % 2 == 1


def test_it_works():
    with speaking("en"):
        map_ = drawn([place("a"), place("b"), place("c", ROME, "full", "Rome")])
    assert [layer.name for layer in map_.layers] == ["narrow", "middle", "wide"]
    brussels, rome = map_.pins
    assert (brussels.count, brussels.url, brussels.title) == (
        2,
        "/venues/a",
        "Brussels: 2 places, 2 free now",
    )
    assert (rome.count, rome.state, rome.title) == (1, "full", "House c, Rome: full today")
    assert map_.land == europe().land


# --- what the drawing claims ---------------------------------------------------------------------


@pytest.mark.parametrize("spot", [BRUSSELS, LIEGE, ROME, SIMFEROPOL, (59.33, 18.07), (37.38, -5.97)])
def test_cities_are_on_land(spot):
    assert on_land(spot)


@pytest.mark.parametrize("spot", [(56.0, 3.0), (43.0, 31.0), (40.0, 6.0), (58.0, 20.0)])
def test_seas_are_not(spot):
    assert not on_land(spot)


def test_no_border_parts_simferopol_from_ukraine():
    assert crossings(europe().borders, SIMFEROPOL, KHERSON) == 0
    assert (
        crossings(europe().borders, SIMFEROPOL, KRASNODAR) == 0
    )  # the strait is the border, and it is water


def test_no_solid_line_divides_cyprus():
    assert crossings(europe().land, NICOSIA_SOUTH, NICOSIA_NORTH) == 0
    assert crossings(europe().borders, NICOSIA_SOUTH, NICOSIA_NORTH) == 1  # dashed, as every border is


def test_western_sahara_is_outside_the_map():
    """The build refuses an atlas that gives Laayoune to a neighbour; here it is enough that we do not draw it."""
    _, y = project(27.15, -13.2, europe().box)
    assert y > europe().box.size


@pytest.mark.parametrize("path", ["land", "borders", "lakes"])
def test_paths_end_just_beyond_the_sheet(path):
    bleed = 60
    numbers = [value for stroke in lines(getattr(europe(), path)) for point in stroke for value in point]
    assert -bleed <= min(numbers)
    assert max(numbers) <= europe().box.size + bleed


def test_the_drawing_is_light():
    import gzip

    map_ = europe()
    assert len(gzip.compress((map_.land + map_.borders + map_.lakes).encode())) < 15_000


# --- projection and frames -----------------------------------------------------------------------


def test_corners_of_the_box_are_corners_of_the_sheet():
    box = europe().box
    assert project(box.north, box.west, box) == pytest.approx((0, 0), abs=1e-6)
    assert project(box.south, box.east, box) == pytest.approx((box.size, box.size), abs=1e-6)


def test_a_frame_holds_its_points_with_their_margin():
    box = europe().box
    crop = frame([BRUSSELS, ROME], 0.1, box)
    for x, y in (project(*BRUSSELS, box), project(*ROME, box)):
        assert crop.x < x < crop.x + crop.side
        assert crop.y < y < crop.y + crop.side


def test_one_point_gives_the_narrowest_frame_in_its_middle():
    box = europe().box
    crop = frame([BRUSSELS], 0.1, box)
    assert crop.side == pytest.approx(maps.NARROWEST_DEGREES * box.size / (box.east - box.west), abs=0.1)
    assert (crop.x + crop.side / 2, crop.y + crop.side / 2) == pytest.approx(project(*BRUSSELS, box), abs=0.2)


@pytest.mark.parametrize("points", [[], [(27.15, -13.2)], [(35.0, -12.0), (64.9, 36.9)]])
def test_a_frame_never_leaves_the_map(points):
    box = europe().box
    crop = frame(points, 0.2, box)
    assert min(crop.x, crop.y) >= 0
    assert max(crop.x, crop.y) + crop.side <= box.size + 0.1


# --- pins ----------------------------------------------------------------------------------------


def test_venues_of_one_spot_are_one_pin():
    (pin,) = pins([place("a"), place("b", state="none")], europe().box, WIDE_PX)
    assert (pin.count, pin.state) == (2, "free")


@pytest.mark.parametrize("width", [NARROW_PX, MIDDLE_PX, WIDE_PX])
def test_no_two_pins_are_too_near_to_hit(width):
    grid = [place(f"{lat}-{lon}", (lat, lon)) for lat in range(44, 54) for lon in range(0, 12)]
    found = pins(grid, europe().box, width)
    assert sum(pin.count for pin in found) == len(grid)
    for one, other in itertools.combinations(found, 2):
        # Places are told to a hundredth of a per cent.
        apart = max(abs(one.x - other.x), abs(one.y - other.y))
        assert apart * width / 100 >= NEAR_PX - 0.3


def test_the_fullest_city_gives_the_pin_its_place_and_name():
    venues = [place("a"), place("b", LIEGE, city="Liège"), place("c", LIEGE, city="Liège")]
    (pin,) = pins(venues, europe().box, NARROW_PX)
    assert ((pin.lat, pin.lon), pin.count) == (LIEGE, 3)
    with speaking("en"):
        assert maps.title(pin) == "Liège and around: 3 places, 3 free now"
    assert pin.label is not None
    assert pin.label.text == "Liège"


@pytest.mark.parametrize(
    "states, told",
    [
        (["free", "full"], "mixed"),
        (["later", "none", "closed"], "later"),
        (["closed", "none"], "closed"),
        (["none", "none"], "none"),
    ],
)
def test_a_merged_pin_tells_what_its_bookable_places_say(states, told):
    (pin,) = pins([place(str(n), state=state) for n, state in enumerate(states)], europe().box, WIDE_PX)
    assert pin.state == told


def test_venues_outside_the_frame_have_no_pin():
    box = europe().box
    found = pins([place("a"), place("b", ROME, city="Rome")], box, WIDE_PX, frame([BRUSSELS], 0.1, box))
    assert [pin.venues[0].id for pin in found] == ["a"]
    assert pins([place("c", (27.15, -13.2))], box, WIDE_PX) == []


def test_names_cover_neither_pins_nor_each_other_nor_the_edge():
    grid = [
        place(f"{lat}-{lon}", (lat, lon), city=f"City {lat} {lon}")
        for lat in range(40, 62, 2)
        for lon in range(-9, 36, 3)
    ]
    for width in (NARROW_PX, WIDE_PX):
        found = pins(grid, europe().box, width)
        areas = [
            maps._area(pin.label, pin.x * width / 100, pin.y * width / 100) for pin in found if pin.label
        ]
        named = len(areas)
        areas += [maps._round_about(pin, width) for pin in found]
        assert named > 5
        assert not any(maps._overlap(one, other) for one, other in itertools.combinations(areas, 2))
        assert all(min(area) >= 0 and max(area) <= width for area in areas[:named])


def test_countries_are_named_in_the_readers_language_where_no_pin_stands():
    words = {"PL": "Polska", "FR": "Frankreich"}
    pin_on_poland = place("a", (52.1, 19.4), city="Łódź")
    *_, wide = drawn([pin_on_poland], country_name=lambda code: words.get(code, code)).layers
    names = [label.text for label in wide.countries]
    assert "Frankreich" in names
    assert "Polska" not in names
    assert all(not layer.countries for layer in drawn([pin_on_poland]).layers)


def test_a_zoomed_sheet_shows_its_venues_larger():
    venues = [place("a"), place("b", LIEGE, city="Liège")]
    assert [len(layer.pins) for layer in drawn(venues).layers] == [1, 1, 1]
    zoomed = drawn(venues, zoom=True)
    assert [len(layer.pins) for layer in zoomed.layers] == [2, 2, 2]
    assert zoomed.view_box != whole(europe().box).view_box


def test_without_the_built_map_the_error_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(maps, "EUROPE", tmp_path / "europe.json")
    with pytest.raises(FileNotFoundError, match="make setup"):
        europe.__wrapped__()

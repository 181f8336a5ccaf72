"""Where somebody means: seven languages, accents or none, houses, countries, and how far it is."""

import pytest

from booking import i18n
from booking.search import cities
from booking.search.cities import Spot

SPOTS = [
    Spot(1, "kultura-liege", ("KulturA",), "Liège", "BE", 50.64, 5.57),
    Spot(2, "les-tanneurs-liege", ("Les Tanneurs",), "Liège", "BE", 50.66, 5.59),
    Spot(3, "office-mons", ("Smart Mons",), "Mons", "BE", 50.45, 3.95),
    Spot(4, "bazaar-st-so", ("Bazaar St-So",), "Lille", "FR", 50.63, 3.07),
    Spot(5, "office-wien", ("Smart Wien",), "Vienna", "AT", 48.21, 16.37),
    Spot(6, "office-roma", ("Smart Roma",), "Rome", "IT", 41.89, 12.48),
]


@pytest.mark.parametrize(
    "text, city",
    [
        ("Liège", "Liège"),
        ("LIEGE", "Liège"),
        ("Lüttich", "Liège"),
        ("luttich", "Liège"),
        ("Luik", "Liège"),
        ("Lieja", "Liège"),
        ("Bergen", "Mons"),
        ("Rijsel", "Lille"),
        ("Wien", "Vienna"),
        ("wenen", "Vienna"),
        ("Rom", "Rome"),
        ("  roma ", "Rome"),
    ],
)
def test_cities_by_any_name(text, city):
    found = cities.find(text, SPOTS)
    assert (found.kind, found.label) == ("city", city)
    assert found.lat == pytest.approx(
        sum(s.lat for s in SPOTS if s.city == city) / sum(s.city == city for s in SPOTS)
    )


def test_houses_countries_points_and_nothing():
    assert cities.find("bazaar st so", SPOTS).venue_ids == {4}
    assert cities.find("tanneurs", SPOTS).venue_ids == {2}
    assert cities.find("Österreich", SPOTS).venue_ids == {5}
    assert cities.find("belgique", SPOTS).venue_ids == {1, 2, 3}
    assert cities.find("", SPOTS).kind == "everywhere"
    near = cities.find(" ", SPOTS, lat=50.0, lon=4.0)
    assert (near.kind, near.lat, near.lon) == ("near", 50.0, 4.0)
    assert cities.find("Lille", SPOTS, lat=50.0, lon=4.0).kind == "city"


def test_beginnings_are_enough_when_they_mean_one_place():
    assert cities.find("Vien", SPOTS).label == "Vienna"
    assert cities.find("Li", SPOTS).kind == "unknown"
    assert set(cities.find("Li", SPOTS).close) >= {"Liège", "Lille"}
    assert cities.find("Timbuktu", SPOTS) == cities.Where("unknown")


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE venue; --", "%", "_", "\\", "a" * 5000, "\u202eegèiL", "日本"]
)
def test_odd_texts_are_only_unknown(text):
    assert cities.find(text, SPOTS).kind in ("unknown", "everywhere", "city")


@pytest.mark.parametrize(
    "language, names",
    [
        ("en", ["Liège", "Vienna", "Rome", "Seville"]),
        ("nl", ["Luik", "Wenen", "Rome", "Sevilla"]),
        ("fr", ["Liège", "Vienne", "Rome", "Séville"]),
        ("de", ["Lüttich", "Wien", "Rom", "Sevilla"]),
        ("es", ["Lieja", "Viena", "Roma", "Sevilla"]),
        ("it", ["Liegi", "Vienna", "Roma", "Siviglia"]),
        ("sv", ["Liège", "Wien", "Rom", "Sevilla"]),
    ],
)
def test_names_in_the_language_spoken(language, names):
    with i18n.speaking(language):
        assert [cities.city_name(city) for city in ("Liège", "Vienna", "Rome", "Sevilla")] == names
        assert cities.city_name("Botkyrka") == "Botkyrka"


def test_distances_and_the_box_around_them():
    assert cities.distance_km(50.63, 3.07, 50.63, 3.07) == 0
    assert cities.distance_km(50.63, 3.07, 50.85, 4.35) == pytest.approx(93.3, abs=0.2)
    south, north, west, east = cities.box(60, 18, 50)
    assert cities.distance_km(60, 18, north, 18) == pytest.approx(50, abs=0.01)
    assert cities.distance_km(60, 18, south, 18) == pytest.approx(50, abs=0.01)
    assert cities.distance_km(60, 18, 60, east) >= 50
    assert cities.distance_km(60, 18, 60, west) >= 50

"""What a state reads like: on pins, on tags, in seven languages."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from booking import search
from booking.i18n import LANGUAGES, speaking
from booking.places.models import OpeningHours
from booking.web.venue_states import city_state, opening, state_words, tag_words
from tests import make
from tests.make import NOW, at

TODAY = NOW.date()  # a Monday
HOUSE = SimpleNamespace(id=1, zone="Europe/Brussels", status="open", kind="shared_space")
CLOSED = SimpleNamespace(state="closed", free_at=at(TODAY + timedelta(days=2), "08:30"), free_now=0)


@pytest.mark.parametrize(
    "language, pin, tag",
    [
        ("en", "closed, opens Wednesday 08:30", "Opens Wednesday 08:30"),
        ("nl", "gesloten, open woensdag 08:30", "Open woensdag 08:30"),
        ("fr", "fermé, ouvre mercredi à 08:30", "Ouvre mercredi à 08:30"),
        ("de", "geschlossen, öffnet Mittwoch 08:30", "Öffnet Mittwoch 08:30"),
        ("es", "cerrado, abre el miércoles a las 08:30", "Abre el miércoles a las 08:30"),
        ("it", "chiuso, apre mercoledì alle 08:30", "Apre mercoledì alle 08:30"),
        ("sv", "stängt, öppnar onsdag 08:30", "Öppnar onsdag 08:30"),
    ],
)
def test_it_says_when_a_closed_house_opens(language, pin, tag):
    with speaking(language):
        assert state_words("closed", CLOSED, HOUSE, NOW) == pin
        assert tag_words(HOUSE, CLOSED, NOW) == tag


def test_every_language_is_tried():
    assert set(LANGUAGES) == {"en", "nl", "fr", "de", "es", "it", "sv"}


def test_beyond_a_week_the_date_is_said():
    later = at(TODAY + timedelta(days=9), "08:30")
    assert opening(later, HOUSE.zone, NOW) == "Wed 2 Dec 08:30"


def test_the_clock_is_the_houses_own():
    assert (
        tag_words(SimpleNamespace(**{**vars(HOUSE), "zone": "Europe/Lisbon"}), CLOSED, NOW)
        == "Opens Wednesday 07:30"
    )


def test_a_house_that_has_closed_for_good_does_not_open():
    gone = SimpleNamespace(**{**vars(HOUSE), "status": "closed"})
    assert state_words("closed", CLOSED, gone, NOW) == "closed for good"
    assert tag_words(gone, CLOSED, NOW) == ""


def test_a_city_says_its_best_house_and_the_earliest_of_those():
    houses = [SimpleNamespace(**{**vars(HOUSE), "id": number}) for number in (1, 2, 3)]
    states = {
        1: SimpleNamespace(state="later", free_at=at(TODAY, "16:00"), free_now=0),
        2: SimpleNamespace(state="later", free_at=at(TODAY, "14:00"), free_now=0),
        3: CLOSED,
    }
    assert city_state(houses, states, NOW) == ("later", "Free from 14:00")
    assert city_state(houses[2:], states, NOW) == ("closed", "Opens Wednesday 08:30")


async def test_on_a_sunday_every_page_says_monday(db, client, app):
    venue = await make.venue(name="Quai", key="quai")
    await make.resource(at=venue)
    await OpeningHours.filter(venue_id=venue.id, weekday__gte=6).delete()
    app.state.clock = lambda: NOW - timedelta(days=1)
    await search.refresh(NOW - timedelta(days=1))
    home = (await client.get("/")).text
    assert "Quai, Brussels: closed, opens Monday 08:00" in home
    assert "Opens Monday 08:00" in home
    for address in ("/venues", "/venues/quai"):
        assert "Opens Monday 08:00" in (await client.get(address)).text

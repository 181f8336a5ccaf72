"""The form of the house, and the one of a new house."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from booking.events import Event
from booking.places import Venue
from tests import make


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue(
        features=["wifi", "sauna"],
        facts=[{"key": "area", "value": 1200, "unit": "m2"}, {"key": "garden", "value": True}],
        names={"ca": "La casa", "fr": "La maison"},
        descriptions={"en": "A house."},
        access={"en": "Ring twice."},
        contact_email="house@example.org",
        website="https://house.example.org",
    )


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


def typed(page: str) -> dict[str, Any]:
    """What stands in the boxes of the last form of a page, as a browser would send it."""
    form = page[page.rindex('<form class="form setup-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attrs = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attrs.get("type") in ("checkbox", "radio"):
            if " checked" in tag:
                found.setdefault(attrs["name"], []).append(attrs["value"])
        elif "name" in attrs:
            found[attrs["name"]] = html.unescape(attrs.get("value", ""))
    for name, body in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        found[name] = html.unescape(body)
    for name, body in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    return found


async def test_it_works(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/house"
    sent = typed((await stella.get(address)).text)
    assert sent["features"] == ["wifi", "sauna"]
    sent |= {
        "name": "Atelier",
        "descriptions_nl": "Een huis.",
        "access_en": "Code 12.",
        "capacity_people": "80",
    }
    done = await stella.post(address, data=sent)
    assert (done.status_code, done.headers["location"]) == (303, address)
    fresh = await Venue.get(id=house.id)
    assert (fresh.name, fresh.capacity_people) == ("Atelier", 80)
    assert fresh.descriptions == {"en": "A house.", "nl": "Een huis."}
    assert fresh.names == {"ca": "La casa", "fr": "La maison"}
    assert fresh.access == {"en": "Code 12."}
    event = await Event.get(name="venue.changed")
    assert set(event.data["after"]) == {"name", "descriptions", "access", "capacity_people"}


async def test_a_save_without_a_change_is_none(stella: Any, house: Any) -> None:
    """All that stands in the boxes comes back as it was: facts, features, texts of further languages."""
    address = f"/manage/{house.key}/set-up/house"
    assert (await stella.post(address, data=typed((await stella.get(address)).text))).status_code == 303
    assert await Event.filter(name="venue.changed").count() == 0
    assert "Nothing was different." in (await stella.get(address)).text


async def test_facts(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/house"
    sent = typed((await stella.get(address)).text)
    sent |= {
        "fact_0": "",
        "fact_value_1": "no",
        "fact_2": "ceiling_height",
        "fact_value_2": "4,5",
        "fact_unit_2": "m",
    }
    await stella.post(address, data=sent)
    assert (await Venue.get(id=house.id)).facts == [
        {"key": "garden", "value": False},
        {"key": "ceiling_height", "value": 4.5, "unit": "m"},
    ]


async def test_every_wrong_field_is_told_and_kept(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/house"
    sent = typed((await stella.get(address)).text)
    wrong = {"name": "", "lat": "north", "contact_email": "nobody", "website": "house", "zone": "Mars/Base"}
    got = await stella.post(address, data=sent | wrong)
    assert got.status_code == 422
    for name in wrong:
        assert f'href="#f-{name}"' in got.text
    assert 'value="north"' in got.text
    assert await Event.filter(name="venue.changed").count() == 0
    nan = await stella.post(address, data=sent | {"lat": "nan", "lon": "inf"})
    assert nan.status_code == 422


async def test_currency_and_zone_are_shown_once_they_stay(stella: Any, house: Any) -> None:
    address = f"/manage/{house.key}/set-up/house"
    assert 'name="zone"' in (await stella.get(address)).text
    room = await make.resource(at=house)
    await make.reservation(room, await make.member("Alice"))
    seen = (await stella.get(address)).text
    assert 'name="zone"' not in seen
    assert "It has bookings already; its time zone stays." in seen
    refused = await stella.post(address, data=typed(seen) | {"currency": "SEK"})
    assert refused.status_code == 409
    assert (await Venue.get(id=house.id)).currency == "EUR"


async def test_closing_for_good_asks_first(stella: Any, house: Any) -> None:
    room = await make.resource(at=house, name="Quai")
    await make.reservation(room, await make.member("Alice"))
    address = f"/manage/{house.key}/set-up/house"
    sent = typed((await stella.get(address)).text) | {"status": "closed"}
    asked = await stella.post(address, data=sent)
    assert asked.status_code == 409
    for words in ("Alice: Quai", "Save all the same", "10:00–12:00"):
        assert words in asked.text
    assert (await Venue.get(id=house.id)).status == "open"
    assert (await stella.post(address, data=sent | {"confirmed": "yes"})).status_code == 303
    assert (await Venue.get(id=house.id)).status == "closed"


NEW = {"name": "Nord", "street": "Rue 1", "city": "Liège", "lat": "50.6", "lon": "5.6"}


async def test_a_new_house(house: Any, client_of: Callable[..., Any]) -> None:
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    client = await client_of(ada)
    assert "Make the house" in (await client.get("/manage/new")).text
    done = await client.post("/manage/new", data=NEW | {"entity": str(house.entity_id)})
    assert (done.status_code, done.headers["location"]) == (303, "/manage/nord/set-up")
    assert (await client.get("/manage/nord/set-up")).status_code == 200
    wrong = await client.post("/manage/new", data={"entity": str(house.entity_id), "lat": "9999"})
    assert wrong.status_code == 422
    slip = await client.post(
        "/manage/new", data=NEW | {"entity": str(house.entity_id), "name": "X", "lat": "5"}
    )
    assert slip.status_code == 409
    assert await Venue.all().count() == 2


async def test_a_new_house_takes_the_zone_of_the_entity_chosen_and_a_comma(
    house: Any, client_of: Callable[..., Any]
) -> None:
    """The form names no zone of its own accord: it would be that of the entity which comes first in the list."""
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    client = await client_of(ada)
    shown = (await client.get("/manage/new")).text
    assert re.search(r'name="zone"(?![^>]*value="[^"])', shown)
    far = await make.entity(zone="Atlantic/Canary", country="ES")
    sent = NEW | {"entity": str(far.id), "zone": "", "lat": "28,12", "lon": "-15,43"}
    assert (await client.post("/manage/new", data=sent)).status_code == 303
    made = await Venue.get(entity_id=far.id)
    assert (made.zone, made.lat, made.lon) == ("Atlantic/Canary", 28.12, -15.43)


async def test_a_new_house_is_not_for_managers_of_one(stella: Any, house: Any) -> None:
    assert (await stella.get("/manage/new")).status_code == 404
    sent = await stella.post("/manage/new", data=NEW | {"entity": str(house.entity_id)})
    assert sent.status_code == 404
    assert await Venue.all().count() == 1


async def test_a_manager_of_an_entity_makes_houses_of_it_only(
    house: Any, client_of: Callable[..., Any]
) -> None:
    eva, other = await make.member("Eva"), await make.entity()
    await house.fetch_related("entity")
    await make.role("manager", eva, entity=house.entity)
    client = await client_of(eva)
    assert (await client.post("/manage/new", data=NEW | {"entity": str(other.id)})).status_code == 404
    assert (await client.post("/manage/new", data=NEW | {"entity": str(house.entity_id)})).status_code == 303


async def test_how_to_get_in_is_for_those_who_come(house: Any, client_of: Callable[..., Any]) -> None:
    alice = await make.member("Alice")
    room = await make.resource(at=house)
    for page in (f"/venues/{house.key}", f"/resources/{room.id}"):
        assert "Ring twice." not in (await (await client_of(alice)).get(page)).text
    booked = await make.reservation(room, alice)
    assert "Ring twice." in (await (await client_of(alice)).get(f"/reservations/{booked.id}")).text

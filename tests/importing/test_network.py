"""Importing a network: everything or nothing, told line by line, and the second time nothing changes."""

import copy
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from booking import importing, places, reservations
from booking.events import Event
from booking.importing import Wrong
from booking.places.models import (
    Closure,
    Entity,
    OpeningHours,
    Resource,
    ResourceUnit,
    Unit,
    Venue,
    YearlyClosure,
)
from booking.pricing.models import TariffRow
from booking.timespan import TimeSpan
from tests import make
from tests.conftest import NOW

DEMO = Path(__file__).parents[2] / "booking" / "demo_network"
NETWORK: dict[str, Any] = {
    "format": "share-the-desk/network/1",
    "entities": [
        {"key": "coop", "name": "Coop", "country": "BE", "currency": "EUR", "zone": "Europe/Brussels"},
    ],
    "vat_rates": [
        {
            "country": "BE",
            "category": "ROOM_SERVICED",
            "from": "2021-01-01",
            "basis_points": 2100,
            "reason": "art. 47",
        }
    ],
    "skills": [{"key": "SAW", "name": "Saw", "names": {"fr": "Scie"}, "valid_months": 12}],
    "venues": [
        {
            "key": "mill",
            "kind": "shared_space",
            "entity": "coop",
            "name": "Old Mill",
            "address": {"street": "Mill Lane 3", "city": "Ghent", "country": "BE"},
            "lat": 51.05,
            "lon": 3.71,
            "zone": "Europe/Brussels",
            "currency": "EUR",
            "ask": "office",
            "facts": [{"key": "area", "value": 300, "unit": "m2"}, {"key": "step_free", "value": True}],
            "opening_hours": [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in range(1, 6)]
            + [{"weekday": 6, "opens": "18:00", "closes": "02:00"}],
            "closures": [
                {
                    "from": "12-24",
                    "to": "01-02",
                    "yearly": True,
                    "reason": "Winter",
                    "reasons": {"nl": "Winter"},
                },
                {"from": "2027-05-03", "to": "2027-05-04", "reason": "Painting"},
            ],
            "open_holidays": ["2027-05-01"],
            "holidays": "BE",
        },
        {
            "key": "office",
            "kind": "office",
            "entity": "coop",
            "name": "Office",
            "address": {"city": "Ghent", "country": "BE"},
            "lat": 51.0,
            "lon": 3.7,
            "zone": "Europe/Brussels",
            "currency": "EUR",
        },
    ],
    "units": [
        {"key": "mill--a", "venue": "mill", "name": "A"},
        {"key": "mill--b", "venue": "mill", "name": "B"},
    ],
    "resources": [
        {
            "key": "mill--hall",
            "venue": "mill",
            "kind": "hall",
            "name": "Hall",
            "units": ["mill--a", "mill--b"],
            "takes": "all",
            "vat_category": "ROOM_SERVICED",
            "tariffs": [{"from": "2026-01-01", "category": "member", "hour_cents": 4000}],
        },
        {
            "key": "mill--desk",
            "venue": "mill",
            "kind": "desk",
            "name": "Desk",
            "quantity": 3,
            "vat_category": "ROOM_SERVICED",
            "rules": {"raster_minutes": 60, "shortest_minutes": 60, "quota": 5, "skill": "SAW"},
            "tariffs": [{"from": "2026-01-01", "category": "member", "hour_cents": 250, "day_cents": 1400}],
        },
    ],
}


def written(folder: Path, network: dict[str, Any] | None = None) -> Path:
    (folder / "network.json").write_text(json.dumps(network or NETWORK), encoding="utf-8")
    return folder


def changed(path: str, value: Any) -> dict[str, Any]:
    """The network with one value changed; 'venues.0.zone' says which. `...` takes the field away."""
    network = copy.deepcopy(NETWORK)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    at: Any = network
    for step in steps:
        at = at[step]
    if value is ...:
        del at[last]
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
    return network


async def problems(folder: Path) -> list[str]:
    before = await counts()
    with pytest.raises(Wrong) as wrong:
        await importing.network(folder, at=NOW)
    assert await counts() == before
    return [str(problem) for problem in wrong.value.problems]


async def counts() -> list[int]:
    return [
        await model.all().count() for model in (Entity, Venue, Unit, Resource, TariffRow, OpeningHours, Event)
    ]


async def test_it_works(db: str, tmp_path: Path) -> None:
    report = await importing.network(written(tmp_path), at=NOW)
    assert report.as_json()["new"] == len(report.changes) == 12
    venue = await Venue.get(key="mill").select_related("ask")
    assert (venue.ask.key, venue.street, venue.city, venue.holidays_region) == (
        "office",
        "Mill Lane 3",
        "Ghent",
        "BE",
    )
    assert venue.facts == [{"key": "area", "value": 300, "unit": "m2"}, {"key": "step_free", "value": True}]
    late = await OpeningHours.get(venue_id=venue.id, weekday=6)
    assert (late.opens_minute, late.closes_minute) == (18 * 60, 26 * 60)
    assert (await YearlyClosure.get(venue_id=venue.id)).reasons == {"nl": "Winter"}
    closure = await Closure.get(venue_id=venue.id)
    assert closure.begins_at == datetime.fromisoformat("2027-05-03T00:00+02:00")
    assert closure.ends_at == datetime.fromisoformat("2027-05-05T00:00+02:00")
    hall, desk = (
        await Resource.get(key="mill--hall"),
        await Resource.get(key="mill--desk").select_related("skill"),
    )
    assert (hall.takes, desk.takes, desk.quota, desk.skill.names) == (
        "all",
        "any",
        5,
        {"en": "Saw", "fr": "Scie"},
    )
    assert await ResourceUnit.filter(resource_id=desk.id).count() == 3
    assert await Unit.exists(key="mill--desk--03", name="3")


async def test_twice_changes_nothing(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    events = await Event.all().count()
    again = await importing.network(tmp_path, at=NOW + timedelta(days=1))
    assert (again.changes, again.unchanged) == ([], 12)
    assert await Event.all().count() == events


async def test_the_demo_network_twice(db: str) -> None:
    first = await importing.network(DEMO, at=NOW)
    again = await importing.network(DEMO, at=NOW)
    assert again.unchanged == len(first.changes) > 700
    assert again.changes == []


async def test_a_dry_run_tells_and_saves_nothing(db: str, tmp_path: Path) -> None:
    would = await importing.network(written(tmp_path), at=NOW, dry_run=True)
    assert await counts() == [0] * 7
    did = await importing.network(tmp_path, at=NOW)
    assert did.as_json() == would.as_json()


async def test_only_real_changes_are_events(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    last = (await Event.all().order_by("-id").first()).id
    report = await importing.network(written(tmp_path, changed("venues.0.name", "New Mill")), at=NOW)
    assert [str(change) for change in report.changes] == ["venue mill: name: Old Mill → New Mill"]
    events = await Event.filter(id__gt=last)
    assert [(event.name, event.data["changed"]) for event in events] == [
        ("venue.imported", {"name": ["Old Mill", "New Mill"]})
    ]


async def test_what_a_file_no_longer_names_stays(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    network = copy.deepcopy(NETWORK)
    network["resources"] = network["resources"][:1]
    report = await importing.network(written(tmp_path, network), at=NOW)
    assert report.changes == []
    assert await Resource.exists(key="mill--desk", published=True)


async def test_rules_change_with_their_revision(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    await importing.network(written(tmp_path, changed("resources.1.rules.quota", 2)), at=NOW)
    desk = await Resource.get(key="mill--desk")
    assert (desk.quota, desk.revision) == (2, 2)


async def test_a_newer_tariff_supersedes(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    newer = {"from": "2027-01-01", "category": "member", "hour_cents": 4400}
    await importing.network(written(tmp_path, changed("resources.0.tariffs.1", newer)), at=NOW)
    hall = await Resource.get(key="mill--hall")
    rows = (
        await TariffRow.filter(resource_id=hall.id).order_by("from_on").values_list("from_on", "hour_cents")
    )
    assert list(rows) == [(date(2026, 1, 1), 4000), (date(2027, 1, 1), 4400)]


async def test_a_tariff_is_never_edited(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    written(tmp_path, changed("resources.0.tariffs.0.hour_cents", 1))
    [problem] = await problems(tmp_path)
    assert problem.startswith(
        "network.json, resources[0], tariffs[0]: What holds from 2026-01-01 is never edited"
    )


async def test_a_vat_rate_is_never_edited(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    written(tmp_path, changed("vat_rates.0.basis_points", 600))
    [problem] = await problems(tmp_path)
    assert "vat_rates[0], basis_points" in problem


async def test_a_reopened_closure_stays_open(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    venue = await Venue.get(key="mill")
    closure, manager = await Closure.get(venue_id=venue.id), await make.member("Stella")
    await places.withdraw(venue, closure.id, by_id=manager.id, at=NOW)
    assert (await importing.network(tmp_path, at=NOW)).changes == []
    assert await Closure.filter(venue_id=venue.id, withdrawn_at=None).count() == 0


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("format", "other", "network.json, format: One of 'share-the-desk/network/1' is needed."),
        (
            "venues.0.zone",
            "Europe/Gent",
            "venues[0], zone: Europe/Gent is not a time zone of the IANA database.",
        ),
        ("venues.0.lat", 91, "venues[0], lat: At most 90.0 is possible."),
        ("venues.0.nmae", "x", "venues[0], nmae: There is no field of this name."),
        ("venues.0.name", ..., "venues[0], name: This is needed."),
        ("venues.0.holidays", "BE-XX", "venues[0], holidays: BE-XX is not a country or region"),
        ("venues.0.entity", "nobody", "venues[0], entity: There is no entity nobody."),
        ("venues.0.ask", "nowhere", "venues[0], ask: There is no venue nowhere."),
        (
            "venues.0.opening_hours.0.opens",
            "9h",
            "venues[0], opening_hours[0].opens: A time like 09:30 is needed.",
        ),
        (
            "venues.0.opening_hours.0.weekday",
            8,
            "venues[0], opening_hours[0].weekday: At most 7 is possible.",
        ),
        (
            "venues.0.opening_hours.1.weekday",
            1,
            "opening_hours[1]: These hours overlap others of the same weekday.",
        ),
        (
            "venues.0.closures.0.from",
            "13-01",
            "venues[0], closures[0]: A month and day like 12-24 is needed.",
        ),
        ("venues.0.closures.1.to", "2027-05-01", "venues[0], closures[1]: It ends before it begins."),
        ("units.0.venue", "nowhere", "units[0], venue: There is no venue nowhere."),
        ("units.1.key", "mill--a", "units[1], key: mill--a stands already in network.json, units[0]."),
        ("resources.0.kind", "cellar", "resources[0], kind: cellar is not one of desk, office"),
        ("resources.0.units", ["mill--c"], "resources[0], units: There is no unit mill--c in mill."),
        ("resources.0.units", ["mill--a", "mill--a"], "resources[0], units: A unit stands here twice."),
        ("resources.0.quantity", 2, "resources[0]: Either units or a quantity is needed."),
        ("resources.0.venue", "nowhere", "resources[0], venue: There is no venue nowhere."),
        ("resources.0.located_in", "nothing", "resources[0], located_in: There is no resource nothing."),
        ("resources.1.rules.skill", "FLY", "resources[1], rules.skill: There is no skill FLY."),
        ("resources.1.rules.longest_minutes", 30, "resources[1], rules: The longest booking is shorter"),
        (
            "resources.1.tariffs.0.hour_cents",
            2.5,
            "resources[1], tariffs[0].hour_cents: A whole number is needed.",
        ),
        ("resources.1.tariffs.0.category", "friend", "tariffs[0].category: friend is not one of member"),
        ("resources.1.tariffs", [], "resources[1], tariffs: At least 1 are needed."),
    ],
)
async def test_what_is_wrong_is_told(db: str, tmp_path: Path, path: str, value: Any, complaint: str) -> None:
    written(tmp_path, changed(path, value))
    assert any(complaint in problem for problem in await problems(tmp_path)), await problems(tmp_path)


async def test_all_that_is_wrong_is_told_at_once(db: str, tmp_path: Path) -> None:
    network = changed("venues.0.lat", "north")
    network["venues"][1]["zone"] = "Mars"
    network["resources"][0]["name"] = ""
    assert len(await problems(written(tmp_path, network))) == 3


async def test_a_broken_file_names_the_line(db: str, tmp_path: Path) -> None:
    (tmp_path / "network.json").write_text('{\n "format": "share-the-desk/network/1",\n "venues": [}\n')
    [problem] = await problems(tmp_path)
    assert problem.startswith("network.json, line 3: This is not JSON")


async def test_an_empty_folder(db: str, tmp_path: Path) -> None:
    [problem] = await problems(tmp_path)
    assert "There is no network.json" in problem


async def test_parts_in_files_of_their_own(db: str, tmp_path: Path) -> None:
    for name, listed in NETWORK.items():
        if name != "format":
            (tmp_path / f"{name}.json").write_text(json.dumps(listed))
    assert len((await importing.network(tmp_path, at=NOW)).changes) == 12


async def test_tables(db: str, tmp_path: Path) -> None:
    written(tmp_path, {key: NETWORK[key] for key in ("format", "entities")})
    (tmp_path / "venues.csv").write_text(
        "key,kind,entity,name,street,city,country,lat,lon,zone,currency,languages,holidays,opening_hours,description_en\n"
        "mill,shared_space,coop,Old Mill,Mill Lane 3,Ghent,BE,51.05,3.7,Europe/Brussels,EUR,nl en,BE,"
        '1-5 09:00-18:00; 6 10:00-14:00,"Desks, and water"\n'
    )
    (tmp_path / "resources.csv").write_text(
        "key;venue;kind;name;quantity;features;raster_minutes;vat_category;tariff_from;member_hour_cents;external_day_cents\n"
        "mill--desk;mill;desk;Desk;12;wifi printer;60;ROOM_SERVICED;2026-01-01;250;1400\n"
    )
    await importing.network(tmp_path, at=NOW)
    venue, desk = await Venue.get(key="mill"), await Resource.get(key="mill--desk")
    assert venue.descriptions == {"en": "Desks, and water"}
    assert await OpeningHours.filter(venue_id=venue.id).count() == 6
    assert (desk.raster_minutes, desk.features, desk.takes) == (60, ["wifi", "printer"], "any")
    prices = await TariffRow.filter(resource_id=desk.id).order_by("category")
    assert [(row.category, row.hour_cents, row.day_cents) for row in prices] == [
        ("external", None, 1400),
        ("member", 250, None),
    ]
    assert (await importing.network(tmp_path, at=NOW)).changes == []


async def test_tables_name_the_line_and_the_column(db: str, tmp_path: Path) -> None:
    written(tmp_path, {key: NETWORK[key] for key in ("format", "entities", "venues")})
    (tmp_path / "resources.csv").write_text(
        "key,venue,kind,name,quantity,vat_category,tariff_from,member_hour_cents,colour\n"
        "one,mill,desk,One,1,ROOM_SERVICED,2026-01-01,250\n"
        "\n"
        '"two",mill,desk,"Two\nlines",1,ROOM_SERVICED,2026-01-01,much,blue\n'
        "three,mill,desk,Three,1,ROOM_SERVICED,,250\n"
        "four,mill,desk,Four,1,ROOM_SERVICED,2026-01-01,250,,,,\n"
    )
    assert await problems(tmp_path) == [
        "resources.csv, line 4, tariffs[0].hour_cents: A whole number is needed.",
        "resources.csv, line 4, colour: There is no field of this name.",
        "resources.csv, line 6, tariff_from: Prices need the date from which they hold.",
        "resources.csv, line 7: This line has 12 cells, and the first line names 9 columns.",
    ]


async def test_units_under_upcoming_bookings_stay(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    hall = await Resource.get(key="mill--hall").select_related("venue")
    member = await make.member()
    span = TimeSpan(NOW + timedelta(days=1), NOW + timedelta(days=1, hours=1))
    activity = await make.activity(member, cents=100_000)
    await reservations.reserve(uuid4(), hall.id, span, by=member, at=NOW, activity_id=activity.id)
    written(tmp_path, changed("resources.0.units", ["mill--a"]))
    [problem] = await problems(tmp_path)
    assert problem == (
        "network.json, resources[0], units: Upcoming bookings hold units of it (2): they cannot change now."
    )
    # A week later the booking is over.
    await importing.network(tmp_path, at=NOW + timedelta(days=7))
    assert await ResourceUnit.filter(resource_id=hall.id).count() == 1


async def test_a_pool_grows_at_any_time(db: str, tmp_path: Path) -> None:
    await importing.network(written(tmp_path), at=NOW)
    await importing.network(written(tmp_path, changed("resources.1.quantity", 5)), at=NOW)
    desk = await Resource.get(key="mill--desk")
    assert await ResourceUnit.filter(resource_id=desk.id).count() == 5

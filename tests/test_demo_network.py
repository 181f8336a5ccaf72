"""The network that the demonstration brings along: complete, consistent, and honest about what it is."""

import csv
import json
import re
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

from booking.i18n import LANGUAGES
from booking.places.models import KINDS, VENUE_KINDS, VENUE_STATUSES

FOLDER = Path(__file__).parents[1] / "booking" / "demo_network"
NETWORK = json.loads((FOLDER / "network.json").read_text(encoding="utf-8"))
ENTITIES = {entity["key"]: entity for entity in NETWORK["entities"]}
VENUES = {venue["key"]: venue for venue in NETWORK["venues"]}
UNITS = {unit["key"]: unit for unit in NETWORK["units"]}
RESOURCES = {resource["key"]: resource for resource in NETWORK["resources"]}
SKILLS = {skill["key"]: skill for skill in NETWORK["skills"]}
OTHERS = set(LANGUAGES) - {"en"}


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


MEMBERS = {row["email"]: row for row in rows("members.csv")}
ACTIVITIES = {row["number"]: row for row in rows("activities.csv")}


def minutes(time: str) -> int:
    assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time)
    return int(time[:2]) * 60 + int(time[3:])


def all_hours():
    for thing in [*VENUES.values(), *RESOURCES.values()]:
        if "opening_hours" in thing:
            yield thing["key"], thing["opening_hours"]


def test_it_is_the_whole_network():
    assert NETWORK["format"] == "share-the-desk/network/1"
    assert NETWORK["as_of"] == "2020-12-31"
    assert Counter(venue["kind"] for venue in VENUES.values()) == {"shared_space": 16, "office": 34}
    assert len(RESOURCES) == len(NETWORK["resources"]) == 115
    assert {entity["country"] for entity in ENTITIES.values()} == {
        "BE",
        "FR",
        "DE",
        "ES",
        "IT",
        "NL",
        "AT",
        "SE",
    }
    assert {venue["address"]["country"] for venue in VENUES.values()} == {
        e["country"] for e in ENTITIES.values()
    }


@pytest.mark.parametrize("kind", ["entities", "venues", "units", "resources", "skills"])
def test_keys_are_unique_and_fit_into_an_address(kind):
    keys = [thing["key"] for thing in NETWORK[kind]]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,80}", key) for key in keys)


def test_everything_belongs_to_something_that_exists():
    assert all(venue["entity"] in ENTITIES for venue in VENUES.values())
    assert all(unit["venue"] in VENUES for unit in UNITS.values())
    for resource in RESOURCES.values():
        assert VENUES[resource["venue"]]["kind"] == "shared_space"
        assert {UNITS[unit]["venue"] for unit in resource["units"]} == {resource["venue"]}
        if "located_in" in resource:
            assert RESOURCES[resource["located_in"]]["venue"] == resource["venue"]
        assert resource["rules"]["skill"] is None or resource["rules"]["skill"] in SKILLS


def test_every_unit_is_used_and_each_resource_takes_some():
    used = [unit for resource in RESOURCES.values() for unit in resource["units"]]
    assert set(used) == set(UNITS)
    for resource in RESOURCES.values():
        assert resource["units"]
        assert len(set(resource["units"])) == len(resource["units"])
        assert resource["takes"] in ("all", "any")


def test_wholes_and_parts_share_their_units():
    shared = {
        unit for unit, uses in Counter(u for r in RESOURCES.values() for u in r["units"]).items() if uses > 1
    }
    whole, a, b = (set(RESOURCES[f"bazaar-st-so--event-hall{part}"]["units"]) for part in ("", "-a", "-b"))
    space, desks = (RESOURCES[f"haacht-brewery-liege--{part}"] for part in ("space", "desk"))
    assert whole == a | b
    assert not a & b
    assert set(space["units"]) == set(desks["units"])
    assert (space["takes"], desks["takes"]) == ("all", "any")
    assert shared == whole | set(space["units"])


def test_what_is_closed_cannot_be_booked():
    closed = [venue for venue in VENUES.values() if venue["status"] == "closed"]
    assert len(closed) == 11
    for venue in closed:
        assert venue["bookable"] is False
        assert venue["status_on"] == "2024-06-10"
        assert set(venue["status_notes"]) == OTHERS
        assert not [resource for resource in RESOURCES.values() if resource["venue"] == venue["key"]]
    for venue in VENUES.values():
        assert venue["bookable"] is (venue["kind"] == "shared_space" and venue["status"] != "closed")


def test_each_space_names_an_office_to_ask():
    for venue in VENUES.values():
        assert venue["kind"] in VENUE_KINDS
        assert venue["status"] in VENUE_STATUSES
        if venue["kind"] == "shared_space":
            office = VENUES[venue["ask"]]
            assert (office["kind"], office["entity"]) == ("office", venue["entity"])
            assert office["contact"]["website"]
        else:
            assert "ask" not in venue


def test_zones_currencies_languages_and_holidays_are_known():
    for entity in ENTITIES.values():
        ZoneInfo(entity["zone"])
    for venue in VENUES.values():
        ZoneInfo(venue["zone"])
        assert venue["currency"] == ENTITIES[venue["entity"]]["currency"]
        country, _, region = venue["holidays"].partition("-")
        assert country == venue["address"]["country"]
        assert holidays.country_holidays(country, subdiv=region or None, years=2027)
        assert venue["languages"]
        assert 36 < venue["lat"] < 60
        assert -6 < venue["lon"] < 19
    assert {venue["currency"] for venue in VENUES.values()} == {"EUR", "SEK"}


def test_hours_follow_one_another_without_overlap():
    for key, hours in all_hours():
        spans = []
        for row in hours:
            assert row["weekday"] in range(1, 8)
            opens, closes = minutes(row["opens"]), minutes(row["closes"])
            start = (row["weekday"] - 1) * 1440
            spans.append((start + opens, start + closes + (1440 if closes <= opens else 0)))
        spans.sort()
        spans.append((spans[0][0] + 7 * 1440, 0))
        assert all(one[1] <= other[0] for one, other in pairwise(spans)), key


def test_every_resource_can_be_booked_on_some_day():
    for resource in RESOURCES.values():
        hours = resource.get("opening_hours") or VENUES[resource["venue"]]["opening_hours"]
        longest = max((minutes(row["closes"]) - minutes(row["opens"]) - 1) % 1440 + 1 for row in hours)
        shortest = resource["rules"]["shortest_minutes"]
        assert shortest <= longest, resource["key"]
        assert shortest % resource["rules"]["raster_minutes"] == 0
        assert shortest <= resource["rules"]["longest_minutes"]
        assert resource["kind"] in KINDS


def test_closures_are_days_that_exist_and_told_in_every_language():
    closures = [closure for venue in VENUES.values() for closure in venue.get("closures", [])]
    assert len(closures) > 12
    for closure in closures:
        assert closure["yearly"] is True
        date.fromisoformat(f"2027-{closure['from']}")
        date.fromisoformat(f"2027-{closure['to']}")
        assert set(closure["reasons"]) == OTHERS


def test_prices_are_whole_and_in_order():
    for resource in RESOURCES.values():
        tariffs = {row["category"]: row for row in resource["tariffs"]}
        assert set(tariffs) == {"member", "external"} if resource["rules"]["external"] else {"member"}
        for row in tariffs.values():
            date.fromisoformat(row["from"])
            hour, half_day, day = (row[f"{length}_cents"] for length in ("hour", "half_day", "day"))
            assert all(type(cents) is int and cents >= 0 for cents in (hour, half_day, day))
            assert hour <= half_day <= day <= 24 * hour


def test_each_country_has_a_vat_rate_for_each_kind_of_supply():
    rates = {(row["country"], row["category"]): row for row in NETWORK["vat_rates"]}
    assert len(rates) == len(NETWORK["vat_rates"])
    kinds = {resource["vat_category"] for resource in RESOURCES.values()}
    for entity in ENTITIES.values():
        assert all(1900 <= rates[entity["country"], kind]["basis_points"] <= 2500 for kind in kinds)
        assert rates[entity["country"], "INTERNAL_CHARGE"]["basis_points"] == 0
    assert rates["BE", "ROOM_SERVICED"]["basis_points"] == 2100
    assert all(row["reason"] for row in rates.values())


def test_the_exchange_rate_says_that_it_is_invented():
    assert {row["currency"] for row in NETWORK["exchange_rates"]} == {"SEK"}
    assert all(row["demo"] and float(row["per_euro"]) > 0 for row in NETWORK["exchange_rates"])


def test_texts_stand_in_seven_languages():
    for venue in VENUES.values():
        assert set(venue["description"]) == set(LANGUAGES), venue["key"]
        assert len(set(venue["description"].values())) == 7
        assert set(venue.get("access", LANGUAGES)) == set(LANGUAGES)
        assert ("status_note" in venue) == ("status_notes" in venue)
    for thing in [*RESOURCES.values(), *SKILLS.values()]:
        assert set(thing["names"]) == OTHERS, thing["key"]
        assert set(thing.get("description", LANGUAGES)) == set(LANGUAGES)


def test_what_is_invented_says_so():
    assert NETWORK["demo"] is True
    assert all(resource["demo"] for resource in RESOURCES.values())
    assert all(skill["demo"] for skill in SKILLS.values())
    assert Counter(resource["existence"] for resource in RESOURCES.values()) == {"invented": 70, "known": 45}
    for venue in VENUES.values():
        assert venue["demo"] is (venue["kind"] == "shared_space")
        address = venue["contact"].get("email", "")
        assert address.endswith(".example") is venue["contact"].get("demo", False), venue["key"]


def test_no_adviser_is_named():
    """The annual report prints names of people; none of them came along."""
    for venue in VENUES.values():
        assert "advisers" not in venue
        assert "name" not in venue["contact"]
        assert set(venue["contact"]) <= {"email", "website", "demo"}
        assert venue["contact"].get("email", "desk@").split("@")[0] in ("desk", "kontakt")


# --- people and money ----------------------------------------------------------------------------


def test_people_are_made_up_and_speak_every_language():
    for row in MEMBERS.values():
        assert row["demo"] == "true"
        assert row["email"].endswith("@demo.example")
        assert re.fullmatch(r"\w+", row["name"])
        assert row["entity"] in ENTITIES or (row["entity"] == "" and row["category"] == "external")
    assert {row["language"] for row in MEMBERS.values()} == set(LANGUAGES)
    assert len({row["number"] for row in MEMBERS.values()}) == len(MEMBERS)
    cast = {"Alice": "smartcoop-be", "Charlie": "smartde", "Stella": "smartfr", "Theo": "smartde"}
    assert cast.items() <= {row["name"]: row["entity"] for row in MEMBERS.values()}.items()


def test_roles_have_a_scope_that_exists():
    granted = {(row["email"].split("@")[0], row["role"], row["scope"]) for row in rows("roles.csv")}
    assert ("ada", "administrator", "network") in granted
    assert ("theo", "treasurer", "entity:smartde") in granted
    assert ("stella", "manager", "venue:bazaar-st-so") in granted
    for row in rows("roles.csv"):
        assert row["email"] in MEMBERS
        kind, _, key = row["scope"].partition(":")
        assert key in {"network": {""}, "entity": ENTITIES, "venue": VENUES}[kind]


def test_skills_are_given_to_members_and_end_after_they_begin():
    for row in rows("member_skills.csv"):
        assert row["email"] in MEMBERS
        assert row["skill"] in SKILLS
        assert row["venue"] in VENUES
        assert date.fromisoformat(row["given_on"]) < date.fromisoformat(row["expires_on"])


def test_activities_have_one_owner_and_the_currency_of_their_entity():
    for row in ACTIVITIES.values():
        assert row["demo"] == "true"
        assert row["currency"] == ENTITIES[row["entity"]]["currency"]
        people = [person.split(":") for person in row["people"].split()]
        assert [part for _, part, *_ in people].count("owner") == 1
        assert all(email in MEMBERS and part in ("owner", "manager", "user") for email, part, *_ in people)


def test_bob_shares_alices_activity_and_charlie_does_not():
    (illustration,) = (row for row in ACTIVITIES.values() if row["name"] == "Illustration")
    assert illustration["people"].startswith("alice@demo.example:owner bob@demo.example:user")
    assert "charlie" not in illustration["people"]


def test_allotments_leave_every_budget_with_money():
    left: Counter[str] = Counter()
    references = [row["reference"] for row in rows("allotments.csv")]
    assert len(set(references)) == len(references)
    for row in rows("allotments.csv"):
        assert row["currency"] == ACTIVITIES[row["activity"]]["currency"]
        date.fromisoformat(row["on"])
        left[row["activity"]] += int(row["amount_cents"])
    assert set(left) == set(ACTIVITIES)
    assert all(cents > 0 for cents in left.values())
    assert left["DEMO-A4"] < 1000, "Charlie's budget is nearly empty, to show a refusal"

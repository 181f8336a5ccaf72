"""One reservation as a VEVENT: pure, complete, discreet; golden files keep its bytes."""

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from booking import i18n
from booking.calendars import events
from tests.golden_files import same_as

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


@dataclass
class Place:
    """A resource or a venue, as far as calendars look."""

    name: str
    names: dict[str, str] = field(default_factory=dict)
    located_in: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = "FR"


ROOM = Place("Quai", located_in="2nd floor")
HOUSE = Place("Bazaar St-So", street="292 rue Camille Guérin", postal_code="59800", city="Lille")


def row(number: int = 1, **values: Any) -> dict[str, Any]:
    begins_at = values.pop("begins_at", datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    return {
        "id": UUID(int=number),
        "resource_id": 1,
        "begins_at": begins_at,
        "ends_at": begins_at + timedelta(hours=2),
        "people": 1,
        "title": "",
        "note": "",
        "state": "confirmed",
        "uid": f"6c1b2a00-0000-4000-8000-{number:012}",
        "sequence": 0,
        "revised_at": AT,
        **values,
    }


def calendar(rows: list[dict[str, Any]], language: str = "en", event: Any = events.own_event) -> bytes:
    with i18n.speaking(language):
        place = events.where(ROOM, HOUSE)
    said = events.wording(language)
    text = "".join(event(each, place, said) for each in rows)
    return events.calendar_text(text, name="My bookings", description="For tests")


def parsed(octets: bytes) -> list[Any]:
    whole = Calendar.from_ical(octets)
    assert whole.errors == []
    found = whole.walk("VEVENT")
    assert all(event.errors == [] for event in found)
    return found


SCRIPTS = [
    "Réunion d’équipe",
    "Sitzung; Größe, \\ und: so",
    "Möte på övervåningen",
    "会議の予約",
    "회의 예약",
    "Встреча",
    "Συνάντηση",
    "اجتماع الفريق",
    "פגישת צוות",
    "बैठक",
    "ประชุม",
    "🪑👩🏽‍🎨 plans 🎭",
    "x" * 120,
    "é" * 120,
    'Quote " and `tick` <b>bold</b>',
]
CASES: dict[str, list[dict[str, Any]]] = {
    "empty": [],
    "one": [row(title="Planning", note="Bring the plans.\nAnd tea.", people=4)],
    "states": [
        row(number, state=state, sequence=int(state == "cancelled"))
        for number, state in enumerate(("confirmed", "held", "cancelled", "declined", "expired"), start=1)
    ],
    "scripts": [row(number, title=title, note=title) for number, title in enumerate(SCRIPTS, start=1)],
    "clock_changes": [
        row(number, begins_at=datetime(2026, month, day, hour, minute, tzinfo=UTC))
        for number, (month, day, hour, minute) in enumerate(
            [(3, 29, 0, 30), (3, 29, 1, 0), (10, 25, 0, 30), (10, 25, 1, 30)], start=1
        )
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    octets = calendar(CASES[name])
    same_as(f"calendars/{name}.ics", octets.decode())
    assert len(parsed(octets)) == len(CASES[name])


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_golden_in_every_language(language: str) -> None:
    octets = calendar([*CASES["states"], row(9, title="Planning", people=4)], language)
    same_as(f"calendars/own.{language}.ics", octets.decode())
    busy = calendar(CASES["states"], language, events.busy_event)
    same_as(f"calendars/busy.{language}.ics", busy.decode())


@pytest.mark.parametrize("name", CASES)
def test_octets(name: str) -> None:
    octets = calendar(CASES[name])
    assert octets.replace(b"\r\n", b"").count(b"\n") == octets.replace(b"\r\n", b"").count(b"\r") == 0
    assert not octets.startswith(b"\xef\xbb\xbf")
    for line in octets.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
        assert not any(octet < 32 or octet == 127 for octet in line)
    assert octets.count(b"\r\nVERSION:2.0\r\n") == 1
    assert octets.count(b"\r\nPRODID:") == 1
    assert b"METHOD" not in octets
    assert b"TZID" not in octets
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in octets


def test_it_works() -> None:
    [event] = parsed(calendar(CASES["one"]))
    one = CASES["one"][0]
    assert event["DTSTART"].dt == one["begins_at"]
    assert event["DTEND"].dt == one["ends_at"]
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == one["revised_at"]
    assert str(event["UID"]) == one["uid"]
    assert (event["STATUS"], event["TRANSP"], event["SEQUENCE"]) == ("CONFIRMED", "OPAQUE", 0)
    assert str(event["LOCATION"]) == "Bazaar St-So, 292 rue Camille Guérin, 59800 Lille, France"
    assert str(event["DESCRIPTION"]).split("\n")[:4] == [
        "Quai, 2nd floor, Bazaar St-So",
        "4 people",
        "Bring the plans.",
        "And tea.",
    ]
    assert str(event["URL"]) == f"http://localhost:8000/reservations/{one['id']}"


def test_texts_come_back_as_they_were() -> None:
    found = parsed(calendar(CASES["scripts"]))
    assert [str(event["SUMMARY"]) for event in found] == SCRIPTS


def test_what_is_gone_says_so() -> None:
    found = parsed(calendar(CASES["states"]))
    assert [str(event["STATUS"]) for event in found] == ["CONFIRMED", "TENTATIVE", *["CANCELLED"] * 3]
    assert [str(event["SUMMARY"]) for event in found] == [
        "Quai",
        "Not confirmed yet: Quai",
        *["Cancelled: Quai"] * 3,
    ]
    assert [str(event["TRANSP"]) for event in found[2:]] == ["TRANSPARENT"] * 3


PAYLOADS = [
    "a\r\nX-EVIL:1",
    "a\nATTENDEE:mailto:x@example.org",
    "a\rEND:VEVENT",
    "a\x0bX:1",
    "a\x0cX:1",
    "a\x85X:1",
    "a\u2028X:1",
    "a\u2029X:1",
    "a\x00b",
    "a\x07b",
    "a\ud83db",
    "a\\nEND:VCALENDAR",
    "\ufeffa",
]


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("column", ["title", "note"])
def test_nothing_is_smuggled_in(payload: str, column: str) -> None:
    octets = calendar([row(**{column: payload})])
    [event] = parsed(octets)
    plain = set(parsed(calendar([row()]))[0])
    assert set(event) == plain
    # A tolerant reader breaks lines at more than CRLF.
    unfolded = octets.decode().replace("\r\n ", "")
    assert unfolded.splitlines() == unfolded.removesuffix("\r\n").split("\r\n")


def test_a_name_of_a_place_is_cleaned_too() -> None:
    evil = Place("Quai\r\nX-EVIL:1", located_in="a\u2028b")
    place = events.where(evil, Place("B\x00", city="L\nX:1"))
    text = events.own_event(row(), place, events.wording("en"))
    assert "\nX" not in text
    assert "\u2028" not in text


@pytest.mark.parametrize("zone", ["Europe/Brussels", "Europe/Lisbon", "Europe/Tallinn", "Europe/Dublin"])
def test_instants_over_the_clock_changes(zone: str) -> None:
    """UTC in the feed: every hour of both nights is the venue's own, told apart."""
    for month, day in ((3, 28), (10, 24)):
        first = datetime(2026, month, day, 20, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        rows = [row(hour + 1, begins_at=first + timedelta(hours=hour)) for hour in range(12)]
        found = parsed(calendar(rows))
        assert [event["DTSTART"].dt for event in found] == [each["begins_at"] for each in rows]


def test_bytes_do_not_depend_on_the_process() -> None:
    program = (
        "import sys, tests.conftest; from tests.calendars import test_events as t;"
        "sys.stdout.buffer.write(b''.join(t.calendar(rows) for rows in t.CASES.values()))"
    )
    ours = b"".join(calendar(rows) for rows in CASES.values())
    for seed in ("1", "42"):
        theirs = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PATH": "", "TZ": "Asia/Tokyo", "LANG": "C"},
        )
        assert theirs.stdout == ours

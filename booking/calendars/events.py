"""One reservation as one VEVENT. Pure: the same reservation, place and language give the same bytes, for ever."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import settings
from booking import i18n
from booking.calendars.text import clean_line, escaped, folded, stamp
from booking.i18n import gettext as _
from booking.i18n import ngettext

GONE_STATES = ("cancelled", "declined", "expired")
# Of a reservation, what an event is made of.
COLUMNS = (
    "id",
    "resource_id",
    "begins_at",
    "ends_at",
    "people",
    "title",
    "note",
    "state",
    "uid",
    "sequence",
    "revised_at",
    "released_at",
)


@dataclass(frozen=True)
class Where:
    """What a calendar says of a resource's place, in one language.

    `line` is resource, floor and venue; `location` the finished LOCATION line, the same in hundreds of events.
    """

    resource: str
    address: str
    line: str
    location: str


def where(resource: Any, venue: Any) -> Where:
    """The place in the language spoken here, from the two models, or rows with their columns."""
    street, postal_code, city, country = (
        _read(venue, column) for column in ("street", "postal_code", "city", "country")
    )
    house, resource_name = named(venue), named(resource)
    parts = (house, street, f"{postal_code} {city}".strip(), i18n.country(country))
    address = clean_line(", ".join(part for part in parts if part))
    inside = (resource_name, clean_line(_read(resource, "located_in")), house)
    return Where(
        resource=resource_name,
        address=address,
        line=", ".join(part for part in inside if part),
        location=folded("LOCATION:" + escaped(address)),
    )


def _read(thing: Any, column: str) -> Any:
    return thing[column] if isinstance(thing, Mapping) else getattr(thing, column)


def named(thing: Any) -> str:
    """A row's or a model's name in the language spoken here. Rows read by SQL text bring JSON as text."""
    names = _read(thing, "names")
    names = json.loads(names) if isinstance(names, str) else names
    return clean_line(i18n.said_in(names, _read(thing, "name")))


@dataclass(frozen=True)
class Wording:
    """The sentences of events in one language. Part of a feed's ETag: a better translation reaches its readers."""

    language: str
    cancelled: str
    waiting: str
    busy: str
    your_booking: str


@functools.cache
def wording(language: str) -> Wording:
    with i18n.speaking(language):
        return Wording(
            language=language,
            cancelled=_("Cancelled: %(what)s"),
            waiting=_("Not confirmed yet: %(what)s"),
            busy=_("Busy: %(what)s"),
            your_booking=_("Your booking, to change or cancel it:"),
        )


@functools.cache
def people_line(people: int, language: str) -> str:
    """'12 people'; nothing for one."""
    with i18n.speaking(language):
        return ngettext("%(n)d person", "%(n)d people", people) % {"n": people} if people > 1 else ""


def reservation_url(reservation_id: UUID | str, *, guest: bool = False) -> str:
    """Its page. A guest's has a secret address, which a shared calendar must not tell: the way to it is by mail."""
    return f"{settings.BASE_URL}/guest" if guest else f"{settings.BASE_URL}/reservations/{reservation_id}"


def page_in(row: Mapping[str, Any]) -> str:
    """The address of the page of a row as `columns` makes it."""
    return reservation_url(row["id"], guest=bool(row.get("guest")))


def titled(state: str, what: str, said: Wording) -> str:
    """The event's title, which says by itself when it is not (or no longer) agreed."""
    if state in GONE_STATES:
        return said.cancelled % {"what": what}
    return said.waiting % {"what": what} if state == "held" else what


def described(row: Mapping[str, Any], place: Where, said: Wording) -> str:
    """The text of a member's own event: the place, how many people, the note, the link. No door code, no price."""
    text = place.line
    if row["people"] > 1:
        text += "\n" + people_line(row["people"], said.language)
    if row["note"]:
        text += "\n" + row["note"]
    return f"{text}\n\n{said.your_booking}\n{page_in(row)}"


def own_event(row: Mapping[str, Any], place: Where, said: Wording) -> str:
    """A member's own reservation as VEVENT text. `row` has the columns COLUMNS."""
    summary = titled(row["state"], (row["title"] and clean_line(row["title"])) or place.resource, said)
    return (
        _head(row, summary)
        + place.location
        + folded("DESCRIPTION:" + escaped(described(row, place, said)))
        + folded("URL:" + page_in(row))
        + _TAILS[row["state"]]
    )


def busy_event(row: Mapping[str, Any], place: Where, said: Wording) -> str:
    """A reservation at a venue, without whose it is, what for, and with how many."""
    what = said.busy % {"what": place.resource}
    if row.get("released_at"):  # what was given back is not busy
        row = {**row, "ends_at": row["released_at"]}
    summary = said.cancelled % {"what": what} if row["state"] in GONE_STATES else what
    return _head(row, summary) + place.location + _TAILS[row["state"]]


def _head(row: Mapping[str, Any], summary: str) -> str:
    revised = stamp(row["revised_at"])
    return (
        f"BEGIN:VEVENT\r\n{folded('UID:' + escaped(row['uid']))}DTSTAMP:{revised}\r\n"
        f"DTSTART:{stamp(row['begins_at'])}\r\nDTEND:{stamp(row['ends_at'])}\r\n"
        f"LAST-MODIFIED:{revised}\r\nSEQUENCE:{row['sequence']}\r\n{folded('SUMMARY:' + escaped(summary))}"
    )


_TAILS = {
    state: f"STATUS:{status}\r\nTRANSP:{transp}\r\nEND:VEVENT\r\n"
    for state, status, transp in (
        ("confirmed", "CONFIRMED", "OPAQUE"),
        ("held", "TENTATIVE", "OPAQUE"),
        *((gone, "CANCELLED", "TRANSPARENT") for gone in GONE_STATES),
    )
}


def calendar_text(events: str, *, name: str, description: str) -> bytes:
    """A whole VCALENDAR without METHOD, asking clients to come back every hour."""
    return "".join(
        (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Share the desk//Calendar 1//EN\r\nCALSCALE:GREGORIAN\r\n",
            folded("NAME:" + escaped(name)),
            folded("X-WR-CALNAME:" + escaped(name)),
            folded("DESCRIPTION:" + escaped(description)) if description else "",
            folded("X-WR-CALDESC:" + escaped(description)) if description else "",
            "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n",
            events,
            "END:VCALENDAR\r\n",
        )
    ).encode()


def columns(reservation: Any) -> dict[str, Any]:
    """A Reservation as the row that the functions here read. `member` should be fetched, where it may be a guest's."""
    guest = getattr(reservation.member, "guest", False) is True
    return {name: getattr(reservation, name) for name in COLUMNS} | {"guest": guest}


def event_bytes(reservation: Any, *, language: str, private: bool = True) -> bytes:
    """One VEVENT of a Reservation whose `resource` and `venue` are fetched; `private=False` hides all but the time."""
    with i18n.speaking(language):
        place = where(reservation.resource, reservation.venue)
        event = own_event if private else busy_event
        return event(columns(reservation), place, wording(language)).encode()


def download(reservation: Any, *, language: str) -> bytes:
    """A file with one reservation, to import into a calendar once. `resource` and `venue` must be fetched."""
    text = event_bytes(reservation, language=language).decode()
    return calendar_text(text, name=settings.NETWORK_NAME, description="")

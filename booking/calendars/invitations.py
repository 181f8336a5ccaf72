"""A reservation as an invitation by mail (iMIP): the member's calendar takes it in, moves it, and lets it go.

Same `uid` as in the feeds, so clients that know both see one event. Built with the icalendar library: there is one
per mail, and its writer knows the parameters' rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any

import settings
from booking import i18n
from booking.calendars import events
from booking.calendars.text import clean, clean_line

METHODS = ("REQUEST", "CANCEL")


@dataclass(frozen=True)
class Attendee:
    """Whose calendar it is for."""

    email: str
    name: str
    language: str


def invitation(reservation: Any, method: str, *, attendee: Attendee, sequence: int | None = None) -> bytes:
    """A VCALENDAR with METHOD REQUEST or CANCEL. `reservation` has `resource` and `venue` fetched.

    `sequence` replaces the reservation's own where the mail tells of an earlier state. Raises ValueError for another
    method.
    """
    if method not in METHODS:
        raise ValueError(f"not a method of ours: {method}")
    from icalendar import vCalAddress, vText

    event = _event(reservation, attendee.language, cancelled=method == "CANCEL", sequence=sequence)
    invited = vCalAddress(f"mailto:{attendee.email}")
    invited.params["CN"] = vText(clean_line(attendee.name) or attendee.email)
    invited.params["ROLE"] = vText("REQ-PARTICIPANT")
    # Whoever booked comes: nobody needs to be asked again.
    invited.params["PARTSTAT"] = vText("ACCEPTED")
    invited.params["RSVP"] = vText("FALSE")
    event.add("attendee", invited, encode=False)
    return _calendar([event], method)


def published(reservations: Sequence[Any], *, language: str) -> bytes:
    """A VCALENDAR with METHOD PUBLISH: several reservations, each with its own `uid` and as it stands now.

    One REQUEST or CANCEL may hold one UID only (RFC 5546, 3.2.2 and 3.2.5); PUBLISH holds as many as there are, has an
    organizer and no attendee (3.2.1), and its STATUS tells what is cancelled. `resource` and `venue` are fetched.
    """
    return _calendar(
        [_event(each, language, cancelled=each.state != "confirmed") for each in reservations], "PUBLISH"
    )


def _event(reservation: Any, language: str, *, cancelled: bool, sequence: int | None = None) -> Any:
    """One VEVENT, in the language of who reads it."""
    # Costs 0.1 s at import, and most processes never write an invitation.
    from icalendar import Event, vCalAddress, vText

    with i18n.speaking(language):
        place = events.where(reservation.resource, reservation.venue)
        said = events.wording(language)
        row = events.columns(reservation)
        title = clean_line(reservation.title) or place.resource
        description = clean(events.described(row, place, said))
    event = Event()
    event.add("uid", reservation.uid)
    event.add("sequence", reservation.sequence if sequence is None else sequence)
    # The library writes an instant with tzinfo UTC as ...Z; microseconds are left out by itself.
    for name, at in (
        ("dtstamp", reservation.revised_at),
        ("last-modified", reservation.revised_at),
        ("dtstart", reservation.begins_at),
        ("dtend", reservation.ends_at),
    ):
        event.add(name, at.replace(microsecond=0))
    event.add("summary", said.cancelled % {"what": title} if cancelled else title)
    event.add("location", place.address)
    event.add("description", description)
    event.add("url", events.page_in(row))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    sender_name, sender_email = parseaddr(settings.MAIL_FROM)
    organizer = vCalAddress(f"mailto:{sender_email}")
    organizer.params["CN"] = vText(clean_line(sender_name) or sender_email)
    event["organizer"] = organizer
    return event


def _calendar(listed: Sequence[Any], method: str) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Share the desk//Calendar 1//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for event in listed:
        calendar.add_component(event)
    return bytes(calendar.to_ical())

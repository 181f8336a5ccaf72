"""A reservation as an invitation by mail (iMIP): the member's calendar takes it in, moves it, and lets it go.

Same `uid` as in the feeds, so clients that know both see one event. Built with the icalendar library: there is one
per mail, and its writer knows the parameters' rules.
"""

from __future__ import annotations

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
    # Costs 0.1 s at import, and most processes never write an invitation.
    from icalendar import Calendar, Event, vCalAddress, vText

    with i18n.speaking(attendee.language):
        place = events.where(reservation.resource, reservation.venue)
        said = events.wording(attendee.language)
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
    event.add("summary", said.cancelled % {"what": title} if method == "CANCEL" else title)
    event.add("location", place.address)
    event.add("description", description)
    event.add("url", events.page_in(row))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if method == "CANCEL" else "OPAQUE")
    sender_name, sender_email = parseaddr(settings.MAIL_FROM)
    organizer = vCalAddress(f"mailto:{sender_email}")
    organizer.params["CN"] = vText(clean_line(sender_name) or sender_email)
    event["organizer"] = organizer
    invited = vCalAddress(f"mailto:{attendee.email}")
    invited.params["CN"] = vText(clean_line(attendee.name) or attendee.email)
    invited.params["ROLE"] = vText("REQ-PARTICIPANT")
    # Whoever booked comes: nobody needs to be asked again.
    invited.params["PARTSTAT"] = vText("ACCEPTED")
    invited.params["RSVP"] = vText("FALSE")
    event.add("attendee", invited, encode=False)
    calendar = Calendar()
    calendar.add("prodid", "-//Share the desk//Calendar 1//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())

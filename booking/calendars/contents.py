"""What is in a feed: its fingerprint by one cheap query, and its bytes.

The bytes are a pure function of the rows in the window, the names of their places, the language and the wording.
The fingerprint covers all of these, so it changes exactly when the bytes may. Of the rows it takes the number, the
newest `revised_at` and the sum of all of them: the sum notices a change that was committed after a later one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import settings
from booking import db, i18n
from booking.calendars import events
from booking.calendars.window import EVENTS_MAX, Window
from booking.i18n import gettext as _

# Raise it when the same rows are to give other bytes.
FORMAT = 1
_LIVE = "state IN ('held', 'confirmed')"
_PLACE = (
    "s.name AS s_name, s.names AS s_names, s.located_in, v.name AS v_name, v.names AS v_names, v.street, "
    "v.postal_code, v.city, v.country"
)
# `revised_at` as whole seconds and as microseconds within the second; SQLite keeps instants as text.
_REVISED = {
    "postgres": (
        "floor(extract(epoch FROM revised_at))::bigint",
        "mod(extract(microseconds FROM revised_at)::bigint, 1000000)",
    ),
    "sqlite": ("CAST(strftime('%s', revised_at) AS INTEGER)", "CAST(substr(revised_at, 21, 6) AS INTEGER)"),
}
_SUMS = ("seconds", "micros")
_EVENT = ", ".join(events.COLUMNS)


@dataclass(frozen=True)
class Source:
    """Whose reservations a feed shows. `name` is the venue's in the feed's language, empty for a member's own."""

    kind: str
    owner_id: int
    venue_id: int | None
    language: str
    name: str = ""

    @property
    def scope(self) -> tuple[str, int]:
        """The column to filter by, and its value."""
        if self.kind == "venue" and self.venue_id is not None:
            return "venue_id", self.venue_id
        return "member_id", self.owner_id


@dataclass(frozen=True)
class Fingerprint:
    """What decides a feed's bytes, and what building them needs again: how many events, and the rows of their places,
    which are put into words only then."""

    etag: str
    count: int
    place_rows: list[dict[str, Any]]


async def fingerprint(source: Source, window: Window) -> Fingerprint:
    """One query, one row per resource with something in the window."""
    column, value = source.scope
    seconds, micros = _REVISED[db.dialect()]
    found = await db.rows(
        f"SELECT x.*, {_PLACE} FROM (SELECT resource_id, count(*) AS many, max(revised_at) AS newest, "
        f"sum({seconds}) AS seconds, sum({micros}) AS micros FROM reservation "
        f"WHERE {column} = ? AND ends_at > ? AND begins_at < ? AND ({_LIVE} OR revised_at >= ?) "
        "GROUP BY resource_id) x JOIN resource s ON s.id = x.resource_id JOIN venue v ON v.id = s.venue_id "
        "ORDER BY x.resource_id",
        value,
        window.begins_at,
        window.ends_at,
        window.gone_from,
    )
    said = (
        FORMAT,
        source,
        window,
        settings.BASE_URL,
        settings.NETWORK_NAME,
        name_of(source),
        events.wording(source.language),
        [
            (int(row["seconds"]), int(row["micros"]), *(str(row[name]) for name in row if name not in _SUMS))
            for row in found
        ],
    )
    digest = hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()
    return Fingerprint(etag=digest[:40], count=sum(row["many"] for row in found), place_rows=found)


def _where(row: dict[str, Any]) -> events.Where:
    return events.where(
        {"name": row["s_name"], "names": row["s_names"], "located_in": row["located_in"]},
        {
            "name": row["v_name"],
            "names": row["v_names"],
            **{key: row[key] for key in ("street", "postal_code", "city", "country")},
        },
    )


def name_of(source: Source) -> str:
    """What clients call the calendar."""
    with i18n.speaking(source.language):
        if source.kind == "venue":
            return _("%(venue)s: when it is busy") % {"venue": source.name}
        return _("%(network)s: my bookings") % {"network": settings.NETWORK_NAME}


async def build(source: Source, window: Window, seen: Fingerprint) -> bytes:
    """The feed's bytes. Of more than 2 000 events, one unbroken stretch of time is kept, and the feed says which.

    Everything from this month on comes first, as far as it fits, then what is left goes to the nearest past.
    """
    if seen.count <= EVENTS_MAX:
        rows = await _events(source, window)
    else:
        rows = await _events(source, window, "begins_at >= ?", most=EVENTS_MAX)
        if len(rows) < EVENTS_MAX:
            earlier = await _events(source, window, "begins_at < ?", most=EVENTS_MAX - len(rows))
            rows = earlier[::-1] + rows
    with i18n.speaking(source.language):
        said = events.wording(source.language)
        places = {row["resource_id"]: _where(row) for row in seen.place_rows}
        event = events.busy_event if source.kind == "venue" else events.own_event
        # A resource that came into the feed since the fingerprint was taken changes the next fingerprint.
        text = "".join(
            [event(row, places[row["resource_id"]], said) for row in rows if row["resource_id"] in places]
        )
        return events.calendar_text(
            text, name=name_of(source), description=_described(source, window, seen, rows)
        )


async def _events(
    source: Source, window: Window, part: str = "", *, most: int | None = None
) -> list[dict[str, Any]]:
    """The reservations in the window, by their beginning; the nearest to the month first where only a part is asked."""
    column, value = source.scope
    values: list[Any] = [value, window.begins_at, window.ends_at, window.gone_from]
    if part:
        values.append(window.month_at)
    direction = "DESC" if "<" in part else "ASC"
    return await db.rows(
        f"SELECT {_EVENT} FROM reservation WHERE {column} = ? AND ends_at > ? AND begins_at < ? "
        f"AND ({_LIVE} OR revised_at >= ?){' AND ' + part if part else ''} "
        f"ORDER BY begins_at {direction}, id {direction}{f' LIMIT {most}' if most else ''}",
        *values,
    )


def _described(source: Source, window: Window, seen: Fingerprint, rows: list[dict[str, Any]]) -> str:
    """The feed's own words about what it shows, in the language spoken here."""
    text = _("Shows %(first)s to %(last)s. Cancelled bookings stay for 30 days.") % {
        "first": i18n.day(window.first_day, style="medium"),
        "last": i18n.day(window.last_day, style="medium"),
    }
    if len(rows) >= seen.count:
        return text
    kept: list[datetime] = [db.instant(rows[place]["begins_at"]) for place in (0, -1)]
    return (
        text
        + " "
        + _("Too many for one calendar: of %(count)d only the %(most)d from %(first)s to %(last)s.")
        % {
            "count": seen.count,
            "most": len(rows),
            "first": i18n.day(kept[0].date(), style="medium"),
            "last": i18n.day(kept[1].date(), style="medium"),
        }
    )

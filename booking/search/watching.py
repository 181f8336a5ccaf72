"""What changes on the map, seen within seconds, for those who look at it just now.

The states of all venues are computed once a minute by a job. In between, every change writes an event with its venue:
whoever watches asks for new events every few seconds, and computes only the venues that they touch. Two processes that
watch do the same work twice and write the same values. No connection is held between two looks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from booking import db, places
from booking.search.states import AT_ONCE, compute, keep, states_of

# PostgreSQL numbers events before they commit: a late one has a lower number than what was seen already.
LATE = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """The state of one venue as the map shows it."""

    state: str
    free_at: datetime | None
    free_now: int


@dataclass(slots=True)
class Watch:
    """Eyes on all venues. `states` is what was seen last, by venue id; empty before the first look."""

    states: dict[int, Seen] = field(default_factory=dict)
    last_event: int = 0
    known_events: set[int] = field(default_factory=set)
    computed_at: Any = None

    async def look(self, at: datetime) -> set[int]:
        """Which venues look different now than at the last look; all of them at the first."""
        touched = await self._touched()
        if touched:
            venues = await db.models(
                places.Venue, f"WHERE {db.among('id')}", db.many(sorted(touched)[:AT_ONCE])
            )
            rows = await states_of(touched)
            for venue_id, now in (await compute(venues, at)).items():
                await keep(rows.get(venue_id), venue_id, now, at)
        newest = (await db.rows("SELECT MAX(computed_at) AS newest FROM venue_state"))[0]["newest"]
        if newest == self.computed_at and not touched:
            return set()
        self.computed_at = newest
        now_seen = {
            row["venue_id"]: Seen(row["state"], db.instant(row["free_at"]), row["free_now"])
            for row in await db.rows("SELECT venue_id, state, free_at, free_now FROM venue_state")
        }
        before, self.states = self.states, now_seen
        return {venue_id for venue_id, seen in now_seen.items() if before.get(venue_id) != seen}

    async def _touched(self) -> set[int]:
        """The venues of the events that were not known at the last look."""
        if (
            not self.last_event
        ):  # the first look: what has happened is in the states, but for less than a minute
            newest = await db.rows("SELECT COALESCE(MAX(id), 0) AS id FROM event")
            self.last_event = max(newest[0]["id"], 1)
        rows = await db.rows(
            "SELECT id, venue_id FROM event WHERE id > ? ORDER BY id", max(self.last_event - LATE, 0)
        )
        fresh = [row for row in rows if row["id"] not in self.known_events]
        first, self.known_events = not self.known_events, {row["id"] for row in rows}
        if rows:
            self.last_event = max(self.last_event, rows[-1]["id"])
        # Of what was there at the first look only the newest may not be in the states yet; one look more costs little.
        return {row["venue_id"] for row in (fresh[-20:] if first else fresh) if row["venue_id"] is not None}

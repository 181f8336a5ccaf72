"""What each venue offers at this moment, kept in a table so that the home page asks one question.

free: something can be booked that begins within the next SOON. later: today, from `free_at`. full: open still today,
and all taken. closed: shut for the rest of the day until `free_at`, or for good. none: nothing to book there, one can
only ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from booking import db, places, reservations
from booking.search.models import VenueState
from booking.search.runs import beginning_in, beyond
from booking.timespan import TimeSpan, common, day_span, local_day

SOON = timedelta(minutes=60)  # the coarsest raster: "free now" is the next full hour at the latest
AHEAD = timedelta(days=14)  # so far it is looked when a closed house opens again
ASKED_AGAIN_MINUTES = (
    15  # how long an opening that is kept is believed, where nothing is known to have happened
)
AT_ONCE = 200  # venues whose resources are read together
PLACES_NOT_MAPPED = ("equipment",)  # a free projector does not make a free place to work


@dataclass(frozen=True, slots=True)
class State:
    """The state of a venue; `free_now` of its `resources` can be booked right now. `free_at` is when something is free
    again ('later') or the house opens again ('closed'; None where it does not within AHEAD)."""

    state: str
    free_at: datetime | None = None
    free_now: int = 0
    resources: int = 0


async def refresh(at: datetime) -> int:
    """Compute the states of all venues and keep them. Returns how many have changed.

    Rows are written only where something has changed, or the page would wait for a write each minute. Another
    process doing the same at the same time writes the same.
    """
    venues = await db.models(places.Venue, "ORDER BY id")
    kept = await states()
    changed = 0
    for first in range(0, len(venues), AT_ONCE):
        found = await compute(venues[first : first + AT_ONCE], at, kept)
        for venue_id, now in found.items():
            changed += await keep(kept.get(venue_id), venue_id, now, at)
    await VenueState.all().update(computed_at=at)
    return changed


async def compute(
    venues: Sequence[Any], at: datetime, kept: Mapping[int, VenueState] | None = None
) -> dict[int, State]:
    """The states of these venues, by id, in a fixed number of queries.

    Where a `kept` state knows when a closed house opens, it is believed, and asked again only now and then: at night
    all houses are closed, and looking two weeks ahead for each of them every minute would be most of the work.
    """
    by_venue: dict[int, list[Any]] = {}
    for resource in await places.published([venue.id for venue in venues]):
        by_venue.setdefault(resource.venue_id, []).append(resource)
    plans: dict[int, Any] = {}
    everything = [resource for listed in by_venue.values() for resource in listed]
    if everything:
        days = [day_span(local_day(at, zone), zone) for zone in {venue.zone for venue in venues}]
        window = TimeSpan(min(day.begins_at for day in days), max(day.ends_at for day in days))
        plans = await reservations.plans(everything, beyond(window))
    found = {}
    for venue in venues:
        listed = by_venue.get(venue.id, [])
        if venue.status == "closed":
            found[venue.id] = State("closed" if venue.kind == "shared_space" else "none")
        elif not listed:
            found[venue.id] = State("none")
        else:
            found[venue.id] = state_from(venue, [plans[resource.id] for resource in listed], at)
    asleep = [venue for venue in venues if found[venue.id].state == "closed" and venue.status != "closed"]
    opening = {venue.id: opens_at for venue in asleep if (opens_at := _believed(venue, kept or {}, at))}
    opening |= await _openings([venue for venue in asleep if venue.id not in opening], by_venue, at)
    for venue in asleep:
        found[venue.id] = replace(found[venue.id], free_at=opening.get(venue.id))
    return found


def _believed(venue: Any, kept: Mapping[int, VenueState], at: datetime) -> datetime | None:
    row = kept.get(venue.id)
    if row is None or row.state != "closed" or row.free_at is None or row.free_at <= at:
        return None
    # A different minute for each venue, so that the work is spread.
    is_its_turn = (int(at.timestamp()) // 60 + venue.id) % ASKED_AGAIN_MINUTES == 0
    return None if is_its_turn else row.free_at


async def _openings(
    venues: Sequence[Any], by_venue: Mapping[int, Sequence[Any]], at: datetime
) -> dict[int, datetime]:
    """When each of these closed houses opens next, by venue: the first of its spaces that can be booked."""
    rooms = [resource for venue in venues for resource in _mapped(by_venue[venue.id])]
    if not rooms:
        return {}
    plans = await reservations.plans(rooms, TimeSpan(at, at + AHEAD))
    found: dict[int, datetime] = {}
    for resource in rooms:
        for span in plans[resource.id].bookable[:1]:
            found[resource.venue_id] = min(found.get(resource.venue_id, span.begins_at), span.begins_at)
    return found


def _mapped(resources: Sequence[Any]) -> Sequence[Any]:
    """The spaces among the resources; where there are none, all of them."""
    return [one for one in resources if one.group not in PLACES_NOT_MAPPED] or resources


def state_from(venue: Any, plans: Iterable[Any], at: datetime) -> State:
    """The state of one venue from the plans of its resources."""
    today = TimeSpan(at, day_span(local_day(at, venue.zone), venue.zone).ends_at)
    every = list(plans)
    rooms = [plan for plan in every if plan.resource.group not in PLACES_NOT_MAPPED] or every
    starts = []
    is_open = False
    for plan in rooms:
        is_open = is_open or bool(common(plan.bookable, [today]))
        if runs := beginning_in(plan, at, today):
            starts.append(runs[0].begins_at)
    free_now = sum(start < at + SOON for start in starts)
    if free_now:
        return State("free", None, free_now, len(rooms))
    if starts:
        return State("later", min(starts), 0, len(rooms))
    return State("full" if is_open else "closed", None, 0, len(rooms))


async def state(venue: Any, at: datetime) -> State:
    """The state of one venue, computed now."""
    return (await compute([venue], at))[venue.id]


async def states(venue_id: int | None = None) -> dict[int, VenueState]:
    """The kept states, by venue id; or that of one venue alone. One query."""
    if venue_id is None:
        return {row.venue_id: row for row in await db.models(VenueState, "")}
    return {row.venue_id: row for row in await db.models(VenueState, "WHERE venue_id = ?", venue_id)}


async def states_of(venue_ids: Iterable[int]) -> dict[int, VenueState]:
    """The kept states of these venues. One query."""
    found = await db.models(VenueState, f"WHERE {db.among('venue_id')}", db.many(venue_ids))
    return {row.venue_id: row for row in found}


@dataclass(frozen=True, slots=True)
class Seen:
    """All that the map of all venues shows, as one text that changes when any of it does, and when its states were
    computed."""

    fingerprint: str
    computed_at: datetime | None


async def seen_on_map() -> Seen:
    """What the map would show now, in one row, so that nobody draws it again while it is the same."""
    told = " || '|' || ".join(
        ("v.id", "v.key", "v.name", "CAST(v.names AS TEXT)", "v.city", "v.country", "v.lat", "v.lon", "v.kind",
         "v.status", "COALESCE(s.state, '')", "COALESCE(CAST(s.free_at AS TEXT), '')",
         "COALESCE(s.free_now, 0)")
    )  # fmt: skip
    joined = "string_agg" if db.dialect() == "postgres" else "group_concat"
    found = await db.rows(
        f"SELECT {joined}(told, '\n') AS told, MAX(computed_at) AS computed_at FROM (SELECT {told} AS told, "
        "s.computed_at FROM venue v LEFT JOIN venue_state s ON s.venue_id = v.id ORDER BY v.id) one"
    )
    return Seen(found[0]["told"] or "", db.instant(found[0]["computed_at"]))


async def keep(row: VenueState | None, venue_id: int, now: State, at: datetime) -> int:
    """Write a state down where it differs from the row. Returns how many rows changed."""
    values = {
        "state": now.state,
        "free_at": now.free_at,
        "free_now": now.free_now,
        "resources": now.resources,
    }
    if row is None:
        # Two processes may come here at once for a new venue: the second finds the row.
        await db.rows(
            "INSERT INTO venue_state (venue_id, state, free_at, free_now, resources, computed_at) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (venue_id) DO NOTHING RETURNING id",
            venue_id,
            *values.values(),
            at,
        )
        return 1
    if all(getattr(row, name) == value for name, value in values.items()):
        return 0
    return await VenueState.filter(venue_id=venue_id).update(**values, computed_at=at)

"""What neighbours of the demonstration would like to book: the same wishes for the same week on every machine."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from booking.timespan import TimeSpan

SEED = "share-the-desk"
# How full each kind of resource is, as a share of its opening hours.
FULLNESS = {"meeting_room": 0.3, "training_room": 0.25, "rehearsal_room": 0.3, "studio": 0.3}
# What a host must agree to, or show first, neighbours have booked in the past only.
AGREED = {"workshop": 0.25, "hall": 0.15, "exhibition": 0.2, "machine": 0.2, "kitchen": 0.2}
FULLER = {"bazaar-st-so": 0.8}  # the meeting rooms of Bazaar St-So were 80 % booked in April 2021
DESK_BOOKINGS_A_DAY = 1
MORE_DESKS = {"bazaar-st-so": 4, "lavallee-brussels": 2}  # where many come every day
TITLES = (
    "Team meeting",
    "Client visit",
    "Workshop",
    "Interviews",
    "Planning",
    "Photo shoot",
    "Course",
    "Rehearsal",
)


def wishes(resource: Any, plan: Any, chance: random.Random) -> list[tuple[TimeSpan, int]]:
    """Spans that neighbours would like, one after the other through each opening of the plan, with how many units."""
    found: list[tuple[TimeSpan, int]] = []
    step = timedelta(minutes=max(resource.raster_minutes, 30))
    needs_yes = resource.approval or resource.skill_id is not None
    share = (AGREED if needs_yes else FULLNESS).get(resource.kind, 0.0)
    if resource.kind == "meeting_room":
        share = FULLER.get(resource.venue.key, share)
    for free in plan.free():
        if resource.kind == "desk":
            most = DESK_BOOKINGS_A_DAY * MORE_DESKS.get(resource.venue.key, 1)
            for _ in range(chance.randint(most // 2, most)):
                begins_at = free.begins_at + step * chance.randint(0, 3)
                ends_at = min(begins_at + timedelta(hours=chance.choice((3, 4, 8))), free.ends_at)
                found.append((TimeSpan(begins_at, ends_at), 1))
            continue
        begins_at = free.begins_at
        while share and begins_at < free.ends_at:
            minutes = max(chance.choice((60, 120, 120, 180, 240, 300)), resource.shortest_minutes)
            ends_at = begins_at + timedelta(minutes=minutes)
            if ends_at > free.ends_at or minutes > resource.longest_minutes:
                break
            if chance.random() < share:
                found.append((TimeSpan(begins_at, ends_at), 1))
            begins_at = ends_at + _rounded_up(timedelta(minutes=resource.buffer_after_minutes), step)
    return found


def party(resource: Any, quantity: int, chance: random.Random) -> int:
    """How many people come."""
    return chance.randint(1, max(1, min(resource.capacity_people or 1, 8))) if quantity == 1 else quantity


def title(chance: random.Random) -> str:
    return chance.choice(TITLES) if chance.random() < 0.7 else ""


def _rounded_up(length: timedelta, step: timedelta) -> timedelta:
    return -(-length // step) * step

"""Floor plans for the demonstration. They are invented, and say so on the page: nobody has measured these houses.

Two rows of rooms along a corridor, a room for each resource, as wide as it is large; things to borrow lie in a store at
the end. The same house always gets the same plan.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from booking import places
from booking.places import FloorPlan, Placement, Resource, Venue, plan_shapes

FLOORS = (("Ground floor", ("rooms", "workshops", "equipment")), ("First floor", ("desks",)))
CORRIDOR, STORE, INSET = 220, 320, 40
ENOUGH_FOR_TWO = 8  # with fewer spaces a house has one floor


async def draw(namespace: UUID, at: datetime) -> int:
    """The sketches that are missing. Returns how many were made."""
    made = 0
    houses = await Venue.filter(kind="shared_space").exclude(status="closed").order_by("id")
    for venue in houses:
        resources = await places.published([venue.id])
        if len(resources) < 3 or await FloorPlan.exists(venue_id=venue.id):
            continue
        made += await _draw(venue, resources, namespace, at)
    return made


async def _draw(venue: Venue, resources: Sequence[Resource], namespace: UUID, at: datetime) -> int:
    units = {
        id: frozenset(ids) for id, ids in (await places.units_of([each.id for each in resources])).items()
    }
    parts = [
        each
        for each in resources
        # A whole that is booked in parts too is where its parts are.
        if not any(units.get(other.id, frozenset()) < units.get(each.id, frozenset()) for other in resources)
    ]
    floors: Sequence[tuple[str, tuple[str, ...]]] = FLOORS
    if len(parts) < ENOUGH_FOR_TWO or not any(each.group == "desks" for each in parts):
        floors = (("Ground floor", tuple(places.KINDS_BY_GROUP)),)
    made = 0
    for name, groups in floors:
        here = [each for each in parts if each.group in groups]
        if not here:
            continue
        drawing = lay_out(
            [(each.id, _weight(each, len(units.get(each.id, ()))), each.group) for each in here]
        )
        checked = plan_shapes.Drawing.model_validate(drawing)
        plan = await FloorPlan.create(
            id=uuid5(namespace, f"plan:{venue.key}:{name}"),
            venue_id=venue.id,
            name=name,
            position=made,
            width_cm=checked.width_cm,
            height_cm=checked.height_cm,
            shapes=plan_shapes.plain_shapes(checked.shapes),
            sketch=True,
            created_at=at,
        )
        await Placement.bulk_create(
            [Placement(plan_id=plan.id, **each.model_dump()) for each in checked.placements]
        )
        made += 1
    return made


def _weight(resource: Resource, units: int) -> float:
    people = (resource.capacity_people or 2) * (units if resource.takes == "any" else 1)
    return 2 + math.sqrt(people)


def lay_out(things: Sequence[tuple[int, float, str]]) -> dict[str, Any]:
    """A drawing of these (id, weight, group): rooms on both sides of a corridor, and a store for what is lent."""
    lent = [id for id, _weight, group in things if group == "equipment"]
    rooms = sorted(
        ((id, weight) for id, weight, group in things if group != "equipment"),
        key=lambda one: (-one[1], one[0]),
    )
    rows: tuple[list[tuple[int, float]], list[tuple[int, float]]] = ([], [])
    for one in rooms:
        min(rows, key=lambda row: sum(weight for _id, weight in row)).append(one)
    longest = max((sum(weight for _id, weight in row) for row in rows), default=0)
    inner = min(max(round(longest * 120 / 50) * 50, 1200), 3600)
    width = inner + (STORE if lent else 0)
    # Twice as wide as deep looks like a house.
    depth = min(max(round(width * 0.52 / 50) * 50, 1200), 2000)
    deep = (depth - CORRIDOR) // 2
    shapes: list[dict[str, Any]] = [_box("room", 0, 0, width, depth)]
    placements: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        top = 0 if number == 0 else deep + CORRIDOR
        total, left = sum(weight for _id, weight in row), 0
        for place, (id, weight) in enumerate(row):
            right = inner if place == len(row) - 1 else left + round(inner * weight / total / 10) * 10
            shapes.append(_box("room", left, top, right - left, deep))
            window = (right - left) // 3
            edge = 0 if number == 0 else depth
            shapes.append(_box("window", left + window, edge, window, 0))
            door = {"x": left + 60, "y": top + deep - 90} if number == 0 else {"x": left + 60, "y": top}
            shapes.append(_box("door", **door, w=90, h=90, turn=0 if number == 0 else 180))
            placements.append(
                {
                    "resource_id": id,
                    "x": left + INSET,
                    "y": top + INSET + (100 if number else 0),
                    "w": right - left - 2 * INSET,
                    "h": deep - 2 * INSET - 100,
                    "turn": 0,
                }
            )
            left = right
    shapes.append(_box("stairs", inner - 300, deep + 20, 280, CORRIDOR - 40))
    if lent:
        shapes.append(_box("wall", inner, 0, 0, depth))
        each = min(170, (depth - 60) // len(lent) - 20)
        placements += [
            {
                "resource_id": id,
                "x": inner + 40,
                "y": 40 + number * (each + 20),
                "w": STORE - 80,
                "h": each,
                "turn": 0,
            }
            for number, id in enumerate(lent)
        ]
    return {"width_cm": width, "height_cm": depth, "shapes": shapes, "placements": placements}


def _box(kind: str, x: int, y: int, w: int, h: int, turn: int = 0) -> dict[str, Any]:
    return {"kind": kind, "x": x, "y": y, "w": w, "h": h, "turn": turn, "text": ""}

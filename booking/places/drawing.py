"""A drawn plan of a venue where there is no photo: one room per resource, seen from above. Pure, and not to scale.

A plan is a sheet of WIDTH x HEIGHT units. Larger resources get larger rooms, those of one group lie together, and
the same resources always give the same plan. Rooms are rectangles with one big rounded corner and a door.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WIDTH, HEIGHT = 640, 360
WALL = 8  # between rooms, and around them
DOOR = 22
CORNER = 26
LETTER, LINE = 8.2, 18  # a label's size, estimated: the server has no font to measure
MOST_ROOMS = 24  # more would be too small to tell apart; the list beside the plan is complete
GROUPS = ("rooms", "workshops", "desks", "equipment")
BASE_WEIGHT = {"rooms": 2.0, "workshops": 2.0, "desks": 1.6, "equipment": 0.5}


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource as the plan needs it. `places` is how many people it holds in all, 0 where that is unknown; `units`
    are the ids of what it takes."""

    id: int
    name: str
    group: str
    places: int = 0
    url: str = ""
    units: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Room:
    """One room: its outline and door as SVG path data, its label as one or two lines from (label_x, label_y) down,
    and its furniture as points at which one piece each stands."""

    id: int
    name: str
    group: str
    url: str
    outline: str
    door: str
    label_x: float
    label_y: float
    lines: tuple[str, ...]
    pieces: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The sheet. `rooms` are in the order in which they lie."""

    view_box: str
    rooms: tuple[Room, ...]


Rect = tuple[float, float, float, float]  # x, y, width, height


def draw(things: Sequence[Thing]) -> Plan:
    """The plan of these resources. Without any it is an empty sheet.

    What is lent out stands in some cupboard: it is drawn only where there is nothing else. A whole that can also be
    booked in parts is drawn as its parts.
    """
    return _drawn(tuple(things))


@lru_cache(maxsize=128)
def _drawn(things: tuple[Thing, ...]) -> Plan:
    """Houses change seldom, and their pages are asked for often."""
    rooms_only = [thing for thing in things if thing.group != "equipment"] or list(things)
    parts = [
        thing
        for thing in rooms_only
        if not any(other.units and other.units < thing.units for other in rooms_only)
    ]
    order = sorted(parts, key=lambda thing: (_group(thing), -_weight(thing), thing.id))[:MOST_ROOMS]
    rooms = []
    if order:
        inner = (WALL / 2, WALL / 2, WIDTH - WALL, HEIGHT - WALL)
        for thing, rect in zip(order, _share(inner, [_weight(thing) for thing in order]), strict=True):
            rooms.append(_room(thing, rect))
    return Plan(f"0 0 {WIDTH} {HEIGHT}", tuple(rooms))


def _group(thing: Thing) -> int:
    return GROUPS.index(thing.group) if thing.group in GROUPS else len(GROUPS)


def _weight(thing: Thing) -> float:
    """Roots, so that a hall for 400 does not squeeze a room for four out of sight."""
    return BASE_WEIGHT.get(thing.group, 1.0) + math.sqrt(thing.places) / 2


def _share(rect: Rect, weights: Sequence[float]) -> list[Rect]:
    """Cut the rectangle into parts of these weights: always across the longer side, into two halves as even as the
    order allows. Neighbours in the list stay neighbours on the sheet."""
    if len(weights) == 1:
        return [rect]
    total, running, cut, best = sum(weights), 0.0, 1, math.inf
    for place in range(1, len(weights)):
        running += weights[place - 1]
        if abs(total - 2 * running) < best:
            best, cut = abs(total - 2 * running), place
    part = sum(weights[:cut]) / total
    x, y, width, height = rect
    if width >= height * 1.15:
        first, second = (x, y, width * part, height), (x + width * part, y, width * (1 - part), height)
    else:
        first, second = (x, y, width, height * part), (x, y + height * part, width, height * (1 - part))
    return _share(first, weights[:cut]) + _share(second, weights[cut:])


def _room(thing: Thing, rect: Rect) -> Room:
    x, y = rect[0] + WALL / 2, rect[1] + WALL / 2
    width, height = rect[2] - WALL, rect[3] - WALL
    corner = min(CORNER, width / 3, height / 3)
    outline = (
        f"M{x:.1f} {y:.1f}h{width:.1f}v{height - corner:.1f}"
        f"a{corner:.1f} {corner:.1f} 0 0 1 {-corner:.1f} {corner:.1f}h{corner - width:.1f}z"
    )
    door = min(DOOR, width / 3, height / 3)
    left = x + width * 0.2
    bottom = y + height
    arc = f"M{left:.1f} {bottom:.1f}v{-door:.1f}a{door:.1f} {door:.1f} 0 0 1 {door:.1f} {door:.1f}"
    lines = _lines(thing.name, width - 16, 2 if height > 64 else 1) if height > 30 else ()
    top = y + 10 + LINE * len(lines)
    pieces = _pieces(thing, (x + 12, top, width - 24, bottom - door - top - 4))
    return Room(
        thing.id,
        thing.name,
        thing.group,
        thing.url,
        outline,
        arc,
        round(x + 10, 1),
        round(y + 20, 1),
        lines,
        pieces,
    )


def _lines(name: str, width: float, most: int) -> tuple[str, ...]:
    """The name in at most so many lines, or nothing: a label cut short says less than none."""
    room = int(width / LETTER)
    lines = [""]
    for word in name.split():
        if len(word) > room:
            return ()
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return tuple(lines) if len(lines) <= most else ()


def _pieces(thing: Thing, rect: Rect) -> tuple[tuple[float, float], ...]:
    """Where chairs, desks or machines stand: a tidy grid with as many as there are people, as far as there is room."""
    x, y, width, height = rect
    step = 22 if thing.group == "desks" else 18
    across, down = int(width // step), int(height // step)
    number = min(thing.places or 1, across * down, 40)
    if number < 1:
        return ()
    across = min(across, math.ceil(math.sqrt(number * max(width, 1) / max(height, 1))) or 1, number)
    return tuple(
        (round(x + step / 2 + place % across * step, 1), round(y + step / 2 + place // across * step, 1))
        for place in range(number)
        if place // across < down
    )

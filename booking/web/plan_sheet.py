"""A floor plan as `parts/plan.html` draws it: paths and places in the plan's own centimetres. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from booking.places import FloorPlan, Placement
from booking.web.pages import url

TEXT_PART = 58  # the letters of a plan are so many times smaller than its longer side
LETTER = 0.56  # how wide a letter is, as a part of its height: estimated, the server has no font to measure
PIECES_MAX = 60


@dataclass(frozen=True, slots=True)
class Mark:
    """A drawn shape: its kind, path, and label in the middle of it, if it has one."""

    kind: str
    path: str
    transform: str = ""
    text: str = ""
    x: float = 0
    y: float = 0


@dataclass(frozen=True, slots=True)
class Tile:
    """A resource on the sheet: its outline, its number, the sign of its state, its name where there is room for it
    (x, y, words, size of the letters), and for a pool a little desk for each unit. The state is the spot's."""

    number: int
    id: int
    name: str
    outline: str
    transform: str
    badge: tuple[float, float]
    sign: tuple[float, float] | None = None
    lines: tuple[tuple[float, float, str, float], ...] = ()
    pieces: tuple[str, ...] = ()
    state: str = ""
    words: str = ""
    url: str = ""
    free_pieces: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One plan, ready to be drawn. `picture` is what `parts/plan.html` needs of a picture under it, `strokes` the lines
    of an SVG, with their scale."""

    plan: FloorPlan
    width: int
    height: int
    text: float
    wall: float
    view_box: str
    marks: tuple[Mark, ...]
    tiles: tuple[Tile, ...]
    picture: dict[str, str] | None = None
    strokes: Mapping[str, Any] | None = None
    scale: float = 1
    labels: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of a resource on a plan: its name, state, words, address, and how many pieces are free."""

    name: str
    state: str = ""
    words: str = ""
    short: str = ""
    url: str = ""
    units: int = 1
    free_units: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


def sheet_of(
    plan: FloorPlan,
    placements: Sequence[Placement],
    said: Mapping[int, Said],
    strokes: Mapping[str, Any] | None = None,
) -> Sheet:
    """A plan with what lies on it; `said` tells about each resource. Those it does not name are left out."""
    long = max(plan.width_cm, plan.height_cm)
    text = long / TEXT_PART
    shown = [each for each in placements if each.resource_id in said]
    scale = _scale(plan, strokes) if strokes else 1
    wall = max(12, round(long / 260, 1))
    edge = 0 if picture_of(plan) else wall
    return Sheet(
        plan,
        plan.width_cm,
        plan.height_cm,
        round(text, 1),
        wall,
        # The outer walls stand with half their thickness beside the sheet; a picture ends where it ends.
        f"{-edge:g} {-edge:g} {plan.width_cm + 2 * edge:g} {plan.height_cm + 2 * edge:g}",
        tuple(mark_of(each) for each in plan.shapes),
        tuple(
            _tile(number, each, said[each.resource_id], text) for number, each in enumerate(shown, start=1)
        ),
        picture_of(plan),
        strokes,
        scale,
        tuple(_labels(strokes, scale)) if strokes else (),
    )


def _scale(plan: FloorPlan, strokes: Mapping[str, Any]) -> float:
    """From the units of a drawing to centimetres: all of it fits on the sheet."""
    return round(min(plan.width_cm / strokes["width"], plan.height_cm / strokes["height"]), 6)


def _labels(strokes: Mapping[str, Any], scale: float) -> Iterable[tuple[float, float, str]]:
    for x, y, words in strokes["labels"]:
        yield round(x * scale, 1), round(y * scale, 1), words


def picture_of(plan: FloorPlan) -> dict[str, str] | None:
    """The addresses of the picture under a plan, by format."""
    ground = plan.ground
    if not ground or ground["kind"] != "picture":
        return None

    def address(width: int, ending: str) -> str:
        return url("plan_picture", plan_id=plan.id, name=f"{ground['stamp']}-{width}.{ending}")

    def every(ending: str) -> str:
        return ", ".join(f"{address(width, ending)} {width}w" for width in ground["widths"])

    return {
        "avif": every("avif"),
        "webp": every("webp"),
        "jpeg": every("jpg"),
        "src": address(max(ground["widths"]), "jpg"),
        "width": str(ground["width"]),
        "height": str(ground["height"]),
    }


def mark_of(shape: Mapping[str, Any]) -> Mark:
    """A shape of a plan as a path."""
    kind, x, y, w, h = (shape[name] for name in ("kind", "x", "y", "w", "h"))
    turn, text = shape.get("turn", 0), shape.get("text", "")
    middle_x, middle_y = x + w / 2, y + h / 2
    transform = f"rotate({turn} {middle_x:g} {middle_y:g})" if turn and kind not in ("wall", "window") else ""
    return Mark(kind, _path_of(kind, x, y, w, h, turn), transform, text, middle_x, middle_y)


def _path_of(kind: str, x: int, y: int, w: int, h: int, turn: int) -> str:
    if kind in ("wall", "window"):
        return f"M{x} {y + h}L{x + w} {y}" if turn % 180 else f"M{x} {y}L{x + w} {y + h}"
    if kind == "door":
        return f"M{x} {y + h}V{y}A{w} {h} 0 0 1 {x + w} {y + h}"
    if kind == "stairs":
        steps = max(2, round(w / 30))
        treads = "".join(f"M{x + w * step / steps:g} {y}v{h}" for step in range(1, steps))
        return f"M{x} {y}h{w}v{h}h{-w}z{treads}M{x} {y + h / 2:g}h{w}"
    if kind == "label":
        return ""
    return f"M{x} {y}h{w}v{h}h{-w}z"


def outline_of(x: float, y: float, w: float, h: float) -> str:
    """A desk seen from above: a rectangle with one big rounded corner."""
    corner = min(w, h) * 0.28
    return f"M{x:g} {y:g}h{w:g}v{h - corner:g}a{corner:g} {corner:g} 0 0 1 {-corner:g} {corner:g}h{corner - w:g}z"


def _tile(number: int, placement: Placement, said: Said, text: float) -> Tile:
    x, y, w, h, turn = placement.x, placement.y, placement.w, placement.h, placement.turn
    middle_x, middle_y = x + w / 2, y + h / 2
    # Words stand upright, whatever the resource does: within the box, or the square that fits into a turned one.
    if turn % 180 == 90:
        w, h = h, w
    elif turn % 90:
        w = h = int(min(w, h) * 0.8)
    left, top = middle_x - w / 2, middle_y - h / 2
    pad = text * 0.5
    badge = text * 1.5
    sign = text * 1.3 if w > text * 3.4 and h > text * 1.6 else 0
    most = 3 if h > text * 6 else 2 if h > text * 3.6 else 1
    lines, indent, size = _lines(said.name, w - badge - sign - 2 * pad, text, most), badge, text
    down = top + pad + text
    if not lines and h > text * 5:
        # Not beside the number, then below it, and smaller where it must be.
        indent, down = 0, down + text * 1.2
        for part in (1, 0.86, 0.74):
            size = text * part
            if lines := _lines(said.name, w - 2 * pad, size, 3):
                break
    rows: list[tuple[float, float, str, float]] = []
    if h >= text * 1.8:
        for row in lines:
            rows.append((round(left + pad + indent, 1), round(down, 1), row, round(size, 1)))
            down += size * 1.2
        fits_too = said.short and _wide(said.short, size) < w - 2 * pad and down + text * 0.4 < top + h
        if lines and fits_too:
            rows.append((round(left + pad, 1), round(down + size * 0.25, 1), said.short, round(size, 1)))
            down += size * 1.45
    fits = bool(rows)
    at = (
        (round(left + pad, 1), round(top + pad + text, 1))
        if fits or sign
        else (
            round(middle_x - _wide(str(number), text) / 2, 1),
            round(middle_y + text * 0.36, 1),
        )
    )
    pieces = (
        _pieces(said.units, (left + pad, down - text * 0.4, w - 2 * pad, top + h - pad - down + text * 0.4))
        if fits
        else ()
    )
    return Tile(
        number=number,
        id=placement.resource_id,
        name=said.name,
        outline=outline_of(placement.x, placement.y, placement.w, placement.h),
        transform=f"rotate({turn} {middle_x:g} {middle_y:g})" if turn else "",
        badge=at,
        sign=(round(left + w - pad - text * 0.9, 1), round(top + pad * 1.1, 1)) if sign else None,
        lines=tuple(rows),
        pieces=pieces,
        state=said.state,
        words=said.words,
        url=said.url,
        free_pieces=said.free_units,
    )


def _wide(words: str, text: float) -> float:
    return len(words) * LETTER * text


def _lines(name: str, width: float, text: float, most: int) -> list[str]:
    """The name in at most so many lines, or nothing: a name cut short says less than its number."""
    room = int(width / (LETTER * text))
    lines = [""]
    for word in name.split():
        if len(word) > room:
            return []
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if len(lines) <= most else []


def _pieces(units: int, rect: tuple[float, float, float, float]) -> tuple[str, ...]:
    """A little desk for each unit of a pool, in a tidy grid, where all of them find room."""
    x, y, w, h = rect
    if not 1 < units <= PIECES_MAX or w <= 0 or h <= 0:
        return ()
    across = max(1, min(units, round(math.sqrt(units * w / h))))
    down = math.ceil(units / across)
    side = min(w / across, h / down)
    if side < 24:
        return ()
    size = min(side * 0.68, 110)
    return tuple(
        outline_of(
            round(x + (number % across + 0.5) * w / across - size / 2, 1),
            round(y + (number // across + 0.5) * h / down - size / 2, 1),
            round(size, 1),
            round(size * 0.8, 1),
        )
        for number in range(units)
    )

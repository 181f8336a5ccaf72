"""The shapes of an SVG as strokes: attributes read as numbers, and every curve as M, L, C and Z. Pure.

For `plan_worker`, which calls this in a process without rights; there is nothing in here that could use them.
"""

from __future__ import annotations

import math
import re
from typing import Any

NUMBERS_MAX = 60_000
PATH_LETTERS_MAX = 1_000_000
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
PATH = re.compile(r"([MmZzLlHhVvCcSsQqTtAa])|([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\s,]+)|(.)", re.S)
TAKES = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "S": 4, "Q": 4, "T": 2, "A": 7, "Z": 0}

Matrix = tuple[float, float, float, float, float, float]
Segment = tuple[str, list[float]]
UNIT: Matrix = (1, 0, 0, 1, 0, 0)


class Refusal(Exception):
    """This file is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


# --- attributes ----------------------------------------------------------------------------------


def _numbers(text: str) -> list[float]:
    return [_finite(each) for each in NUMBER.findall(text[:200_000])[:NUMBERS_MAX]]


def _finite(text: str) -> float:
    value = float(text)
    if not abs(value) < 1e9:
        raise Refusal("svg_unreadable")
    return value


def first(attributes: dict[str, str], name: str, empty: float = 0.0) -> float:
    found = _numbers(attributes.get(name, "")[:100])
    return found[0] if found else empty


def style(attributes: dict[str, str], name: str) -> str:
    """An attribute, or the same in a `style`: only looked at, never kept."""
    written = attributes.get(name, "")
    if found := re.search(rf"(?:^|;)\s*{name}\s*:\s*([^;]{{1,40}})", attributes.get("style", "")[:2000]):
        written = found[1]
    return written.strip().lower()[:40]


def view_box(attributes: dict[str, str]) -> tuple[float, float, float, float] | None:
    found = _numbers(attributes.get("viewBox", "")[:200])
    if len(found) == 4 and found[2] > 0 and found[3] > 0:
        return found[0], found[1], found[2], found[3]
    width, height = first(attributes, "width"), first(attributes, "height")
    plain = "%" not in attributes.get("width", "") + attributes.get("height", "")
    return (0, 0, width, height) if plain and width > 0 and height > 0 else None


def transform(text: str) -> Matrix:
    matrix = UNIT
    for name, inside in re.findall(r"(\w+)\s*\(([^)]{0,200})\)", text[:2000])[:20]:
        given = _numbers(inside)
        made = UNIT
        if name == "matrix" and len(given) == 6:
            made = (given[0], given[1], given[2], given[3], given[4], given[5])
        elif name == "translate" and given:
            made = (1, 0, 0, 1, given[0], given[1] if len(given) > 1 else 0)
        elif name == "scale" and given:
            made = (given[0], 0, 0, given[1] if len(given) > 1 else given[0], 0, 0)
        elif name == "rotate" and given:
            turn = math.radians(given[0])
            cos, sin = math.cos(turn), math.sin(turn)
            x, y = (given[1], given[2]) if len(given) > 2 else (0.0, 0.0)
            made = (cos, sin, -sin, cos, x - x * cos + y * sin, y - x * sin - y * cos)
        elif name in ("skewX", "skewY") and given:
            slope = math.tan(math.radians(given[0]))
            made = (1, 0, slope, 1, 0, 0) if name == "skewX" else (1, slope, 0, 1, 0, 0)
        matrix = times(matrix, made)
    return matrix


def times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + c * h,
        b * g + d * h,
        a * i + c * j,
        b * i + d * j,
        a * k + c * m + e,
        b * k + d * m + f,
    )


def apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


# --- shapes as segments of M, L, C and Z, absolute -------------------------------------------------


def _rect(attributes: dict[str, str]) -> list[Segment]:
    x, y, w, h = (first(attributes, name) for name in ("x", "y", "width", "height"))
    if "%" in attributes.get("width", "") + attributes.get("height", "") or w <= 0 or h <= 0:
        return []
    return _closed([x, y, x + w, y, x + w, y + h, x, y + h])


def _line(attributes: dict[str, str]) -> list[Segment]:
    ends = [first(attributes, name) for name in ("x1", "y1", "x2", "y2")]
    return [("M", ends[:2]), ("L", ends[2:])]


def _polyline(attributes: dict[str, str]) -> list[Segment]:
    points = _numbers(attributes.get("points", ""))
    points = points[: len(points) // 2 * 2]
    return [("M", points[:2]), ("L", points[2:])] if len(points) > 3 else []


def _polygon(attributes: dict[str, str]) -> list[Segment]:
    points = _numbers(attributes.get("points", ""))
    return _closed(points[: len(points) // 2 * 2]) if len(points) > 3 else []


def _closed(points: list[float]) -> list[Segment]:
    return [("M", points[:2]), ("L", points[2:]), ("Z", [])]


def _circle(attributes: dict[str, str]) -> list[Segment]:
    radius = first(attributes, "r")
    return _round(first(attributes, "cx"), first(attributes, "cy"), radius, radius)


def _ellipse(attributes: dict[str, str]) -> list[Segment]:
    rx, ry = first(attributes, "rx"), first(attributes, "ry")
    return _round(first(attributes, "cx"), first(attributes, "cy"), rx, ry)


def _round(x: float, y: float, rx: float, ry: float) -> list[Segment]:
    if rx <= 0 or ry <= 0:
        return []
    kx, ky = rx * 0.5523, ry * 0.5523
    return [
        ("M", [x + rx, y]),
        ("C", [x + rx, y + ky, x + kx, y + ry, x, y + ry]),
        ("C", [x - kx, y + ry, x - rx, y + ky, x - rx, y]),
        ("C", [x - rx, y - ky, x - kx, y - ry, x, y - ry]),
        ("C", [x + kx, y - ry, x + rx, y - ky, x + rx, y]),
        ("Z", []),
    ]


def _path(attributes: dict[str, str]) -> list[Segment]:
    made: list[Segment] = []
    at = start = control = (0.0, 0.0)
    verb_before = ""
    for verb, given in _commands(attributes.get("d", "")):
        upper, moves = verb.upper(), verb.islower()
        ox, oy = at if moves else (0.0, 0.0)
        if upper == "Z":
            made.append(("Z", []))
            at = start
        elif upper in "ML":
            at = (given[0] + ox, given[1] + oy)
            start = at if upper == "M" else start
            made.append((upper, [*at]))
        elif upper == "H":
            at = (given[0] + ox, at[1])
            made.append(("L", [*at]))
        elif upper == "V":
            at = (at[0], given[0] + oy)
            made.append(("L", [*at]))
        elif upper == "A":
            end = (given[5] + ox, given[6] + oy)
            made += _arc(at, given, end)
            at = end
        else:
            points = [part + (ox, oy)[place % 2] for place, part in enumerate(given)]
            if upper in "ST":
                mirrored = verb_before in ("CS" if upper == "S" else "QT") and verb_before
                near = (2 * at[0] - control[0], 2 * at[1] - control[1]) if mirrored else at
                points = [*near, *points]
            control, end = (points[-4], points[-3]), (points[-2], points[-1])
            if upper in "QT":
                qx, qy = points[0], points[1]
                points = [at[0] + (qx - at[0]) * 2 / 3, at[1] + (qy - at[1]) * 2 / 3,
                          end[0] + (qx - end[0]) * 2 / 3, end[1] + (qy - end[1]) * 2 / 3, *end]  # fmt: skip
            made.append(("C", points))
            at = end
        verb_before = upper
    return made


def _commands(text: str) -> list[tuple[str, list[float]]]:
    """The commands of a path with their numbers. What cannot be read ends it, as browsers do."""
    if len(text) > PATH_LETTERS_MAX:
        raise Refusal("svg_too_much")
    found: list[tuple[str, list[float]]] = []
    given: list[float] = []
    verb = ""
    place = 0
    while place < len(text):
        match = PATH.match(text, place)
        assert match is not None
        place = match.end()
        letter, number, blank, other = match.groups()
        if blank:
            continue
        if number and verb in "Aa" and verb and len(given) in (3, 4):
            # The two flags of an arc are one letter each, and often stand without a blank: "a5 5 0 015 5".
            if number[0] not in "01":
                break
            number, place = number[0], match.start() + 1
        if other or (number and not verb) or (not found and not verb and letter and letter not in "Mm"):
            break
        if letter:
            verb, given = letter, []
            if letter in "Zz":
                found.append((letter, []))
            continue
        if verb in "Zz":
            break
        given.append(_finite(number))
        if len(given) == TAKES[verb.upper()]:
            found.append((verb, given))
            given = []
            verb = {"M": "L", "m": "l"}.get(verb, verb)
        if len(found) > NUMBERS_MAX:
            raise Refusal("svg_too_much")
    return found


def _arc(start: tuple[float, float], given: list[float], end: tuple[float, float]) -> list[Segment]:
    """An elliptical arc as curves of a quarter at most (SVG 1.1, appendix F.6)."""
    rx, ry, turn = abs(given[0]), abs(given[1]), math.radians(given[2])
    large, sweep = given[3] != 0, given[4] != 0
    if not rx or not ry or start == end:
        return [("L", [*end])]
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cos * dx + sin * dy, -sin * dx + cos * dy
    grow = math.sqrt(max(1.0, (x / rx) ** 2 + (y / ry) ** 2))
    rx, ry = rx * grow, ry * grow
    below = (rx * y) ** 2 + (ry * x) ** 2
    root = math.sqrt(max(0.0, ((rx * ry) ** 2 - below) / below)) * (-1 if large == sweep else 1)
    cx, cy = root * rx * y / ry, -root * ry * x / rx
    middle_x = cos * cx - sin * cy + (start[0] + end[0]) / 2
    middle_y = sin * cx + cos * cy + (start[1] + end[1]) / 2
    begins = math.atan2((y - cy) / ry, (x - cx) / rx)
    sweeps = math.atan2((-y - cy) / ry, (-x - cx) / rx) - begins
    if sweep and sweeps < 0:
        sweeps += 2 * math.pi
    elif not sweep and sweeps > 0:
        sweeps -= 2 * math.pi
    parts = max(1, math.ceil(abs(sweeps) / (math.pi / 2) - 1e-9))
    step = sweeps / parts
    reach = 4 / 3 * math.tan(step / 4)

    def there(angle: float, along: float) -> list[float]:
        px = rx * (math.cos(angle) - along * math.sin(angle))
        py = ry * (math.sin(angle) + along * math.cos(angle))
        return [cos * px - sin * py + middle_x, sin * px + cos * py + middle_y]

    angles = [begins + number * step for number in range(parts)]
    return [("C", [*there(one, reach), *there(one + step, -reach), *there(one + step, 0)]) for one in angles]


SHAPES: dict[str, Any] = {
    "rect": _rect,
    "line": _line,
    "polyline": _polyline,
    "polygon": _polygon,
    "circle": _circle,
    "ellipse": _ellipse,
    "path": _path,
}

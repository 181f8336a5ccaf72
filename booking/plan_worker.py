"""The process that reads a stranger's SVG: `python -m booking.plan_worker`, started by `booking.pictures`.

Reads the file from standard input and writes one line of JSON: the strokes of the drawing as numbers, nothing else.
What an SVG can do beside drawing (scripts, links, styles, animation, pictures and pages inside of it, copies of
copies) is not understood here, and so cannot come along. As `picture_worker`, it gives up memory, time, files and
sockets first.

{"width", "height", "strokes": [path], "fills": [path], "labels": [[x, y, text]]}: the longer side is LONGER units,
paths are M, L, C and Z with whole numbers.
"""

from __future__ import annotations

import json
import math
import resource
import sys
from typing import Any
from xml.parsers import expat

from booking.plan_paths import (
    NUMBERS_MAX,
    SHAPES,
    UNIT,
    Matrix,
    Refusal,
    Segment,
    apply,
    first,
    style,
    times,
    transform,
    view_box,
)

MEMORY_BYTES_MAX = 256 << 20
SECONDS_MAX = 5
NODES_MAX = 20_000
DEPTH_MAX = 64
OUT_LETTERS_MAX = 400_000
LABELS_MAX, LABEL_LETTERS = 200, 40
LONGER = 10_000  # units of the longer side
# What is walked into; all else is left out with everything in it.
HOLDERS = {"svg", "g", "a", "switch"}
DRAWN = {"rect", "line", "polyline", "polygon", "circle", "ellipse", "path", "text"}


def main() -> int:
    """One drawing in, its strokes out. Refusals are answers, not crashes."""
    sent = sys.stdin.buffer.read()
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, SECONDS_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    try:
        answer = read(sent)
    except Refusal as refusal:
        answer = {"refused": refusal.code}
    except MemoryError:
        answer = {"refused": "svg_too_much"}
    except Exception as error:
        answer = {"refused": "svg_unreadable", "why": type(error).__name__}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    return 0


def read(sent: bytes) -> dict[str, Any]:
    """The strokes of a drawing. Raises Refusal."""
    reader = Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _refuse_entities
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words
    try:
        parser.Parse(sent, True)
    except expat.ExpatError:
        raise Refusal("svg_unreadable") from None
    return reader.answer()


def _doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
    if has_internal_subset:
        raise Refusal("svg_entities")


def _refuse_entities(*_args: Any) -> None:
    raise Refusal("svg_entities")


class Reader:
    """Walks through the elements and keeps what is drawn, in the units of the drawing, until `answer` scales it."""

    def __init__(self) -> None:
        self.nodes = self.numbers = self.skipping = 0
        self.box: tuple[float, float, float, float] | None = None
        self.stack: list[tuple[Matrix, str]] = []
        self.paths: list[tuple[str, list[Segment]]] = []
        self.labels: list[tuple[float, float, str]] = []
        self.label: list[str] | None = None
        self.label_at: tuple[float, float] = (0, 0)

    # --- elements

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > NODES_MAX or len(self.stack) + self.skipping > DEPTH_MAX:
            raise Refusal("svg_too_much")
        name = name.rpartition(":")[2]
        if not self.stack:
            if name != "svg":
                raise Refusal("svg_unreadable")
            self.box = view_box(attributes)
            self.stack.append((UNIT, "black"))
            return
        if self.label is not None and name == "tspan" and not self.skipping:
            self.stack.append(self.stack[-1])
            return
        hidden = style(attributes, "display") == "none" or style(attributes, "visibility") == "hidden"
        if self.skipping or hidden or name not in HOLDERS | DRAWN:
            self.skipping += 1
            return
        matrix, fill = self.stack[-1]
        matrix = times(matrix, transform(attributes.get("transform", "")))
        fill = style(attributes, "fill") or fill
        self.stack.append((matrix, fill))
        if name == "text":
            self.label = []
            self.label_at = apply(matrix, first(attributes, "x"), first(attributes, "y"))
        elif name in DRAWN:
            self.keep(name, attributes, matrix, fill)

    def end(self, name: str) -> None:
        if self.skipping:
            self.skipping -= 1
            return
        self.stack.pop()
        if name.rpartition(":")[2] == "text" and self.label is not None:
            text = " ".join("".join(self.label).split())[:LABEL_LETTERS]
            if text and len(self.labels) < LABELS_MAX:
                self.labels.append((*self.label_at, text))
            self.label = None

    def words(self, text: str) -> None:
        if self.label is not None and not self.skipping and sum(map(len, self.label)) < 4 * LABEL_LETTERS:
            self.label.append(text)

    def keep(self, name: str, attributes: dict[str, str], matrix: Matrix, fill: str) -> None:
        segments = SHAPES[name](attributes)
        self.numbers += sum(len(points) for _verb, points in segments)
        if self.numbers > NUMBERS_MAX:
            raise Refusal("svg_too_much")
        if len(segments) < 2:
            return
        moved = [
            (verb, [part for at in range(0, len(points), 2) for part in apply(matrix, *points[at : at + 2])])
            for verb, points in segments
        ]
        solid = fill not in ("none", "transparent", "white", "#fff", "#ffffff") and name != "line"
        self.paths.append(("fills" if solid else "strokes", moved))

    # --- the answer

    def answer(self) -> dict[str, Any]:
        """Everything moved to the corner and scaled to whole numbers; what lies beside the sheet is cut to its edge."""
        if not self.paths:
            raise Refusal("svg_empty")
        left, top, width, height = self.box or self._bounds()
        if not (0 < width < 1e9 and 0 < height < 1e9) or not 0.02 < width / height < 50:
            raise Refusal("svg_unreadable")
        scale = LONGER / max(width, height)
        across, down = round(width * scale), round(height * scale)

        def place(x: float, y: float) -> tuple[int, int]:
            if not (math.isfinite(x) and math.isfinite(y)):
                raise Refusal("svg_unreadable")
            return (
                min(max(round((x - left) * scale), 0), across),
                min(max(round((y - top) * scale), 0), down),
            )

        made: dict[str, list[str]] = {"strokes": [], "fills": []}
        letters = 0
        for kind, segments in self.paths:
            parts = []
            for verb, points in segments:
                pairs = [place(points[at], points[at + 1]) for at in range(0, len(points), 2)]
                parts.append(verb + " ".join(f"{x} {y}" for x, y in pairs))
            path = "".join(parts)
            letters += len(path)
            if letters > OUT_LETTERS_MAX:
                raise Refusal("svg_too_much")
            made[kind].append(path)
        labels = [[*place(x, y), text] for x, y, text in self.labels]
        return {"width": across, "height": down, **made, "labels": labels}

    def _bounds(self) -> tuple[float, float, float, float]:
        points = [part for _kind, segments in self.paths for _verb, parts in segments for part in parts]
        across, down = points[0::2], points[1::2]
        return min(across), min(down), max(across) - min(across), max(down) - min(down)


if __name__ == "__main__":
    sys.exit(main())

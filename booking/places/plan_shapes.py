"""What may stand on a floor plan, and where: boxes in whole centimetres within the sheet. Pure.

Everything on a plan is a box (x, y, w, h) from its upper left corner, turned about its middle. Walls and windows are
the diagonal of their box: a straight one has no width or no height; turned by 90 it runs from lower left to upper
right. Nothing of what people draw or send is ever markup: these numbers and short labels are all that is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from booking.forms import Line, Shape, clean, wrong
from booking.i18n import lazy

SIDE_MIN_CM, SIDE_MAX_CM = 100, 20_000
PLACED_MIN_CM = 20
SHAPES_MAX, PLACED_MAX = 400, 200
LETTERS_MAX = 60_000
LABEL_MAX = 40
KINDS = ("room", "wall", "window", "door", "stairs", "label")
LINES = ("wall", "window")
GAP_CM = 30  # between the boxes of a grid

Kind = Literal["room", "wall", "window", "door", "stairs", "label"]
Side = Annotated[int, Field(ge=SIDE_MIN_CM, le=SIDE_MAX_CM)]
Cm = Annotated[int, Field(ge=0, le=SIDE_MAX_CM)]
Rect = tuple[int, int, int, int]

OUTSIDE = lazy("What is drawn as number %(number)s does not lie on the plan.")
TOO_SMALL = lazy("A space takes at least %(most)s × %(most)s cm of the plan.")


def _quarter(turn: int) -> int:
    if turn % 90:
        raise wrong(lazy("Walls and doors turn by quarters."))
    return turn


class Box(Shape):
    """Where something lies, in centimetres, and by how many degrees it is turned (clockwise, about its middle)."""

    x: Cm
    y: Cm
    w: Cm
    h: Cm
    turn: int = Field(0, ge=0, le=359)

    @property
    def corners(self) -> list[tuple[float, float]]:
        """The four corners as they lie on the sheet."""
        middle_x, middle_y = self.x + self.w / 2, self.y + self.h / 2
        turn = math.radians(self.turn)
        cos, sin = math.cos(turn), math.sin(turn)
        return [
            (middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos)
            for dx, dy in (
                (-self.w / 2, -self.h / 2),
                (self.w / 2, -self.h / 2),
                (self.w / 2, self.h / 2),
                (-self.w / 2, self.h / 2),
            )
        ]

    def lies_on(self, width: int, height: int) -> bool:
        """Whether all of it lies on a sheet of this size; a centimetre more or less is rounding."""
        return all(-1 <= x <= width + 1 and -1 <= y <= height + 1 for x, y in self.corners)


class Drawn(Box):
    """A room, a wall, a window, a door, stairs, or words."""

    kind: Kind
    turn: Annotated[int, Field(ge=0, le=359), AfterValidator(_quarter)] = 0
    text: Annotated[Line, Field(max_length=LABEL_MAX)] = ""

    @model_validator(mode="after")
    def has_size(self) -> Drawn:
        """A line has a length, all else has two sides; words say something."""
        if (self.kind in LINES and not (self.w or self.h)) or (
            self.kind not in LINES and not (self.w and self.h)
        ):
            raise wrong(lazy("Each shape needs a size."))
        if self.kind == "label" and not self.text:
            raise wrong(lazy("A label needs words."))
        return self


class Placed(Box):
    """A resource on the plan."""

    resource_id: int = Field(ge=1, le=2_000_000_000)


class Drawing(Shape):
    """A whole plan: the sheet, what is drawn on it, and the resources that lie there."""

    width_cm: Side
    height_cm: Side
    shapes: list[Drawn] = Field(default_factory=list, max_length=SHAPES_MAX)
    placements: list[Placed] = Field(default_factory=list, max_length=PLACED_MAX)

    @model_validator(mode="after")
    def lies_on_the_sheet(self) -> Drawing:
        """Nothing lies beside the sheet, nothing is too small to be seen, each resource is there once."""
        for number, each in enumerate(self.shapes, start=1):
            # A line stays within its box however it runs; a turned door or stairs stand in theirs.
            flat = each.model_copy(update={"turn": 0})
            if not flat.lies_on(self.width_cm, self.height_cm):
                raise wrong(OUTSIDE, number=number)
        for place in self.placements:
            if min(place.w, place.h) < PLACED_MIN_CM:
                raise wrong(TOO_SMALL, most=PLACED_MIN_CM)
            if not place.lies_on(self.width_cm, self.height_cm):
                raise wrong(lazy("A space does not lie on the plan."))
        ids = [each.resource_id for each in self.placements]
        if len(set(ids)) != len(ids):
            raise wrong(lazy("A space stands on the plan twice."))
        return self


def _cleaned(value: Any) -> Any:
    """What an escape in JSON may have brought in is taken out, as from all other text."""
    if isinstance(value, dict):
        return {name: _cleaned(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return clean(value)


def _from_text(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LETTERS_MAX:
        raise wrong(lazy("There is too much on this plan. Draw less, or use several plans."))
    try:
        value = _cleaned(json.loads(value) if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        raise wrong(lazy("This drawing cannot be read. Load the page again.")) from None
    if not isinstance(value, dict | Drawing):
        raise wrong(lazy("This drawing cannot be read. Load the page again."))
    return value


# A drawing as a form brings it: JSON in one field.
SentDrawing = Annotated[Drawing, BeforeValidator(_from_text)]


def plain_shapes(shapes: Iterable[Drawn]) -> list[dict[str, Any]]:
    """Shapes as the row keeps them."""
    return [each.model_dump() for each in shapes]


def in_a_grid(
    width: int, height: int, ids: Sequence[int], taken: Collection[Rect] = ()
) -> list[dict[str, Any]]:
    """A box for each of these ids, in rows and in their order, beside what is taken already where there is room.

    The boxes are as large as the sheet lets them be, three metres at the most, so that each can then be moved.
    """
    if not ids:
        return []
    cells: list[Rect] = []
    for side in (300, 250, 200, 150, 120, 100, 80, 60, 50, 40, 30, PLACED_MIN_CM):
        gap = min(GAP_CM, side // 3)
        found = [
            (x, y, side, side)
            for y in range(gap, height - side - gap + 1, side + gap)
            for x in range(gap, width - side - gap + 1, side + gap)
        ]
        cells = [one for one in found if not any(_meet(one, other) for other in taken)]
        if len(cells) >= len(ids):
            break
    if len(cells) < len(ids):
        # No room is left: they lie on the rest, and wait to be moved.
        side = min(100, width, height)
        cells = [*cells, *[(0, 0, side, side)] * (len(ids) - len(cells))]
    return [
        {"resource_id": id, "x": x, "y": y, "w": w, "h": h, "turn": 0}
        for id, (x, y, w, h) in zip(ids, cells, strict=False)
    ]


def _meet(one: Rect, other: Rect) -> bool:
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )

"""What the forms and files of floor plans may say. Lengths are typed in metres and kept in centimetres."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Field

from booking.forms import Line, Shape, Ticked, wrong
from booking.i18n import lazy
from booking.places import plan_shapes

NAME_MAX = 80


def _metres(value: Any) -> Any:
    """'2.5' or '2,5' metres → 250 centimetres."""
    try:
        cm = round(float(str(value).replace(",", ".")) * 100)
    except (ValueError, OverflowError):
        raise wrong(lazy("This must be a number.")) from None
    if not 0 <= cm <= plan_shapes.SIDE_MAX_CM:
        raise wrong(lazy("This must be between 0 and %(most)s metres."), most=plan_shapes.SIDE_MAX_CM // 100)
    return cm


def _side(value: Any) -> Any:
    cm = _metres(value)
    if cm < plan_shapes.SIDE_MIN_CM:
        raise wrong(lazy("A plan is at least a metre long on each side."))
    return cm


Metres = Annotated[int, BeforeValidator(_metres)]
SideMetres = Annotated[int, BeforeValidator(_side)]


class New(Shape):
    """A new plan: its name, and how large the floor is."""

    id: UUID
    name: Line = Field(min_length=1, max_length=NAME_MAX)
    width: SideMetres
    depth: SideMetres


class Saved(Shape):
    """All of a plan, as the editor sends it; without a drawing only its name and who sees it."""

    revision: int = Field(ge=1, le=2_000_000_000)
    name: Line = Field(min_length=1, max_length=NAME_MAX)
    published: Ticked = False
    sketch: Ticked = False
    drawing: plan_shapes.SentDrawing | None = None
    grid: Ticked = False


class Numbers(Shape):
    """One thing on the plan by numbers: where it lies, or that it goes."""

    revision: int = Field(ge=1, le=2_000_000_000)
    space: int | None = None
    shape: int | None = Field(None, ge=1, le=plan_shapes.SHAPES_MAX)
    kind: plan_shapes.Kind = "room"
    x: Metres = 0
    y: Metres = 0
    w: Metres = 0
    h: Metres = 0
    turn: int = Field(0, ge=0, le=359)
    text: Line = Field("", max_length=plan_shapes.LABEL_MAX)
    off: Ticked = False


class Under(Shape):
    """What lies under a plan: the file comes beside it, or it goes."""

    revision: int = Field(ge=1, le=2_000_000_000)
    off: Ticked = False


class Order(Shape):
    """A plan that goes one place up or down."""

    up: UUID | None = None
    down: UUID | None = None


class PlacedByKey(plan_shapes.Box):
    """A resource on a plan in a file: by its key, which is the same in every installation."""

    resource: Line = Field(max_length=120)


class PlanFile(Shape):
    """A plan as a file, as `export` writes it."""

    format: Literal["share-the-desk plan 1"]
    name: Line = Field("", max_length=NAME_MAX)
    width_cm: plan_shapes.Side
    height_cm: plan_shapes.Side
    shapes: list[plan_shapes.Drawn] = Field(default_factory=list, max_length=plan_shapes.SHAPES_MAX)
    placements: list[PlacedByKey] = Field(default_factory=list, max_length=plan_shapes.PLACED_MAX)


class Checked(Shape):
    """A drawing that was put together here."""

    drawing: plan_shapes.SentDrawing

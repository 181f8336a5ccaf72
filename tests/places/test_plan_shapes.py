"""What may stand on a plan: only what lies on the sheet, whatever is sent; a grid keeps clear of what is there."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from booking.forms import Shape, check
from booking.places.plan_shapes import PLACED_MIN_CM, Box, Drawing, SentDrawing, in_a_grid

sizes = st.integers(100, 20_000)
any_number = st.one_of(st.integers(-5, 25_000), st.floats(), st.text(max_size=3), st.none())
sane = st.integers(0, 20_000)


class Sent(Shape):
    drawing: SentDrawing


def read(drawing: Any) -> Any:
    return check(Sent, {"drawing": drawing if isinstance(drawing, str) else json.dumps(drawing)})


def test_it_works() -> None:
    form = read(
        {
            "width_cm": 2000,
            "height_cm": 1200,
            "shapes": [{"kind": "wall", "x": 0, "y": 0, "w": 2000, "h": 0}],
            "placements": [{"resource_id": 7, "x": 100, "y": 100, "w": 300, "h": 200, "turn": 30}],
        }
    )
    assert form.valid, form.errors
    assert form.value.drawing.shapes[0].turn == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"width_cm": 99},
        {"height_cm": 20_001},
        {"shapes": [{"kind": "wall", "x": 0, "y": 0, "w": 0, "h": 0}]},
        {"shapes": [{"kind": "room", "x": 0, "y": 0, "w": 100, "h": 0}]},
        {"shapes": [{"kind": "room", "x": 1900, "y": 0, "w": 200, "h": 100}]},
        {"shapes": [{"kind": "bomb", "x": 0, "y": 0, "w": 100, "h": 100}]},
        {"shapes": [{"kind": "door", "x": 0, "y": 0, "w": 90, "h": 90, "turn": 45}]},
        {"shapes": [{"kind": "label", "x": 0, "y": 0, "w": 90, "h": 90}]},
        {"shapes": [{"kind": "room", "x": 0, "y": 0, "w": 90, "h": 90, "text": "x" * 41}]},
        {"shapes": [{"kind": "room", "x": 0, "y": 0, "w": 90, "h": 90}] * 401},
        {"placements": [{"resource_id": 1, "x": 0, "y": 0, "w": 19, "h": 90}]},
        {"placements": [{"resource_id": 1, "x": 0, "y": 0, "w": 500, "h": 100, "turn": 90}]},
        {"placements": [{"resource_id": 1, "x": 0, "y": 0, "w": 90, "h": 90}] * 2},
        {"placements": [{"resource_id": 1, "x": 0.5, "y": 0, "w": 90, "h": 90}]},
    ],
)
def test_what_may_not_stand_there(wrong: dict[str, Any]) -> None:
    form = read({"width_cm": 2000, "height_cm": 1200} | wrong)
    assert (form.valid, form.status) == (False, 422)
    assert list(form.errors) == ["drawing"]


@pytest.mark.parametrize(
    "text", ["", "[]", "nothing", "{" * 5000, "[" * 60_000, "1", "null", '"x"', "x" * 70_000]
)
def test_what_is_no_drawing(text: str) -> None:
    assert not check(Sent, {"drawing": text}).valid


def test_words_are_cleaned_of_what_breaks_pages() -> None:
    shape = {"kind": "label", "x": 0, "y": 0, "w": 90, "h": 90, "text": "Kit\u202echen\u0000 \n two"}
    form = read({"width_cm": 2000, "height_cm": 1200, "shapes": [shape]})
    assert form.value.drawing.shapes[0].text == "Kitchen two"


@given(x=sane, y=sane, w=sane, h=sane, turn=st.integers(0, 359), width=sizes, height=sizes)
def test_what_is_taken_lies_on_the_sheet(
    x: int, y: int, w: int, h: int, turn: int, width: int, height: int
) -> None:
    placed = {"resource_id": 1, "x": x, "y": y, "w": w, "h": h, "turn": turn}
    try:
        taken = Drawing.model_validate({"width_cm": width, "height_cm": height, "placements": [placed]})
    except ValidationError:
        box = Box(x=x, y=y, w=w, h=h, turn=turn)
        assert not box.lies_on(width, height) or min(w, h) < PLACED_MIN_CM
        return
    for corner_x, corner_y in taken.placements[0].corners:
        assert -1 <= corner_x <= width + 1
        assert -1 <= corner_y <= height + 1


@given(x=sane, y=sane, w=sane, h=sane, turn=st.integers(0, 359))
def test_turning_keeps_the_size(x: int, y: int, w: int, h: int, turn: int) -> None:
    one, two, three, _four = Box(x=x, y=y, w=w, h=h, turn=turn).corners
    assert math.dist(one, two) == pytest.approx(w, abs=0.01)
    assert math.dist(two, three) == pytest.approx(h, abs=0.01)


@given(
    st.dictionaries(st.sampled_from(["kind", "x", "y", "w", "h", "turn", "text", "resource_id"]), any_number),
    st.sampled_from(["shapes", "placements"]),
)
def test_nothing_that_is_sent_breaks_it(item: dict[str, Any], where: str) -> None:
    form = read(json.dumps({"width_cm": 2000, "height_cm": 1200, where: [item]}))
    assert form.status in (200, 422)


@given(sizes, sizes, st.integers(0, 60))
def test_a_grid_lies_on_the_sheet(width: int, height: int, number: int) -> None:
    ids = list(range(1, number + 1))
    boxes = in_a_grid(width, height, ids)
    assert [each["resource_id"] for each in boxes] == ids
    Drawing.model_validate({"width_cm": width, "height_cm": height, "placements": boxes})


def test_a_grid_leaves_room_for_what_is_there() -> None:
    taken = [(0, 0, 1000, 1200)]
    boxes = in_a_grid(2000, 1200, list(range(1, 10)), taken)
    assert all(each["x"] >= 1000 for each in boxes)
    assert len({(each["x"], each["y"]) for each in boxes}) == 9

"""The drawn plan: every room has a place of its own, and the same rooms make the same plan."""

import re

import pytest

from booking.places import drawing
from booking.places.drawing import Thing, draw


def rectangle(room) -> tuple[float, float, float, float]:
    x, y, width, _height, corner = map(
        float, re.match(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)a([\d.]+)", room.outline).groups()
    )
    return x, y, x + width, y + _height + corner


@pytest.mark.parametrize("number", [1, 2, 3, 7, 24, 60])
def test_rooms_lie_on_the_sheet_and_not_on_one_another(number):
    things = [
        Thing(n, f"Room {n}", ("rooms", "workshops", "desks")[n % 3], n * 7 % 50)
        for n in range(1, number + 1)
    ]
    plan = draw(things)
    assert len(plan.rooms) == min(number, drawing.MOST_ROOMS)
    boxes = [rectangle(room) for room in plan.rooms]
    for left, top, right, bottom in boxes:
        assert left >= 0
        assert top >= 0
        assert right <= drawing.WIDTH
        assert bottom <= drawing.HEIGHT
        assert right - left > 8
        assert bottom - top > 8
    for place, one in enumerate(boxes):
        for other in boxes[place + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)


def test_furniture_stands_inside():
    for room in draw([Thing(n, f"Room {n}", "rooms", 400) for n in range(6)]).rooms:
        left, top, right, bottom = rectangle(room)
        assert all(left < x < right and top < y < bottom for x, y in room.pieces)


def test_the_same_rooms_make_the_same_plan():
    things = [Thing(n, f"Room {n}", "rooms", n) for n in range(9)]
    assert draw(things) == draw(list(reversed(things)))


def test_a_divided_hall_is_drawn_as_its_parts():
    whole = Thing(1, "Hall", "rooms", 100, units=frozenset({7, 8}))
    parts = [
        Thing(2, "A", "rooms", 60, units=frozenset({7})),
        Thing(3, "B", "rooms", 40, units=frozenset({8})),
    ]
    assert {room.id for room in draw([whole, *parts]).rooms} == {2, 3}


def test_equipment_is_drawn_only_alone():
    saw, room = Thing(1, "Saw", "equipment"), Thing(2, "Room", "rooms")
    assert [one.id for one in draw([saw, room]).rooms] == [2]
    assert [one.id for one in draw([saw]).rooms] == [1]


def test_a_name_is_written_whole_or_not_at_all():
    (room,) = draw(
        [Thing(1, "A very long name of a room that has plenty of space to be written", "rooms")]
    ).rooms
    assert " ".join(room.lines) in ("", room.name)
    assert draw([]).rooms == ()

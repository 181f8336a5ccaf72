"""/manage/KEY/set-up/plan: from nothing or from a file, drawn, placed by numbers, kept when somebody was quicker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from booking.events import Event
from booking.places.models import FloorPlan, Placement
from tests import make
from tests.pictures import picture

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 100"><script>alert(1)</script>'
    b'<path d="M0 0H200V100"/></svg>'
)


@pytest.fixture
async def house(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(settings, "MEDIA_DIR", tmp_path)
    return await make.venue()


@pytest.fixture
async def stella(house: Any, client_of: Any) -> Any:
    return await client_of(await make.manager(house))


def at(house: Any, plan: Any = None, more: str = "") -> str:
    return f"/manage/{house.key}/set-up/plan" + (f"/{plan.id}" if plan else "") + more


def drawn(*placements: dict[str, int], shapes: Any = ()) -> str:
    return json.dumps(
        {"width_cm": 2000, "height_cm": 1200, "shapes": list(shapes), "placements": list(placements)}
    )


def box(resource: Any, **values: int) -> dict[str, int]:
    return {"resource_id": resource.id, "x": 100, "y": 100, "w": 300, "h": 200, "turn": 0, **values}


async def lying(plan: Any) -> dict[int, tuple[int, int, int, int, int]]:
    return {
        each.resource_id: (each.x, each.y, each.w, each.h, each.turn)
        for each in await Placement.filter(plan_id=plan.id)
    }


async def silent(before: int) -> bool:
    return await Event.all().count() == before


async def test_it_works(house: Any, stella: Any) -> None:
    room = await make.resource(at=house)
    form = {"id": str(uuid4()), "name": "Ground floor", "width": "24,5", "depth": "12"}
    answer = await stella.post(at(house), data=form)
    assert answer.status_code == 303
    plan = await FloorPlan.get()
    assert (plan.width_cm, plan.height_cm, plan.name) == (2450, 1200, "Ground floor")
    assert answer.headers["location"] == at(house, plan)
    page = (await stella.get(at(house, plan))).text
    assert "desk-plan-editor" in page
    saved = {"revision": "1", "name": "Ground floor", "published": "yes", "drawing": drawn(box(room))}
    assert (await stella.post(at(house, plan), data=saved)).status_code == 303
    assert await lying(plan) == {room.id: (100, 100, 300, 200, 0)}
    history = (await stella.get(f"/manage/{house.key}/set-up/history?kind=plans")).text
    assert "The plan Ground floor was changed" in history
    assert "Placed: 1." in history
    # The second click on "new" finds the first plan.
    assert (await stella.post(at(house), data=form)).status_code == 303
    assert await FloorPlan.all().count() == 1


async def test_wrong_fields_are_all_told_and_what_was_typed_stays(house: Any, stella: Any) -> None:
    answer = await stella.post(
        at(house), data={"id": str(uuid4()), "name": "", "width": "half", "depth": "0.5"}
    )
    assert answer.status_code == 422
    for words in ("This is needed.", "This must be a number.", "at least a metre", 'value="half"'):
        assert words in answer.text
    assert await FloorPlan.all().count() == 0


async def test_a_drawing_that_cannot_be_is_refused_and_kept(house: Any, stella: Any) -> None:
    room, plan = await make.resource(at=house), await make.plan(house)
    before = await Event.all().count()
    for drawing in (drawn(box(room, x=1900)), drawn(box(room), box(room)), "nothing", "{}"):
        answer = await stella.post(at(house, plan), data={"revision": "1", "name": "x", "drawing": drawing})
        assert answer.status_code == 422
    assert (await silent(before), await lying(plan)) == (True, {})


async def test_a_space_of_another_house_is_refused(house: Any, stella: Any) -> None:
    plan, stranger = await make.plan(house), await make.resource()
    answer = await stella.post(
        at(house, plan), data={"revision": "1", "name": "x", "drawing": drawn(box(stranger))}
    )
    assert answer.status_code == 409
    assert await lying(plan) == {}


async def test_who_is_second_hears_what_has_changed_and_loses_nothing(
    house: Any, stella: Any, client_of: Any
) -> None:
    room, other = await make.resource(at=house), await make.resource(at=house)
    plan = await make.plan(house, [room])
    sam = await client_of(await make.manager(house, "Sam"))
    theirs = {"revision": "1", "name": "Cellar", "drawing": drawn(box(room, x=700), box(other))}
    assert (await sam.post(at(house, plan), data=theirs)).status_code == 303
    mine = drawn(box(room, x=123), shapes=[{"kind": "wall", "x": 0, "y": 0, "w": 100, "h": 0}])
    answer = await stella.post(at(house, plan), data={"revision": "1", "name": "Mine", "drawing": mine})
    assert answer.status_code == 409
    for words in (
        "changed since you opened it",
        "Changed by Sam",
        "It is called Cellar now.",
        "Placed: 1. Moved: 1.",
    ):
        assert words in answer.text
    data = json.loads(re.findall(r"data-plan>(.*?)</script>", answer.text, re.S)[0])
    assert data["drawing"]["placements"][0]["x"] == 123
    assert data["dirty"]
    assert await lying(plan) == {room.id: (700, 100, 300, 200, 0), other.id: (100, 100, 300, 200, 0)}
    # The page carries the new revision: sent again, it is saved knowingly.
    revision = re.findall(r'name="revision" value="(\d+)"', answer.text)[0]
    again = {"revision": revision, "name": "Mine", "drawing": mine}
    assert (await stella.post(at(house, plan), data=again)).status_code == 303
    assert await lying(plan) == {room.id: (123, 100, 300, 200, 0)}


async def test_by_numbers_without_a_script(house: Any, stella: Any) -> None:
    room, plan = await make.resource(at=house), await make.plan(house)
    url = at(house, plan, "/numbers")
    numbers = {"x": "1,5", "y": "2.25", "w": "3", "h": "2", "turn": "90"}
    assert (
        await stella.post(url, data={"revision": "1", "space": str(room.id), **numbers})
    ).status_code == 303
    assert await lying(plan) == {room.id: (150, 225, 300, 200, 90)}
    label = {"revision": "2", "kind": "label", "text": "Kitchen", **numbers}
    assert (await stella.post(url, data=label)).status_code == 303
    [shape] = (await FloorPlan.get(id=plan.id)).shapes
    assert (shape["kind"], shape["text"], shape["x"]) == ("label", "Kitchen", 150)
    moved = {"revision": "3", "shape": "1", **numbers, "x": "4"}
    assert (await stella.post(url, data=moved)).status_code == 303
    assert (await FloorPlan.get(id=plan.id)).shapes == [{**shape, "x": 400}]
    assert (await stella.post(url, data={"revision": "4", "shape": "1", "off": "yes"})).status_code == 303
    off = {"revision": "5", "space": str(room.id), "off": "yes"}
    assert (await stella.post(url, data=off)).status_code == 303
    assert ((await FloorPlan.get(id=plan.id)).shapes, await lying(plan)) == ([], {})
    before = await Event.all().count()
    for wrong in ({"x": "nothing"}, {"x": "19", "w": "3"}, {"w": "0.1"}, {"turn": "400"}):
        said = await stella.post(url, data={"revision": "6", "space": str(room.id), **numbers, **wrong})
        assert said.status_code == 422
    late = await stella.post(url, data={"revision": "2", "space": str(room.id), **numbers})
    assert (late.status_code, await silent(before)) == (409, True)


async def test_all_in_a_grid(house: Any, stella: Any) -> None:
    rooms = [await make.resource(at=house) for _ in range(6)]
    await make.plan(house, [rooms[0]])
    plan = await make.plan(house, [rooms[1]])
    answer = await stella.post(at(house, plan), data={"revision": "1", "name": "x", "grid": "yes"})
    assert answer.status_code == 303
    # What lies on the other floor stays there.
    assert set(await lying(plan)) == {each.id for each in rooms[1:]}
    assert len(set((await lying(plan)).values())) == 5


async def test_a_picture_makes_the_floor_as_deep_as_it_is(house: Any, stella: Any) -> None:
    form = {"id": str(uuid4()), "name": "Photo", "width": "20", "depth": "1"}
    files = {"file": ("plan.png", picture("PNG", size=(800, 600)), "image/png")}
    assert (await stella.post(at(house), data=form, files=files)).status_code == 303
    plan = await FloorPlan.get()
    assert (plan.width_cm, plan.height_cm, plan.ground["kind"]) == (2000, 1500, "picture")
    page = (await stella.get(f"/venues/{house.key}/plan")).text
    src = re.findall(r'<img class="sheet-picture" src="([^"]+)"', page)[0]
    assert (await stella.get(src)).headers["content-type"] == "image/jpeg"


async def test_an_svg_becomes_lines_of_ours(house: Any, stella: Any) -> None:
    plan = await make.plan(house)
    files = {"file": ("plan.svg", SVG, "image/svg+xml")}
    answer = await stella.post(at(house, plan, "/under"), data={"revision": "1"}, files=files)
    assert answer.status_code == 303
    page = (await stella.get(f"/venues/{house.key}/plan")).text
    assert 'd="M0 0L10000 0L10000 5000"' in page
    assert "alert(1)" not in page
    off = await stella.post(
        at(house, plan, "/under"), data={"revision": "2", "off": "yes"}, files={"file": b""}
    )
    assert off.status_code == 303
    assert (await FloorPlan.get(id=plan.id)).ground is None


@pytest.mark.parametrize(
    "octets, words",
    [
        (b"", "Choose a picture."),
        (b"GIF89a nothing", "not a picture that we can read"),
        (b"<svg><!-- --></svg>", "no lines in this drawing"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg/>', "abbreviations of its own"),
    ],
)
async def test_what_cannot_lie_under_it(house: Any, stella: Any, octets: bytes, words: str) -> None:
    plan, before = await make.plan(house), await Event.all().count()
    answer = await stella.post(at(house, plan, "/under"), data={"revision": "1"}, files={"file": octets})
    assert (answer.status_code, words in answer.text, await silent(before)) == (422, True, True)


async def test_a_plan_goes_into_a_file_and_comes_back(house: Any, stella: Any) -> None:
    room, other = await make.resource(at=house), await make.resource(at=house)
    plan = await make.plan(
        house, [room, other], shapes=[{"kind": "wall", "x": 0, "y": 0, "w": 9, "h": 0, "turn": 0, "text": ""}]
    )
    answer = await stella.get(at(house, plan, ".json"))
    assert "attachment" in answer.headers["content-disposition"]
    told = answer.json()
    told["placements"][1]["resource"] = "of-another-house"
    form = {"id": str(uuid4()), "name": "Copy", "width": "5", "depth": "5"}
    files = {"file": ("plan.json", json.dumps(told).encode(), "application/json")}
    assert (await stella.post(at(house), data=form, files=files)).status_code == 303
    copy = await FloorPlan.get(name="Copy")
    assert (copy.width_cm, copy.height_cm, copy.shapes) == (2000, 1200, plan.shapes)
    assert list(await lying(copy)) == [room.id]
    before = await FloorPlan.all().count()
    for octets in (
        b"{",
        b"{}",
        b'{"format": "x"}',
        json.dumps(told | {"width_cm": 5}).encode(),
        b"{" * 90_000,
    ):
        form["id"] = str(uuid4())
        assert (await stella.post(at(house), data=form, files={"file": octets})).status_code == 422
    assert await FloorPlan.all().count() == before


async def test_words_in_a_file_are_cleaned_as_all_others_are(house: Any, stella: Any) -> None:
    label = {"kind": "label", "x": 0, "y": 0, "w": 200, "h": 60, "turn": 0, "text": "Way\x00 out\u202e"}
    plan = {"format": "share-the-desk plan 1", "width_cm": 500, "height_cm": 500, "shapes": [label]}
    form = {"id": str(uuid4()), "name": "Ground", "width": "5", "depth": "5"}
    answer = await stella.post(at(house), data=form, files={"file": json.dumps(plan).encode()})
    assert answer.status_code == 303
    assert [each["text"] for each in (await FloorPlan.get()).shapes] == ["Way out"]


async def test_order_and_removing(house: Any, stella: Any) -> None:
    one, two = await make.plan(house, name="One"), await make.plan(house, name="Two")
    await stella.post(at(house, more="/order"), data={"up": str(two.id)})
    assert await FloorPlan.all().order_by("position").values_list("name", flat=True) == ["Two", "One"]
    assert (await stella.post(at(house, one, "/remove"))).status_code == 303
    assert (await stella.get(at(house, one))).status_code == 404
    page = (await stella.get(f"/manage/{house.key}/set-up/history?kind=plans")).text
    undo = re.findall(r'action="([^"]+/undo)"', page)[0]
    assert (await stella.post(undo)).status_code == 303
    assert (await stella.get(at(house, one))).status_code == 200


async def test_the_first_page_of_setting_up_leads_there(house: Any, stella: Any) -> None:
    assert at(house) in (await stella.get(f"/manage/{house.key}/set-up")).text

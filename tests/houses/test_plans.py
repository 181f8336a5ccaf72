"""Floor plans: made, drawn, put in order, removed; two managers do not wipe out each other's work; undo."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from booking import houses
from booking.errors import NotFound
from booking.houses.changing import ChangedSince
from booking.houses.plans import EnoughPlans, NoSuchSpace, PlanChanged
from booking.places import FloorPlan, Placement, plans
from tests import make
from tests.houses.saying import is_not_for, last_event, quiet
from tests.make import NOW
from tests.pictures import picture

EMPTY = {"name": "Ground floor", "width_cm": 2000, "height_cm": 1200}
WALL = {"kind": "wall", "x": 0, "y": 0, "w": 500, "h": 0, "turn": 0, "text": ""}


def box(resource: Any, **values: int) -> dict[str, int]:
    return {"resource_id": resource.id, "x": 100, "y": 100, "w": 300, "h": 200, "turn": 0, **values}


async def lying(plan: FloorPlan) -> list[tuple[int, int, int]]:
    return [
        (each.resource_id, each.x, each.y) for each in await Placement.filter(plan_id=plan.id).order_by("id")
    ]


async def undo(house: Any, name: str, by: Any) -> None:
    await houses.undo(house.id, (await last_event(name)).id, by=by, at=NOW)


async def test_it_works(db: str) -> None:
    room = await make.resource()
    house, stella = room.venue, await make.manager(room.venue)
    plan = await houses.add_plan(house.id, uuid4(), EMPTY, by=stella, at=NOW)
    saved = await houses.save_plan(
        house.id, plan.id, {"shapes": [WALL]}, [box(room)], revision=1, by=stella, at=NOW
    )
    assert (saved.revision, saved.shapes) == (2, [WALL])
    assert await lying(plan) == [(room.id, 100, 100)]
    event = await last_event("plan.changed")
    assert (event.by_id, event.venue_id, event.data["revision"]) == (stella.id, house.id, 2)
    assert event.data["before"] == {"shapes": [], "placements": []}
    # The same again changes nothing, whichever revision it began with.
    await houses.save_plan(house.id, plan.id, {"shapes": [WALL]}, [box(room)], revision=1, by=stella, at=NOW)
    assert (await last_event("plan.changed")).id == event.id


async def test_the_second_click_finds_the_first_plan(db: str) -> None:
    house = await make.venue()
    stella, id = await make.manager(house), uuid4()
    await houses.add_plan(house.id, id, EMPTY, by=stella, at=NOW)
    await houses.add_plan(house.id, id, EMPTY, by=stella, at=NOW)
    assert await FloorPlan.filter(venue_id=house.id).count() == 1
    elsewhere = await make.venue()
    with pytest.raises(NotFound):
        await houses.add_plan(elsewhere.id, id, EMPTY, by=await make.manager(elsewhere), at=NOW)


async def test_only_for_its_managers(db: str) -> None:
    room = await make.resource()
    house = room.venue
    plan = await make.plan(house, [room])
    for operation in (
        lambda by: houses.add_plan(house.id, uuid4(), EMPTY, by=by, at=NOW),
        lambda by: houses.save_plan(house.id, plan.id, {"name": "Mine"}, revision=1, by=by, at=NOW),
        lambda by: houses.remove_plan(house.id, plan.id, by=by, at=NOW),
        lambda by: houses.arrange_plans(house.id, [plan.id], by=by, at=NOW),
    ):
        await is_not_for(house, operation)
    assert (await FloorPlan.get(id=plan.id)).name == plan.name
    # Nor another house's plan through one's own.
    other = await make.venue()
    with pytest.raises(NotFound):
        await houses.save_plan(
            other.id, plan.id, {"name": "x"}, revision=1, by=await make.manager(other), at=NOW
        )


async def test_twenty_are_enough(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "PLANS_MAX", 1)
    house = await make.venue()
    await make.plan(house)
    await quiet(houses.add_plan(house.id, uuid4(), EMPTY, by=await make.manager(house), at=NOW), EnoughPlans)


async def test_a_space_of_another_house_is_refused(db: str) -> None:
    house, stranger = await make.venue(), await make.resource()
    plan, stella = await make.plan(house), await make.manager(house)
    await quiet(
        houses.save_plan(house.id, plan.id, {}, [box(stranger)], revision=1, by=stella, at=NOW), NoSuchSpace
    )
    assert await lying(plan) == []


async def test_who_was_quicker_is_not_overwritten(db: str) -> None:
    room = await make.resource()
    house = room.venue
    other = await make.resource(at=house)
    stella, sam = await make.manager(house), await make.manager(house, "Sam")
    plan = await make.plan(house, [room])
    await houses.save_plan(house.id, plan.id, {}, [box(room, x=500)], revision=1, by=sam, at=NOW)
    await houses.save_plan(house.id, plan.id, {"name": "Cellar"}, revision=2, by=sam, at=NOW)
    refused = await quiet(
        houses.save_plan(house.id, plan.id, {}, [box(other)], revision=1, by=stella, at=NOW), PlanChanged
    )
    assert (refused.revision, refused.by) == (3, "Sam")
    assert refused.before["name"] == plan.name
    assert refused.after["name"] == "Cellar"
    assert [each["x"] for each in refused.before["placements"]] == [50]
    assert await lying(plan) == [(room.id, 500, 100)]
    # Knowing that, it may be written over.
    await houses.save_plan(house.id, plan.id, {}, [box(other)], revision=3, by=stella, at=NOW)
    assert await lying(plan) == [(other.id, 100, 100)]


async def test_of_two_who_save_at_once_one_is_told(db: str) -> None:
    room = await make.resource()
    house = room.venue
    plan, stella = await make.plan(house, [room]), await make.manager(house)
    done = await asyncio.gather(
        *(
            houses.save_plan(house.id, plan.id, {}, [box(room, x=x)], revision=1, by=stella, at=NOW)
            for x in (300, 400, 500, 600)
        ),
        return_exceptions=True,
    )
    assert [type(each) for each in done].count(PlanChanged) == 3
    [fine] = [each for each in done if isinstance(each, FloorPlan)]
    assert (fine.revision, (await FloorPlan.get(id=plan.id)).revision) == (2, 2)


async def test_undo_of_a_change_and_undo_of_that(db: str) -> None:
    room = await make.resource()
    house, stella = room.venue, await make.manager(room.venue)
    plan = await make.plan(house, [room])
    await houses.save_plan(house.id, plan.id, {"shapes": [WALL]}, [], revision=1, by=stella, at=NOW)
    changed = await last_event("plan.changed")
    assert [each.undoable for each in await houses.changes(house.id, "plans", at=NOW)] == [True]
    await undo(house, "plan.changed", stella)
    assert ((await FloorPlan.get(id=plan.id)).shapes, await lying(plan)) == ([], [(room.id, 50, 100)])
    await quiet(houses.undo(house.id, changed.id, by=stella, at=NOW), ChangedSince)
    await undo(house, "plan.changed", stella)
    assert ((await FloorPlan.get(id=plan.id)).shapes, await lying(plan)) == ([WALL], [])


async def test_undo_loses_nothing_newer(db: str) -> None:
    room = await make.resource()
    house, stella = room.venue, await make.manager(room.venue)
    plan = await make.plan(house, [room])
    await houses.save_plan(house.id, plan.id, {}, [box(room, x=500)], revision=1, by=stella, at=NOW)
    first = await last_event("plan.changed")
    await houses.save_plan(house.id, plan.id, {}, [box(room, x=600)], revision=2, by=stella, at=NOW)
    await quiet(houses.undo(house.id, first.id, by=stella, at=NOW), ChangedSince)
    assert await lying(plan) == [(room.id, 600, 100)]


async def test_removing_and_putting_back(db: str) -> None:
    room = await make.resource()
    house, stella = room.venue, await make.manager(room.venue)
    plan = await make.plan(house, [room])
    await houses.remove_plan(house.id, plan.id, by=stella, at=NOW)
    assert (await plans.of_venue(house.id), await plans.has_any(house.id)) == ([], False)
    await undo(house, "plan.removed", stella)
    assert ([each.id for each in await plans.of_venue(house.id)], await lying(plan)) == (
        [plan.id],
        [(room.id, 50, 100)],
    )
    await houses.remove_plan(house.id, plan.id, by=stella, at=NOW)
    removed = await last_event("plan.removed")
    await plans.forget(NOW + timedelta(days=8))
    assert (await FloorPlan.all().count(), await Placement.all().count()) == (0, 0)
    await quiet(houses.undo(house.id, removed.id, by=stella, at=NOW), ChangedSince)


async def test_undo_of_a_new_plan_unless_somebody_has_drawn_on_it(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    plan = await houses.add_plan(house.id, uuid4(), EMPTY, by=stella, at=NOW)
    added = await last_event("plan.added")
    await houses.save_plan(house.id, plan.id, {"shapes": [WALL]}, revision=1, by=stella, at=NOW)
    await quiet(houses.undo(house.id, added.id, by=stella, at=NOW), ChangedSince)
    await houses.remove_plan(house.id, plan.id, by=stella, at=NOW)
    await houses.add_plan(house.id, uuid4(), EMPTY, by=stella, at=NOW)
    await undo(house, "plan.added", stella)
    assert await plans.of_venue(house.id, drafts=True) == []


async def test_another_order(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    one, two, three = [await make.plan(house) for _ in range(3)]
    await houses.arrange_plans(house.id, [three.id, one.id], by=stella, at=NOW)
    assert [each.id for each in await plans.of_venue(house.id)] == [three.id, one.id, two.id]
    event = await last_event("plan.arranged")
    await houses.arrange_plans(house.id, [three.id, one.id], by=stella, at=NOW)
    assert (await last_event("plan.arranged")).id == event.id


async def test_a_draft_is_for_managers(db: str) -> None:
    house = await make.venue()
    await make.plan(house, published=False)
    assert (await plans.of_venue(house.id), await plans.has_any(house.id)) == ([], False)
    assert len(await plans.of_venue(house.id, drafts=True)) == 1


async def test_what_lies_under_it_comes_back_while_its_files_are_kept(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "MEDIA_DIR", tmp_path)
    house = await make.venue()
    stella, plan = await make.manager(house), await make.plan(house)
    taken = await plans.take_ground(plan.id, picture(size=(500, 300)))
    assert taken.ratio == pytest.approx(0.6)
    await houses.save_plan(house.id, plan.id, {"ground": taken.kept}, revision=1, by=stella, at=NOW)
    path = await plans.file_of(plan.id, taken.kept["stamp"], "480.avif")
    assert path.exists()
    await houses.save_plan(house.id, plan.id, {"ground": None}, revision=2, by=stella, at=NOW)
    with pytest.raises(NotFound):
        await plans.file_of(plan.id, taken.kept["stamp"], "480.avif")
    await undo(house, "plan.changed", stella)
    assert (await FloorPlan.get(id=plan.id)).ground == taken.kept
    await undo(house, "plan.changed", stella)
    # Longer than seven days after it was taken away, there is nothing left to put back.
    assert await plans.forget(NOW + timedelta(days=365)) == 6  # two widths in three formats
    gone = await last_event("plan.changed")
    await quiet(houses.undo(house.id, gone.id, by=stella, at=NOW), ChangedSince)

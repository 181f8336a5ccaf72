"""Floor plans of a house: new ones, saving all of one at once, their order, removing, and undoing that.

Two managers who draw on the same plan do not wipe out each other's work: who saves says which revision they had before
them, and is refused when another one stands there by now. The events tell what has changed in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from booking import db
from booking.errors import NotFound, Refused
from booking.events import Event
from booking.houses.changing import ChangedSince, begin, differences, note
from booking.i18n import lazy
from booking.members import Member
from booking.places import FloorPlan, Placement, Resource, Venue, plan_shapes, plans

COLUMNS = ("name", "width_cm", "height_cm", "shapes", "ground", "sketch", "published")
BOX = ("resource_id", "x", "y", "w", "h", "turn")


class EnoughPlans(Refused):
    """More floors than a house has."""

    code = "plans_enough"
    text = lazy("This house has %(most)d plans already. Remove one first.")


class PlanChanged(Refused):
    """Somebody else has saved it in between. `before` and `after`: what they changed, by column."""

    code = "plan_changed"
    text = lazy("This plan has been changed since you opened it.")
    rule = lazy(
        "Nothing of yours is lost: it is still drawn below. Save it over theirs, or open theirs and go on from there."
    )

    def __init__(self, revision: int, before: Mapping[str, Any], after: Mapping[str, Any], by: str) -> None:
        self.revision, self.before, self.after, self.by = revision, dict(before), dict(after), by
        super().__init__(revision=revision)


class NoSuchSpace(Refused):
    """A resource of another house, or of none."""

    code = "no_such_space"
    text = lazy("This house has no such space.")


@db.atomic
async def add_plan(
    venue_id: int,
    id: UUID,
    wanted: Mapping[str, Any],
    placements: Iterable[Mapping[str, Any]] = (),
    *,
    by: Member,
    at: datetime,
) -> FloorPlan:
    """A new plan, after the others. The same id again is the first one. Raises NotFound, EnoughPlans, NoSuchSpace."""
    assert set(wanted) <= set(COLUMNS)
    venue = await begin(venue_id, by=by, at=at)
    if done := await FloorPlan.get_or_none(id=id):
        if done.venue_id != venue.id or done.removed_at:
            raise NotFound
        return done
    there = await FloorPlan.filter(venue_id=venue.id, removed_at=None).order_by("-position")
    if len(there) >= plans.PLANS_MAX:
        raise EnoughPlans(most=plans.PLANS_MAX)
    boxes = await _of_this_house(venue, placements)
    plan = await FloorPlan.create(
        id=id,
        venue_id=venue.id,
        position=there[0].position + 1 if there else 0,
        created_at=at,
        created_by_id=by.id,
        **wanted,
    )
    await _place(plan, boxes)
    shown = {name: wanted[name] for name in ("name", "width_cm", "height_cm") if name in wanted}
    await note("plan.added", plan.subject, venue, None, shown, by=by, at=at, name=plan.name, revision=1)
    return plan


@db.atomic
async def save_plan(
    venue_id: int,
    plan_id: UUID,
    wanted: Mapping[str, Any],
    placements: Iterable[Mapping[str, Any]] | None = None,
    *,
    revision: int | None,
    by: Member,
    at: datetime,
    **more: Any,
) -> FloorPlan:
    """Bring the plan's columns, and what lies on it, to what is wanted; the same again changes nothing.

    `revision` is the one that the writer had before them (None: the caller has compared otherwise). `placements` None
    leaves them. Raises NotFound, NoSuchSpace; PlanChanged where another revision stands there. Then nothing changes.
    """
    assert set(wanted) <= set(COLUMNS)
    venue = await begin(venue_id, by=by, at=at)
    plan = await plans.one(venue, plan_id)
    before, after = differences(plan, wanted)
    lies = await boxes_of(plan)
    if placements is not None:
        boxes = await _of_this_house(venue, placements)
        if boxes != lies:
            before, after = {**before, "placements": lies}, {**after, "placements": boxes}
    if not after:
        return plan
    if revision is not None and revision != plan.revision:
        raise await _changed(plan, revision, lies)
    columns = {name: value for name, value in after.items() if name != "placements"}
    plan.update_from_dict({**columns, "revision": plan.revision + 1})
    await plan.save(update_fields=[*columns, "revision"])
    if "placements" in after:
        await _place(plan, after["placements"])
    await note(
        "plan.changed", plan.subject, venue, before, after,
        by=by, at=at, name=plan.name, revision=plan.revision, **more,
    )  # fmt: skip
    return plan


@db.atomic
async def remove_plan(venue_id: int, plan_id: UUID, *, by: Member, at: datetime, **more: Any) -> FloorPlan:
    """Take a plan off the pages. The history offers to put it back for some days. Raises NotFound."""
    venue = await begin(venue_id, by=by, at=at)
    plan = await plans.one(venue, plan_id)
    plan.removed_at = at
    await plan.save(update_fields=["removed_at"])
    shown = {"name": plan.name, "width_cm": plan.width_cm, "height_cm": plan.height_cm}
    await note("plan.removed", plan.subject, venue, shown, None, by=by, at=at, name=plan.name, **more)
    return plan


@db.atomic
async def arrange_plans(venue_id: int, ids: Sequence[UUID], *, by: Member, at: datetime) -> list[FloorPlan]:
    """Put the plans into this order; those that are not named come after, as they were. Raises NotFound."""
    venue = await begin(venue_id, by=by, at=at)
    there = await plans.of_venue(venue.id, drafts=True)
    place = {id: number for number, id in enumerate(ids)}
    ordered = sorted(there, key=lambda plan: place.get(plan.id, len(place)))
    if [each.id for each in ordered] == [each.id for each in there]:
        return there
    for number, each in enumerate(ordered):
        await FloorPlan.filter(id=each.id).update(position=number)
    before, after = ({"names": [each.name for each in listed]} for listed in (there, ordered))
    await note("plan.arranged", venue.subject, venue, before, after, by=by, at=at)
    return ordered


async def boxes_of(plan: FloorPlan) -> list[dict[str, Any]]:
    """What lies on a plan, as a drawing has it, by resource."""
    return [
        {name: getattr(each, name) for name in BOX}
        for each in await Placement.filter(plan_id=plan.id).order_by("resource_id")
    ]


async def drawing_of(plan: FloorPlan) -> dict[str, Any]:
    """All of a plan as one drawing: what the editor works on and what a file of it holds."""
    return {
        "width_cm": plan.width_cm,
        "height_cm": plan.height_cm,
        "shapes": list(plan.shapes),
        "placements": await boxes_of(plan),
    }


async def spaces_of(venue: Venue) -> list[Resource]:
    """What may lie on a plan of this house, in the order of its list."""
    return await Resource.filter(venue_id=venue.id).order_by("position", "id")


def split(drawing: plan_shapes.Drawing) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A drawing as columns of a plan, and what lies on it."""
    columns = {
        "width_cm": drawing.width_cm,
        "height_cm": drawing.height_cm,
        "shapes": plan_shapes.plain_shapes(drawing.shapes),
    }
    return columns, [each.model_dump() for each in drawing.placements]


# --- undo --------------------------------------------------------------------------------------------


async def undo_added(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    """Take away what was added, unless somebody has drawn on it since."""
    plan = await _known(venue, event)
    if plan.revision != event.data["revision"]:
        raise ChangedSince
    await remove_plan(venue.id, plan.id, by=by, at=at, undoes=event.id)


async def undo_changed(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    """Everything that the change touched becomes what it was, while it is as the change left it."""
    plan = await _known(venue, event)
    was, became = dict(event.data["before"]), dict(event.data["after"])
    lies, lay = became.pop("placements", None), was.pop("placements", None)
    if any(getattr(plan, name) != value for name, value in became.items()):
        raise ChangedSince
    if lies is not None and await boxes_of(plan) != lies:
        raise ChangedSince
    if not await plans.ground_is_there(plan.id, was.get("ground")):
        raise ChangedSince
    if lay is not None:
        known = {each.id for each in await spaces_of(venue)}
        lay = [each for each in lay if each["resource_id"] in known]
    await save_plan(venue.id, plan.id, was, lay, revision=None, by=by, at=at, undoes=event.id)


async def undo_removed(venue: Venue, event: Event, by: Member, at: datetime) -> None:
    """Put it back, while it is kept."""
    plan = await FloorPlan.get_or_none(id=_id_of(event), venue_id=venue.id)
    if plan is None or plan.removed_at is None:
        raise ChangedSince
    if await FloorPlan.filter(venue_id=venue.id, removed_at=None).count() >= plans.PLANS_MAX:
        raise EnoughPlans(most=plans.PLANS_MAX)
    plan.removed_at = None
    await plan.save(update_fields=["removed_at"])
    shown = {"name": plan.name, "width_cm": plan.width_cm, "height_cm": plan.height_cm}
    await note(
        "plan.added", plan.subject, venue, None, shown,
        by=by, at=at, name=plan.name, revision=plan.revision, undoes=event.id,
    )  # fmt: skip


# --- parts -------------------------------------------------------------------------------------------


async def _changed(plan: FloorPlan, revision: int, lies: list[dict[str, Any]]) -> PlanChanged:
    """What others have changed since a revision: each column as it was first, and as it is now."""
    before: dict[str, Any] = {}
    names: list[str] = []
    newer = Event.filter(subject=plan.subject, name="plan.changed").order_by("id").select_related("by")
    for event in await newer:
        if event.data["revision"] > revision:
            for name, value in event.data["before"].items():
                before.setdefault(name, value)
            who = getattr(event.by, "name", "")
            names += [who] if who and who not in names else []
    after = {name: lies if name == "placements" else getattr(plan, name) for name in before}
    return PlanChanged(plan.revision, before, after, ", ".join(names))


async def _known(venue: Venue, event: Event) -> FloorPlan:
    try:
        return await plans.one(venue, _id_of(event))
    except NotFound:
        raise ChangedSince from None


def _id_of(event: Event) -> UUID:
    return UUID(event.subject.partition(":")[2])


async def _of_this_house(venue: Venue, placements: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The boxes by resource. Raises NoSuchSpace where one is of another house."""
    boxes = sorted(
        ({name: each[name] for name in BOX} for each in placements), key=lambda one: one["resource_id"]
    )
    wanted = {each["resource_id"] for each in boxes}
    if wanted - {each.id for each in await spaces_of(venue)}:
        raise NoSuchSpace
    return boxes


async def _place(plan: FloorPlan, boxes: Iterable[Mapping[str, Any]]) -> None:
    await Placement.filter(plan_id=plan.id).delete()
    await Placement.bulk_create([Placement(plan_id=plan.id, **each) for each in boxes])

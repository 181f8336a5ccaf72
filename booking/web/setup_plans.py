"""The floor plans of a house, for its managers: new ones, their order, drawing, placing, what lies under them, files.

The editor (`static/src/js/plan-editor.js`) sends a whole drawing at once; the numbers beside it change one thing and
need no script. Both are saved by the same operation.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n
from booking.errors import NotFound, Refused
from booking.forms import Form, blank, check, read, read_with_file
from booking.houses import plans as saving
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.pictures import OCTETS_MAX, PictureRefused
from booking.places import FloorPlan, Venue, plan_shapes, plans
from booking.web import session
from booking.web.manage import house_of
from booking.web.pages import flash, redirect, url
from booking.web.plan_forms import Checked, New, Numbers, Order, PlanFile, Saved, Under
from booking.web.plan_words import (
    changes_of,
    json_for_editor,
    kind_name,
    numbers_of,
    plan_file,
    sheet_for_editor,
)
from booking.web.setup import shown

UPLOAD_BYTES_MAX = OCTETS_MAX + 64 * 1024


async def index(request: Request) -> Response:
    """The plans of a house, and a form for one more."""
    _member, venue = await house_of(request, managing=True)
    return await _index(request, venue, blank(id=uuid4(), width=20, depth=12))


async def create(request: Request) -> Response:
    """A new plan: an empty floor, or one that begins with a picture, an SVG, or the file of another plan."""
    member, venue = await house_of(request, managing=True)
    form, octets = await read_with_file(request, New, "file")
    if not form.valid:
        return await _index(request, venue, form)
    wish, at = form.value, session.at(request)
    wanted: dict[str, Any] = {"name": wish.name, "width_cm": wish.width, "height_cm": wish.depth}
    placements: list[dict[str, Any]] = []
    try:
        if octets[:200].lstrip().startswith(b"{"):
            drawing = await _from_file(venue, octets, form)
            if drawing is None:
                return await _index(request, venue, form)
            columns, placements = saving.split(drawing)
            wanted |= columns
        elif octets:
            ground = await plans.take_ground(wish.id, octets)
            depth = round(wish.width * ground.ratio)
            wanted |= {"ground": ground.kept}
            wanted["height_cm"] = min(max(depth, plan_shapes.SIDE_MIN_CM), plan_shapes.SIDE_MAX_CM)
        plan = await houses.add_plan(venue.id, wish.id, wanted, placements, by=member, at=at)
    except PictureRefused as refusal:
        form.wrong("file", f"{refusal.sentence} {refusal.rule_sentence}")
        return await _index(request, venue, form)
    except Refused as refusal:
        form.refuse(refusal)
        return await _index(request, venue, form)
    flash(request, "success", _("Here is the floor. Draw what stands on it, and place the spaces."))
    return redirect(request, "setup_plan", key=venue.key, plan_id=plan.id)


async def arrange(request: Request) -> Response:
    """Another order of the floors, one step at a time."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Order)
    if not form.valid:
        return await _index(request, venue, blank(id=uuid4(), width=20, depth=12), status=422)
    ids = [each.id for each in await plans.of_venue(venue.id, drafts=True)]
    for moved, step in ((form.value.up, -1), (form.value.down, 1)):
        if moved in ids:
            there = ids.index(moved)
            beside = min(max(there + step, 0), len(ids) - 1)
            ids[there], ids[beside] = ids[beside], ids[there]
    await houses.arrange_plans(venue.id, ids, by=member, at=session.at(request))
    return redirect(request, "setup_plans", key=venue.key)


async def edit(request: Request) -> Response:
    """One plan: the editor, and the same by numbers."""
    _member, venue = await house_of(request, managing=True)
    plan = await plans.one(venue, request.path_params["plan_id"])
    return await _edit(request, venue, plan, _form_of(plan))


async def save(request: Request) -> Response:
    """Save the drawing, what lies on it, and its name, at once; or say what has changed meanwhile and keep it all."""
    member, venue = await house_of(request, managing=True)
    plan = await plans.one(venue, request.path_params["plan_id"])
    form = await read(request, Saved)
    if not form.valid:
        return await _edit(request, venue, plan, form)
    wish = form.value
    drawing = wish.drawing or plan_shapes.Drawing.model_validate(await houses.drawing_of(plan))
    if wish.grid:
        drawing = await _with_the_rest(venue, drawing)
        form.values["drawing"] = json.dumps(drawing.model_dump())
    columns, placements = saving.split(drawing)
    wanted = {**columns, "name": wish.name, "published": wish.published, "sketch": wish.sketch}
    try:
        await houses.save_plan(
            venue.id, plan.id, wanted, placements,
            revision=wish.revision, by=member, at=session.at(request),
        )  # fmt: skip
    except Refused as refusal:
        return await _edit(request, venue, plan, form, **_refuse(form, refusal, venue, plan))
    flash(request, "success", _("Saved."))
    return redirect(request, "setup_plan", key=venue.key, plan_id=plan.id)


async def numbers(request: Request) -> Response:
    """Place, move or take off one thing by numbers."""
    member, venue = await house_of(request, managing=True)
    plan = await plans.one(venue, request.path_params["plan_id"])
    form = await read(request, Numbers)
    if not form.valid:
        return await _edit(request, venue, plan, _form_of(plan), by_numbers=form)
    drawing = _changed(await houses.drawing_of(plan), form.value)
    checked = check(Checked, {"drawing": drawing})
    if not checked.valid:
        for sentences in checked.errors.values():
            for sentence in sentences:
                form.wrong("", sentence)
        return await _edit(request, venue, plan, _form_of(plan), by_numbers=form)
    columns, placements = saving.split(checked.value.drawing)
    try:
        await houses.save_plan(
            venue.id, plan.id, columns, placements,
            revision=form.value.revision, by=member, at=session.at(request),
        )  # fmt: skip
    except Refused as refusal:
        more = _refuse(form, refusal, venue, plan)
        return await _edit(request, venue, plan, _form_of(plan), by_numbers=form, **more)
    flash(request, "success", _("Saved."))
    return redirect(request, "setup_plan", key=venue.key, plan_id=plan.id)


async def under(request: Request) -> Response:
    """Lay a picture or an SVG under the plan, or take it away. The old one is kept some days for undo."""
    member, venue = await house_of(request, managing=True)
    plan = await plans.one(venue, request.path_params["plan_id"])
    form, octets = await read_with_file(request, Under, "file")
    if form.valid and not form.value.off and not octets:
        form.wrong("file", _("Choose a picture."))
    if not form.valid:
        return await _edit(request, venue, plan, _form_of(plan), under=form)
    before = plan.ground
    try:
        ground = None if form.value.off else (await plans.take_ground(plan.id, octets)).kept
        await houses.save_plan(
            venue.id, plan.id, {"ground": ground},
            revision=form.value.revision, by=member, at=session.at(request),
        )  # fmt: skip
    except PictureRefused as refusal:
        form.wrong("file", f"{refusal.sentence} {refusal.rule_sentence}")
        return await _edit(request, venue, plan, _form_of(plan), under=form)
    except Refused as refusal:
        return await _edit(
            request, venue, plan, _form_of(plan), under=form, **_refuse(form, refusal, venue, plan)
        )
    await plans.keep_for_undo(plan.id, before)
    flash(request, "success", _("Saved."))
    return redirect(request, "setup_plan", key=venue.key, plan_id=plan.id)


async def remove(request: Request) -> Response:
    """Take a plan off the pages; the history offers to put it back. A second click finds it gone, and that is fine."""
    member, venue = await house_of(request, managing=True)
    with contextlib.suppress(NotFound):
        await houses.remove_plan(venue.id, request.path_params["plan_id"], by=member, at=session.at(request))
    flash(request, "success", _("The plan is off the pages. The history puts it back."))
    return redirect(request, "setup_plans", key=venue.key)


async def export(request: Request) -> Response:
    """A plan as a file, for another house or another installation. What lies under it is not part of it."""
    _member, venue = await house_of(request, managing=True)
    plan = await plans.one(venue, request.path_params["plan_id"])
    keys = {each.id: each.key for each in await saving.spaces_of(venue)}
    body = json.dumps(plan_file(plan, await houses.drawing_of(plan), keys), ensure_ascii=False, indent=1)
    return Response(
        body,
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{venue.key}-plan.json"',
            "Cache-Control": "no-store",
        },
    )


# --- parts -------------------------------------------------------------------------------------------


async def _index(request: Request, venue: Venue, form: Form[Any], *, status: int = 0) -> Response:
    found = await plans.of_venue(venue.id, drafts=True)
    placed = await plans.placements_of([each.id for each in found])
    form.status = status or form.status
    lying = {one.resource_id for ones in placed.values() for one in ones}
    return shown(
        request,
        "setup/plans.html",
        venue,
        "setup_plans",
        form,
        plans=[
            {
                "plan": each,
                "size": _size(each),
                "placed": ngettext("%(number)s space", "%(number)s spaces", number)
                % {"number": i18n.number(number)},
                "url": url("setup_plan", key=venue.key, plan_id=each.id),
            }
            for each in found
            for number in [len(placed.get(each.id, []))]
        ],
        missing=[
            i18n.name_of(each)
            for each in await saving.spaces_of(venue)
            if each.published and each.id not in lying
        ]
        if found
        else [],
        enough=len(found) >= plans.PLANS_MAX,
    )


def _size(plan: FloorPlan) -> str:
    return _("%(width)s × %(depth)s m") % {
        "width": i18n.number(plan.width_cm / 100),
        "depth": i18n.number(plan.height_cm / 100),
    }


def _form_of(plan: FloorPlan) -> Form[Any]:
    return blank(
        name=plan.name, published=plan.published, sketch=plan.sketch, revision=plan.revision, drawing=""
    )


async def _edit(
    request: Request,
    venue: Venue,
    plan: FloorPlan,
    form: Form[Any],
    *,
    by_numbers: Form[Any] | None = None,
    under: Form[Any] | None = None,
    **more: Any,
) -> Response:
    form.status = max(each.status for each in (form, by_numbers, under) if each)
    stored = await houses.drawing_of(plan)
    spaces = await saving.spaces_of(venue)
    # What was drawn and could not be saved is drawn again; by numbers one works on what is saved.
    sent = _drawing_in(form)
    strokes = await plans.strokes_of(plan)
    return shown(
        request,
        "setup/plan.html",
        venue,
        "setup_plans",
        form,
        plan=plan,
        size=_size(plan),
        sheet=sheet_for_editor(plan, stored, spaces, strokes),
        data=json_for_editor(sent or stored, spaces, await _elsewhere(venue, plan), dirty=sent is not None),
        numbers=numbers_of(stored, spaces),
        shapes=[(number, kind_name(each["kind"]), each) for number, each in enumerate(stored["shapes"], 1)],
        kinds=[(kind, kind_name(kind)) for kind in plan_shapes.KINDS],
        by_numbers=by_numbers,
        under=under,
        **more,
    )


async def _elsewhere(venue: Venue, plan: FloorPlan) -> dict[int, str]:
    """On which other plan a space lies, by its id."""
    others = {
        each.id: each.name for each in await plans.of_venue(venue.id, drafts=True) if each.id != plan.id
    }
    placed = await plans.placements_of(others)
    return {one.resource_id: others[id] for id, ones in placed.items() for one in ones}


def _drawing_in(form: Form[Any]) -> dict[str, Any] | None:
    """The drawing that a form brought, as far as it can be read again."""
    typed = form.values.get("drawing") or ""
    checked = check(Checked, {"drawing": typed}) if typed else None
    return checked.value.drawing.model_dump() if checked and checked.valid else None


def _refuse(form: Form[Any], refusal: Refused, venue: Venue, plan: FloorPlan) -> dict[str, Any]:
    """Show a refusal above the form; where somebody else was quicker, what they have changed."""
    here = url("setup_plan", key=venue.key, plan_id=plan.id)
    if not isinstance(refusal, houses.PlanChanged):
        form.refuse(refusal)
        return {}
    form.refuse(refusal, [(_("Open theirs"), here)])
    # Sent again, it is saved over theirs, knowingly.
    form.values["revision"] = str(refusal.revision)
    return {"others_changed": changes_of(refusal), "changed_by": refusal.by}


def _changed(drawing: dict[str, Any], wish: Numbers) -> dict[str, Any]:
    """The drawing with one thing placed, changed or taken away."""
    box = {"x": wish.x, "y": wish.y, "w": wish.w, "h": wish.h, "turn": wish.turn}
    if wish.space is not None:
        rest = [each for each in drawing["placements"] if each["resource_id"] != wish.space]
        return drawing | {"placements": rest if wish.off else [*rest, {"resource_id": wish.space, **box}]}
    shapes = list(drawing["shapes"])
    if wish.shape is None:
        return drawing | {"shapes": [*shapes, {"kind": wish.kind, "text": wish.text, **box}]}
    if wish.shape <= len(shapes):
        shapes[wish.shape - 1 : wish.shape] = [] if wish.off else [{**shapes[wish.shape - 1], **box}]
    return drawing | {"shapes": shapes}


async def _with_the_rest(venue: Venue, drawing: plan_shapes.Drawing) -> plan_shapes.Drawing:
    """The same with every space of the house that lies on no plan yet."""
    found = await plans.of_venue(venue.id, drafts=True)
    lying = {
        one.resource_id
        for ones in (await plans.placements_of([each.id for each in found])).values()
        for one in ones
    }
    lying |= {each.resource_id for each in drawing.placements}
    ids = [each.id for each in await saving.spaces_of(venue) if each.published and each.id not in lying]
    room = plan_shapes.PLACED_MAX - len(drawing.placements)
    boxes = plan_shapes.in_a_grid(
        drawing.width_cm,
        drawing.height_cm,
        ids[:room],
        [(each.x, each.y, each.w, each.h) for each in drawing.placements],
    )
    placed = [*drawing.placements, *(plan_shapes.Placed.model_validate(each) for each in boxes)]
    return drawing.model_copy(update={"placements": placed})


async def _from_file(venue: Venue, octets: bytes, form: Form[Any]) -> plan_shapes.Drawing | None:
    """The drawing in the file of another plan, or a complaint. Spaces that this house does not have are left out."""
    try:
        sent = json.loads(octets.decode()) if len(octets) <= plan_shapes.LETTERS_MAX * 2 else None
    except (ValueError, RecursionError):
        sent = None
    read_file = check(PlanFile, sent) if isinstance(sent, Mapping) else None
    if read_file is None or not read_file.valid:
        form.wrong("file", _("This is not the file of a plan."))
        return None
    told = read_file.value
    ids = {each.key: each.id for each in await saving.spaces_of(venue)}
    boxes = [
        {**each.model_dump(exclude={"resource"}), "resource_id": ids[each.resource]}
        for each in told.placements
        if each.resource in ids
    ]
    whole = {**told.model_dump(include={"width_cm", "height_cm", "shapes"}), "placements": boxes}
    checked = check(Checked, {"drawing": whole})
    if not checked.valid:
        form.wrong("file", " ".join(said for sentences in checked.errors.values() for said in sentences))
        return None
    return checked.value.drawing

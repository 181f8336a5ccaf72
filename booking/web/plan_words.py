"""What the editor of a floor plan is given, and a plan and its changes in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from booking import i18n
from booking.houses import PlanChanged
from booking.i18n import gettext as _
from booking.i18n import lazy, ngettext
from booking.places import FloorPlan, Placement, Resource, wording
from booking.web.plan_sheet import Said, Sheet, sheet_of

FORMAT = "share-the-desk plan 1"
KIND_NAMES = {
    "room": lazy("Room"),
    "wall": lazy("Wall"),
    "window": lazy("Window"),
    "door": lazy("Door"),
    "stairs": lazy("Stairs"),
    "label": lazy("Label"),
}


def kind_name(kind: str) -> str:
    """What a shape is called."""
    return str(KIND_NAMES[kind])


def sheet_for_editor(
    plan: FloorPlan, drawing: Mapping[str, Any], spaces: Sequence[Resource], strokes: Mapping[str, Any] | None
) -> Sheet:
    """The plan as it is saved, without links: what is there before the editor has loaded, or where it cannot."""
    said = {each.id: Said(i18n.name_of(each), "plain") for each in spaces}
    placements = [Placement(plan_id=plan.id, **each) for each in drawing["placements"]]
    placements.sort(key=lambda each: (each.y, each.x))
    return sheet_of(plan, placements, said, strokes)


def json_for_editor(
    drawing: Mapping[str, Any], spaces: Sequence[Resource], elsewhere: Mapping[int, str], *, dirty: bool
) -> dict[str, Any]:
    """All that the editor knows; its words are in the language spoken here. `elsewhere`: the plan on which a space lies
    already."""
    return {
        "drawing": drawing,
        "dirty": dirty,
        "spaces": [
            {
                "id": each.id,
                "name": i18n.name_of(each),
                "kind": " · ".join(
                    part for part in (wording.kind_name(each.kind), elsewhere.get(each.id, "")) if part
                ),
            }
            for each in spaces
        ],
        "words": {
            **{kind: str(words) for kind, words in KIND_NAMES.items()},
            "at": _("{what}: {w} × {h} m, {x} m from the left, {y} m from the top"),
            "gone": _("{what} is off the plan."),
            "text": _("Words"),
        },
    }


def numbers_of(drawing: Mapping[str, Any], spaces: Sequence[Resource]) -> list[dict[str, Any]]:
    """Each space with its numbers in metres; those that are not on the plan have none."""
    lies = {each["resource_id"]: each for each in drawing["placements"]}
    return [
        {
            "id": each.id,
            "name": i18n.name_of(each),
            "published": each.published,
            "box": {
                **{name: f"{lies[each.id][name] / 100:g}" for name in ("x", "y", "w", "h")},
                "turn": lies[each.id]["turn"],
            }
            if each.id in lies
            else None,
        }
        for each in spaces
    ]


def plan_file(plan: FloorPlan, drawing: Mapping[str, Any], keys: Mapping[int, str]) -> dict[str, Any]:
    """A plan as the file that `create` reads again."""
    return {
        "format": FORMAT,
        "name": plan.name,
        "width_cm": drawing["width_cm"],
        "height_cm": drawing["height_cm"],
        "shapes": drawing["shapes"],
        "placements": [
            {"resource": keys[each["resource_id"]], **{k: each[k] for k in ("x", "y", "w", "h", "turn")}}
            for each in drawing["placements"]
        ],
    }


# --- changes -----------------------------------------------------------------------------------------


def changes_of(refusal: PlanChanged) -> list[str]:
    """What others have changed, one sentence each."""
    said = []
    for name, before in refusal.before.items():
        after = refusal.after[name]
        if name == "placements":
            said.append(placements_changed(before, after))
        elif name == "shapes":
            said.append(
                _("What is drawn: %(before)s before, %(after)s now")
                % {"before": shapes_words(before), "after": shapes_words(after)}
            )
        elif name == "name":
            said.append(_("It is called %(name)s now.") % {"name": after})
        elif name in ("width_cm", "height_cm"):
            said.append(_("Its size is another one."))
        elif name == "ground":
            said.append(_("Something else lies under it."))
        elif name == "published":
            said.append(_("Members see it now.") if after else _("Members no longer see it."))
    return list(dict.fromkeys(each for each in said if each))


def shapes_words(shapes: Sequence[Any]) -> str:
    """'12 shapes'."""
    number = len(shapes)
    return ngettext("%(number)s shape", "%(number)s shapes", number) % {"number": i18n.number(number)}


def placements_changed(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> str:
    """'Placed: 1. Moved: 2. Taken off: 1.'"""
    was = {each["resource_id"]: each for each in before}
    now = {each["resource_id"]: each for each in after}
    counts = (
        (_("Placed: %(number)s."), len(now.keys() - was.keys())),
        (_("Moved: %(number)s."), sum(was[id] != now[id] for id in was.keys() & now.keys())),
        (_("Taken off: %(number)s."), len(was.keys() - now.keys())),
    )
    return " ".join(words % {"number": i18n.number(number)} for words, number in counts if number)

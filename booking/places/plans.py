"""Floor plans as pages read them, and the files of what lies under them.

A ground is a picture, made harmless by the same process as photos, or the strokes of an SVG as numbers. Files are
written before the row that names them, under a stamp of their own that no other ground ever has.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio

import settings
from booking import db, pictures
from booking.errors import NotFound
from booking.places.models import FloorPlan, Placement, Venue
from booking.places.photos import ENDINGS, write_whole

PLANS_MAX = 20
KEPT_REMOVED = timedelta(days=7)
DRAWING = "drawing.json"


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies under a plan: as its row keeps it, and how high it is for its width."""

    kept: dict[str, Any]
    ratio: float


async def of_venue(venue_id: int, *, drafts: bool = False) -> list[FloorPlan]:
    """The plans of a house in their order; those that are not published too, with `drafts`. One query."""
    shown = "" if drafts else "AND published "
    sql = f"WHERE venue_id = ? AND removed_at IS NULL {shown}ORDER BY position, created_at, id"
    return await db.models(FloorPlan, sql, venue_id)


async def has_any(venue_id: int) -> bool:
    """Whether members find a plan of this house. One query."""
    sql = "SELECT 1 AS one FROM floor_plan WHERE venue_id = ? AND removed_at IS NULL AND published LIMIT 1"
    return bool(await db.rows(sql, venue_id))


async def one(venue: Venue, id: UUID) -> FloorPlan:
    """A plan of this house, published or not. Raises NotFound."""
    found = await FloorPlan.get_or_none(id=id, venue_id=venue.id, removed_at=None)
    if found is None:
        raise NotFound
    return found


async def placements_of(plan_ids: Iterable[UUID]) -> dict[UUID, list[Placement]]:
    """What lies on each of these plans, in the order in which it is numbered: row by row from the top."""
    found: dict[UUID, list[Placement]] = {}
    for each in await Placement.filter(plan_id__in=list(plan_ids)).order_by("y", "x", "id"):
        found.setdefault(each.plan_id, []).append(each)
    return found


# --- grounds -----------------------------------------------------------------------------------------


async def take_ground(id: UUID, sent: bytes) -> Ground:
    """Make a picture or an SVG that somebody sent into the ground of a plan, and keep its files.

    Raises pictures.PictureRefused. Runs outside of any transaction; files that no row names are swept later.
    """
    stamp = secrets.token_hex(4)
    if pictures.is_drawing(sent):
        drawn = await pictures.strokes(sent)
        octets = json.dumps(drawn, separators=(",", ":")).encode()
        await anyio.to_thread.run_sync(write_whole, _path(id, stamp, DRAWING), octets)
        size = {"width": drawn["width"], "height": drawn["height"]}
        return Ground({"kind": "drawing", "stamp": stamp, **size}, drawn["height"] / drawn["width"])
    made = await pictures.make(sent)
    for (name, kind), octets in made.files.items():
        if name.isdecimal():
            await anyio.to_thread.run_sync(write_whole, _path(id, stamp, f"{name}.{ENDINGS[kind]}"), octets)
    kept = {
        "kind": "picture",
        "stamp": stamp,
        "width": made.width,
        "height": made.height,
        "widths": made.widths,
    }
    return Ground(kept, made.height / made.width)


async def strokes_of(plan: FloorPlan) -> dict[str, Any] | None:
    """The strokes of an SVG ground; None where there are none, or where its file is lost."""
    if not plan.ground or plan.ground["kind"] != "drawing":
        return None
    path = _path(plan.id, plan.ground["stamp"], DRAWING)
    return await anyio.to_thread.run_sync(_strokes, path)


@lru_cache(maxsize=32)
def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_bytes())


def _strokes(path: Path) -> dict[str, Any] | None:
    try:
        return _read(path)
    except (OSError, ValueError):
        return None


async def file_of(id: UUID, stamp: str, name: str) -> Path:
    """Where a file of a picture under a plan lies. Raises NotFound, also for what is no longer under it."""
    plan = await FloorPlan.get_or_none(id=id, removed_at=None)
    ground = (plan.ground if plan else None) or {}
    stem, _dot, ending = name.partition(".")
    if (
        ground.get("kind") != "picture"
        or ground["stamp"] != stamp
        or stem not in {str(width) for width in ground["widths"]}
        or ending not in ENDINGS.values()
    ):
        raise NotFound
    path = _path(id, stamp, name)
    if not path.exists():
        raise NotFound
    return path


async def keep_for_undo(id: UUID, ground: dict[str, Any] | None) -> None:
    """The files of a ground that was just replaced: their days begin now, not when they were sent."""
    if ground:
        await anyio.to_thread.run_sync(_touch, f"{id}-{ground['stamp']}-")


def _touch(stem: str) -> None:
    for path in (_folder() / stem[:2]).glob(f"{stem}*"):
        path.touch()


async def ground_is_there(id: UUID, ground: dict[str, Any] | None) -> bool:
    """Whether the files of an earlier ground are still kept, so that it can be put back."""
    if not ground:
        return True
    name = DRAWING if ground["kind"] == "drawing" else f"{ground['widths'][0]}.jpg"
    return await anyio.Path(_path(id, ground["stamp"], name)).exists()


async def forget(at: datetime) -> int:
    """Delete plans that were removed some days ago, and files that no row names since then. Returns how many."""
    gone = [each.id for each in await FloorPlan.filter(removed_at__lt=at - KEPT_REMOVED)]
    await Placement.filter(plan_id__in=gone).delete()
    await FloorPlan.filter(id__in=gone).delete()
    rows = await FloorPlan.exclude(ground=None)
    known = {f"{each.id}-{each.ground['stamp']}" for each in rows if each.ground}
    return len(gone) + await anyio.to_thread.run_sync(_sweep, known, (at - KEPT_REMOVED).timestamp())


def _sweep(known: set[str], before: float) -> int:
    gone = 0
    for path in _folder().glob("??/*"):
        # What was just written may belong to an upload whose row comes next; what was replaced, to an undo.
        if path.name.rpartition("-")[0] not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _folder() -> Path:
    return Path(settings.MEDIA_DIR) / "plans"


def _path(id: UUID, stamp: str, name: str) -> Path:
    return _folder() / str(id)[:2] / f"{id}-{stamp}-{name}"

"""Photos of a house: taking them in, putting them in order, cutting, describing, removing, and undoing that.

Files are written before their row and under names of their own, so that a half-done upload leaves at most files that
nobody can reach; the daily job takes away what no row names any more. The pixels are worked on outside of any
transaction, in a process of its own (`booking.pictures`).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio

import settings
from booking import db, events, pictures
from booking.errors import NotFound, Refused
from booking.i18n import lazy
from booking.places.models import Photo, Resource, Venue

PHOTOS_MAX = 40
KEPT_REMOVED = timedelta(days=7)
# The picture as it was sent, without its metadata: what a new crop is cut from.
SOURCE = "0"
ENDINGS = {"jpeg": "jpg", "webp": "webp", "avif": "avif"}


class EnoughPhotos(Refused):
    code = "photos_enough"
    text = lazy("This house has %(most)d photos already. Remove one first.")


async def of_venue(venue_id: int) -> list[Photo]:
    """All photos of a house, in the order of its page."""
    found = await db.models(
        Photo, "WHERE venue_id = ? AND removed_at IS NULL ORDER BY position, created_at", venue_id
    )
    await db.relate(found, "resource")
    return found


async def of_resource(resource_id: int) -> list[Photo]:
    """The photos of one resource, in the order of its house's page."""
    return await Photo.filter(resource_id=resource_id, removed_at=None).order_by("position", "created_at")


async def first_of(resource_ids: Sequence[int]) -> dict[int, Photo]:
    """The first photo of each of these resources that has one, in one query."""
    found = await Photo.filter(resource_id__in=list(resource_ids), removed_at=None).order_by(
        "-position", "-created_at"
    )
    return {photo.resource_id: photo for photo in found if photo.resource_id is not None}


async def one(venue: Venue, id: UUID, *, removed_since: datetime | None = None) -> Photo:
    """A photo of this house that is there; or, with `removed_since`, one removed after that. Raises NotFound."""
    wanted = {"removed_at": None} if removed_since is None else {"removed_at__gt": removed_since}
    photo = await Photo.get_or_none(id=id, venue_id=venue.id, **wanted).select_related("resource")
    if photo is None:
        raise NotFound
    return photo


async def file_of(id: UUID, stamp: str, name: str) -> Path:
    """Where the file of a photo lies. Raises NotFound, also for one that was removed."""
    photo = await Photo.get_or_none(id=id, removed_at=None)
    stem, _dot, ending = name.partition(".")
    known = photo is not None and stamp == photo.stamp and stem in {str(width) for width in photo.widths}
    if not known or ending not in ENDINGS.values():
        raise NotFound
    path = _path(id, stamp, name)
    if not path.exists():
        raise NotFound
    return path


def whole(photo: Photo) -> Path:
    """The file of the photo as it was sent, upright and without metadata: for choosing a part of it."""
    return _path(photo.id, SOURCE, "source.jpg")


async def add(
    venue: Venue,
    resource: Resource | None,
    sent: bytes,
    alts: Mapping[str, str],
    *,
    id: UUID,
    by_id: int,
    at: datetime,
) -> Photo:
    """Take a photo in, at the end of the house's row. The same id again is the first one.

    The caller has checked that they manage the venue. Raises EnoughPhotos, pictures.PictureRefused, NotFound for
    somebody else's id.
    """
    assert resource is None or resource.venue_id == venue.id
    if done := await Photo.get_or_none(id=id):
        if done.venue_id != venue.id:
            raise NotFound
        return done
    if await Photo.filter(venue_id=venue.id, removed_at=None).count() >= PHOTOS_MAX:
        raise EnoughPhotos(most=PHOTOS_MAX)
    made, stamp = await pictures.make(sent), _new_stamp()
    await anyio.to_thread.run_sync(_write, id, stamp, made)
    await anyio.to_thread.run_sync(_write_source, id, made)
    return await _add(id, venue, resource, made, stamp, dict(alts), by_id=by_id, at=at)


@db.atomic
async def _add(
    id: UUID,
    venue: Venue,
    resource: Resource | None,
    made: pictures.Made,
    stamp: str,
    alts: dict[str, str],
    *,
    by_id: int,
    at: datetime,
) -> Photo:
    await db.lock(Venue, [venue.id])
    if done := await Photo.get_or_none(id=id):
        return done
    there = await Photo.filter(venue_id=venue.id, removed_at=None).order_by("-position")
    if len(there) >= PHOTOS_MAX:
        raise EnoughPhotos(most=PHOTOS_MAX)
    photo = await Photo.create(
        id=id,
        venue_id=venue.id,
        resource_id=resource.id if resource else None,
        position=there[0].position + 1 if there else 0,
        alts=alts,
        stamp=stamp,
        created_at=at,
        created_by_id=by_id,
        **_measures(made),
    )
    await _record(
        "photo.added", photo, by_id=by_id, at=at, after={"alts": alts, "resource_id": photo.resource_id}
    )
    return photo


@db.atomic
async def describe(
    venue: Venue, id: UUID, alts: Mapping[str, str], resource: Resource | None, *, by_id: int, at: datetime
) -> Photo:
    """Say what is to be seen, and of which space it is a photo. Raises NotFound."""
    assert resource is None or resource.venue_id == venue.id
    photo = await _locked(venue, id)
    before = {"alts": photo.alts, "resource_id": photo.resource_id}
    after = {"alts": dict(alts), "resource_id": resource.id if resource else None}
    if before == after:
        return photo
    await photo.update_from_dict(after).save(update_fields=["alts", "resource_id"])
    await _record("photo.described", photo, by_id=by_id, at=at, before=before, after=after)
    return photo


async def crop(
    venue: Venue, id: UUID, box: tuple[float, float, float, float] | None, *, by_id: int, at: datetime
) -> Photo:
    """Show only a part of the photo, or all of it again (None). Raises NotFound, pictures.PictureRefused."""
    photo = await Photo.get_or_none(id=id, venue_id=venue.id, removed_at=None)
    if photo is None:
        raise NotFound
    wanted = None if box is None or tuple(box) == (0.0, 0.0, 1.0, 1.0) else list(box)
    if photo.crop == wanted:
        return photo
    source = await anyio.Path(whole(photo)).read_bytes()
    made = await pictures.make(source, crop=(wanted[0], wanted[1], wanted[2], wanted[3]) if wanted else None)
    # A stamp that nobody else has: of two who cut at once, the row names the files of one.
    stamp = _new_stamp()
    await anyio.to_thread.run_sync(_write, id, stamp, made)
    return await _crop(venue, id, wanted, stamp, made, by_id=by_id, at=at)


@db.atomic
async def _crop(
    venue: Venue,
    id: UUID,
    box: list[float] | None,
    stamp: str,
    made: pictures.Made,
    *,
    by_id: int,
    at: datetime,
) -> Photo:
    photo = await _locked(venue, id)
    before = {"crop": photo.crop}
    values = {"crop": box, "stamp": stamp, **_measures(made)}
    await photo.update_from_dict(values).save(update_fields=list(values))
    await _record("photo.cropped", photo, by_id=by_id, at=at, before=before, after={"crop": box})
    return photo


@db.atomic
async def arrange(venue: Venue, ids: Sequence[UUID], *, by_id: int, at: datetime) -> list[Photo]:
    """Put the house's photos into this order; those that are not named come after, as they were."""
    await db.lock(Venue, [venue.id])
    there = await of_venue(venue.id)
    wanted = {id: place for place, id in enumerate(ids)}
    ordered = sorted(there, key=lambda photo: wanted.get(photo.id, len(wanted)))
    if [photo.id for photo in ordered] == [photo.id for photo in there]:
        return there
    for place, photo in enumerate(ordered):
        if photo.position != place:
            await Photo.filter(id=photo.id).update(position=place)
            photo.position = place
    await events.record(
        "photo.arranged",
        venue.subject,
        at=at,
        by_id=by_id,
        venue_id=venue.id,
        before=[str(photo.id) for photo in there],
        after=[str(photo.id) for photo in ordered],
    )
    return ordered


@db.atomic
async def remove(venue: Venue, id: UUID, *, by_id: int, at: datetime) -> Photo:
    """Take a photo off the pages, at once; for some days it can be put back. Raises NotFound."""
    photo = await _locked(venue, id)
    photo.removed_at = at
    await photo.save(update_fields=["removed_at"])
    await _record("photo.removed", photo, by_id=by_id, at=at)
    return photo


@db.atomic
async def put_back(venue: Venue, id: UUID, *, by_id: int, at: datetime) -> Photo:
    """Undo a removal. Twice changes nothing. Raises NotFound once the files are gone, EnoughPhotos."""
    await db.lock(Venue, [venue.id])
    photo = await Photo.get_or_none(id=id, venue_id=venue.id)
    if photo is None:
        raise NotFound
    if photo.removed_at is None:
        return photo
    if await Photo.filter(venue_id=venue.id, removed_at=None).count() >= PHOTOS_MAX:
        raise EnoughPhotos(most=PHOTOS_MAX)
    photo.removed_at = None
    await photo.save(update_fields=["removed_at"])
    await _record("photo.put_back", photo, by_id=by_id, at=at)
    return photo


async def forget(at: datetime) -> int:
    """Delete what was removed some days ago, and files that no row names. Returns how many photos and files went."""
    gone = await Photo.filter(removed_at__lt=at - KEPT_REMOVED).delete()
    known = {(str(photo.id), stamp) for photo in await Photo.all() for stamp in (photo.stamp, SOURCE)}
    return gone + await anyio.to_thread.run_sync(_sweep, known, (at - timedelta(days=1)).timestamp())


def _sweep(known: set[tuple[str, str]], before: float) -> int:
    gone = 0
    for path in _folder().glob("??/*"):
        id, _dash, rest = path.name.rpartition("-")[0].rpartition("-")
        # What was just written may belong to an upload whose row comes next.
        if (id, rest) not in known and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


async def _locked(venue: Venue, id: UUID) -> Photo:
    await db.lock(Venue, [venue.id])
    photo = await Photo.get_or_none(id=id, venue_id=venue.id, removed_at=None)
    if photo is None:
        raise NotFound
    return photo


def _measures(made: pictures.Made) -> dict[str, Any]:
    return {
        "width": made.width,
        "height": made.height,
        "widths": made.widths,
        "blur": base64.b64encode(made.files["blur", "webp"]).decode()[:800],
    }


def _folder() -> Path:
    return Path(settings.MEDIA_DIR) / "photos"


def _path(id: UUID, stamp: str, name: str) -> Path:
    return _folder() / str(id)[:2] / f"{id}-{stamp}-{name}"


def _new_stamp() -> str:
    return secrets.token_hex(4)


def _write(id: UUID, stamp: str, made: pictures.Made) -> None:
    for (name, kind), octets in made.files.items():
        if name.isdecimal():
            write_whole(_path(id, stamp, f"{name}.{ENDINGS[kind]}"), octets)


def _write_source(id: UUID, made: pictures.Made) -> None:
    write_whole(_path(id, SOURCE, "source.jpg"), made.files["source", "jpeg"])


def write_whole(path: Path, octets: bytes) -> None:
    """Under a name of its own first: a full disk leaves no half picture behind a good name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    part.write_bytes(octets)
    part.replace(path)


async def _record(name: str, photo: Photo, *, by_id: int, at: datetime, **data: Any) -> None:
    await events.record(name, f"photo:{photo.id}", at=at, by_id=by_id, venue_id=photo.venue_id, **data)

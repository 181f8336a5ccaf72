"""Photos: the files for everybody, and a house's photos for its managers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import Field
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from booking import i18n, places
from booking.errors import NotFound
from booking.forms import Form, Line, Shape, blank, read, read_with_file
from booking.i18n import LANGUAGES
from booking.i18n import gettext as _
from booking.pictures import OCTETS_MAX, PictureRefused
from booking.places import Photo, Venue, photos
from booking.web import session
from booking.web.manage import house_of, tabs
from booking.web.pages import flash, page, redirect
from booking.web.pictures import TYPES, gallery, picture_file, shown

# The form around the file needs some room too.
UPLOAD_BYTES_MAX = OCTETS_MAX + 64 * 1024
ALT_MAX = 200
Alt = Annotated[Line, Field(max_length=ALT_MAX)]


async def file(request: Request) -> Response:
    """One file of a photo. Its bytes never change, so it may be kept; nothing in it can run."""
    stamp, _dash, name = request.path_params["name"].partition("-")
    path = await photos.file_of(request.path_params["photo_id"], stamp, name)
    return picture_file(path, "photo")


# --- for managers ------------------------------------------------------------------------------------


class Described(Shape):
    """What is to be seen, in the speaker's language and perhaps in others, and of which space it is."""

    of: int | None = None
    alt: Alt = Field(min_length=3, max_length=ALT_MAX)
    alt_en: Alt = ""
    alt_nl: Alt = ""
    alt_fr: Alt = ""
    alt_de: Alt = ""
    alt_es: Alt = ""
    alt_it: Alt = ""
    alt_sv: Alt = ""


class Sent(Described):
    """The same with the id of the new photo, so that the second click finds the first one's."""

    id: UUID


class Order(Shape):
    """The photos in their new order, or one that goes a place up or down."""

    ids: list[UUID] = Field(default_factory=list, max_length=photos.PHOTOS_MAX)
    up: UUID | None = None
    down: UUID | None = None


class Cut(Shape):
    """How much of each side is cut off, in percent of the whole."""

    left: int = Field(0, ge=0, le=95)
    top: int = Field(0, ge=0, le=95)
    right: int = Field(0, ge=0, le=95)
    bottom: int = Field(0, ge=0, le=95)


async def index(request: Request) -> Response:
    """The photos of a house, and a form for one more."""
    _member, venue = await house_of(request, managing=True)
    return await _index(request, venue, blank(id=uuid4(), of=request.query_params.get("of", "")))


async def add(request: Request) -> Response:
    """Take one in, or say what is wrong with it; the words that were typed stay."""
    member, venue = await house_of(request, managing=True)
    form, octets = await read_with_file(request, Sent, "file")
    resource = await _resource(venue, form)
    if not octets:
        form.wrong("file", _("Choose a picture."))
    if form.valid:
        try:
            await photos.add(
                venue,
                resource,
                octets,
                _alts(form.value),
                id=form.value.id,
                by_id=member.id,
                at=session.at(request),
            )
            flash(request, "success", _("The photo is on the page."))
            return redirect(request, "manage_photos", key=venue.key)
        except PictureRefused as refusal:
            form.wrong("file", f"{refusal.sentence} {refusal.rule_sentence}")
    return await _index(request, venue, form)


async def edit(request: Request) -> Response:
    """One photo: its words, its space, and what part of it is shown."""
    _member, venue = await house_of(request, managing=True)
    photo = await _photo(request, venue)
    return await _edit(request, venue, photo, _words_of(photo), _cut_of(photo))


async def whole(request: Request) -> Response:
    """All of the picture, also what its page does not show: for its managers alone."""
    _member, venue = await house_of(request, managing=True)
    photo = await _photo(request, venue)
    return FileResponse(
        photos.whole(photo), media_type=TYPES["jpg"], headers={"Cache-Control": "private, no-store"}
    )


async def describe(request: Request) -> Response:
    """Change its words."""
    member, venue = await house_of(request, managing=True)
    photo = await _photo(request, venue)
    form = await read(request, Described)
    resource = await _resource(venue, form)
    if not form.valid:
        return await _edit(request, venue, photo, form, _cut_of(photo))
    await photos.describe(
        venue, photo.id, _alts(form.value), resource, by_id=member.id, at=session.at(request)
    )
    flash(request, "success", _("Saved."))
    return redirect(request, "manage_photos", key=venue.key)


async def crop(request: Request) -> Response:
    """Show another part of it. Nothing is lost: the whole picture is kept."""
    member, venue = await house_of(request, managing=True)
    photo = await _photo(request, venue)
    form = await read(request, Cut)
    if form.valid:
        cut = form.value
        box = (cut.left / 100, cut.top / 100, 1 - cut.right / 100, 1 - cut.bottom / 100)
        try:
            await photos.crop(venue, photo.id, box, by_id=member.id, at=session.at(request))
            flash(request, "success", _("The photo shows the new part."))
            return redirect(request, "manage_photo", key=venue.key, photo_id=photo.id)
        except PictureRefused as refusal:
            form.wrong("", _("Too little would be left. %(why)s") % {"why": refusal.sentence})
    return await _edit(request, venue, photo, _words_of(photo), form)


async def arrange(request: Request) -> Response:
    """Another order: all of it from dragging, or one step from a button."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, Order)
    if not form.valid:
        return await _index(request, venue, blank(id=uuid4()), status=422)
    ids = form.value.ids or [photo.id for photo in await photos.of_venue(venue.id)]
    for moved, step in ((form.value.up, -1), (form.value.down, 1)):
        if moved in ids:
            there = ids.index(moved)
            beside = min(max(there + step, 0), len(ids) - 1)
            ids[there], ids[beside] = ids[beside], ids[there]
    await photos.arrange(venue, ids, by_id=member.id, at=session.at(request))
    return redirect(request, "manage_photos", key=venue.key)


async def remove(request: Request) -> Response:
    """Take it off the pages; the next page offers to put it back."""
    member, venue = await house_of(request, managing=True)
    photo = await photos.remove(
        venue, request.path_params["photo_id"], by_id=member.id, at=session.at(request)
    )
    return redirect(request, "manage_photos", key=venue.key, removed=photo.id)


async def put_back(request: Request) -> Response:
    """Undo a removal."""
    member, venue = await house_of(request, managing=True)
    await photos.put_back(venue, request.path_params["photo_id"], by_id=member.id, at=session.at(request))
    flash(request, "success", _("The photo is back."))
    return redirect(request, "manage_photos", key=venue.key)


# --- parts -------------------------------------------------------------------------------------------


async def _index(request: Request, venue: Venue, form: Form[Any], *, status: int = 0) -> Response:
    removed = await _just_removed(request, venue)
    return page(
        request,
        "manage/photos.html",
        status=status or form.status,
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_photos"),
        photos=gallery(await photos.of_venue(venue.id)),
        most=photos.PHOTOS_MAX,
        spaces=await _spaces(venue),
        others=_other_languages(),
        removed=removed,
        form=form,
    )


async def _edit(request: Request, venue: Venue, photo: Photo, words: Form[Any], cut: Form[Any]) -> Response:
    return page(
        request,
        "manage/photo.html",
        status=max(words.status, cut.status),
        venue=venue,
        title=i18n.name_of(venue),
        tabs=tabs(request, venue, "manage_photos"),
        one=shown(photo),
        spaces=await _spaces(venue),
        others=_other_languages(),
        words=words,
        cut=cut,
    )


async def _photo(request: Request, venue: Venue) -> Photo:
    return await photos.one(venue, request.path_params["photo_id"])


async def _resource(venue: Venue, form: Form[Any]) -> places.Resource | None:
    """The space that the form names, complained about when it is none of this house."""
    if not form.valid or form.value.of is None:
        return None
    found = next((each for each in await places.published([venue.id]) if each.id == form.value.of), None)
    if found is None:
        form.wrong("of", _("This house has no such space."))
    return found


async def _just_removed(request: Request, venue: Venue) -> UUID | None:
    """The photo whose removal this page may offer to undo."""
    try:
        id = UUID(request.query_params.get("removed", ""))
        await photos.one(venue, id, removed_since=session.at(request) - timedelta(days=1))
    except (ValueError, NotFound):
        return None
    return id


async def _spaces(venue: Venue) -> list[tuple[int, str]]:
    return [(each.id, i18n.name_of(each)) for each in await places.published([venue.id])]


def _other_languages() -> list[tuple[str, str]]:
    return [(code, name) for code, name in LANGUAGES.items() if code != i18n.language()]


def _alts(form: Described) -> dict[str, str]:
    typed: Mapping[str, str] = {code: getattr(form, f"alt_{code}") for code in LANGUAGES}
    return {code: text for code, text in {**typed, i18n.language(): form.alt}.items() if text}


def _words_of(photo: Photo) -> Form[Any]:
    alts: Mapping[str, str] = photo.alts
    others = {f"alt_{code}": alts.get(code, "") for code in LANGUAGES}
    return blank(of=photo.resource_id or "", alt=i18n.said_in(alts), **others)


def _cut_of(photo: Photo) -> Form[Any]:
    box: Sequence[float] = photo.crop or (0, 0, 1, 1)
    return blank(
        left=round(box[0] * 100),
        top=round(box[1] * 100),
        right=round((1 - box[2]) * 100),
        bottom=round((1 - box[3]) * 100),
    )

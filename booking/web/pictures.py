"""Photos as templates show them, and their files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import FileResponse

from booking import i18n
from booking.places import Photo, photos
from booking.web.assets import A_YEAR
from booking.web.pages import url

TYPES = {"jpg": "image/jpeg", "webp": "image/webp", "avif": "image/avif"}


@dataclass(frozen=True)
class Shown:
    """A photo as a template shows it: addresses for each format, by width; `alt` in the language spoken."""

    photo: Photo
    alt: str
    src: str
    avif: str
    webp: str
    jpeg: str
    blur: str


def shown(photo: Photo) -> Shown:
    """What `parts/photo.html` needs of a photo."""

    def address(width: int, ending: str) -> str:
        return url("photo", photo_id=photo.id, name=f"{photo.stamp}-{width}.{ending}")

    def every(ending: str) -> str:
        return ", ".join(f"{address(width, ending)} {width}w" for width in photo.widths)

    middle = min(photo.widths, key=lambda width: abs(width - 960))
    blur = f"data:image/webp;base64,{photo.blur}"
    return Shown(
        photo,
        i18n.said_in(photo.alts),
        address(middle, "jpg"),
        every("avif"),
        every("webp"),
        every("jpg"),
        blur,
    )


def gallery(found: Iterable[Photo]) -> list[Shown]:
    """Photos as a page shows them, in their order."""
    return [shown(photo) for photo in found]


async def small_ones(resource_ids: Sequence[int]) -> dict[int, Shown]:
    """The first photo of each of these resources that has one."""
    return {id: shown(photo) for id, photo in (await photos.first_of(resource_ids)).items()}


def picture_file(path: Path, name: str) -> FileResponse:
    """A picture whose bytes never change under its address, so it may be kept; nothing in it can run."""
    return FileResponse(
        path,
        media_type=TYPES[path.suffix.removeprefix(".")],
        headers={
            "Cache-Control": A_YEAR,
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": f'inline; filename="{name}{path.suffix}"',
        },
    )

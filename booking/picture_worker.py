"""The process that opens a stranger's picture: `python -m booking.picture_worker`, started by `booking.pictures`.

Reads one line of JSON (what to do) and the file from standard input; writes one line of JSON, then the pictures it
lists. Before it looks at a single octet it gives up what an attacker would want: no more memory than LIMITS says, so
many seconds of processor, no file and no socket can be opened any more. Only still JPEG, PNG and WebP pictures are
read; what leaves is made of pixels alone, so that no metadata, comment, profile or appended script can come along.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import Any

from PIL import (
    AvifImagePlugin,
    Image,
    ImageCms,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

MEMORY_BYTES_MAX = 512 << 20
SECONDS_MAX = 5
PIXELS_MAX = 24_000_000
SIDE_MAX = 12_000
SIDE_MIN = 200
FORMATS = ("JPEG", "PNG", "WEBP")
SOURCE_SIDE = 2400
BLUR_SIDE = 16


class Refusal(Exception):
    """This file is not taken; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def main() -> int:
    """One picture in, several out. Refusals are answers, not crashes."""
    wish = json.loads(sys.stdin.buffer.readline())
    sent = sys.stdin.buffer.read()
    get_ready()
    try:
        answer, blobs = work(sent, wish)
    except Refusal as refusal:
        answer, blobs = {"refused": refusal.code}, []
    except MemoryError:
        answer, blobs = {"refused": "too_large"}, []
    except Exception as error:
        # Whatever a decoder raises on broken octets: the file is at fault, and the name says no more than that.
        answer, blobs = {"refused": "unreadable", "why": type(error).__name__}, []
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + b"".join(blobs))
    return 0


def get_ready() -> None:
    """Load what is needed, then give up the right to open anything."""
    # TIFF is never read, but Exif is written in it.
    for codec in (AvifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin):
        assert codec
    # Encoders load parts of themselves at first use.
    for kind in ("AVIF", "WEBP", "JPEG"):
        Image.new("RGB", (8, 8)).save(io.BytesIO(), kind)
    ImageCms.createProfile("sRGB")
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    PngImagePlugin.MAX_TEXT_CHUNK = 1 << 16
    PngImagePlugin.MAX_TEXT_MEMORY = 1 << 18
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, SECONDS_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        # Three are open already, so neither a file nor a socket comes to them.
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def work(sent: bytes, wish: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """The pictures of `wish`: {"widths": […], "crop": [left, top, right, bottom] in parts of 1, or null}."""
    picture = opened(sent)
    source = encoded(picture, "JPEG")
    if crop := wish.get("crop"):
        picture = cropped(picture, crop)
    made: list[dict[str, Any]] = [{"name": "source", "format": "jpeg", "octets": len(source)}]
    blobs = [source]
    widths = [each for each in wish["widths"] if each < picture.width] or []
    for width in [*widths, min(picture.width, max(wish["widths"]))]:
        size = (width, max(1, round(picture.height * width / picture.width)))
        small = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        for kind in ("AVIF", "WEBP", "JPEG"):
            blob = encoded(small, kind)
            made.append({"name": str(width), "format": kind.lower(), "octets": len(blob)})
            blobs.append(blob)
    tiny = picture.copy()
    tiny.thumbnail((BLUR_SIDE, BLUR_SIDE))
    blur = encoded(tiny, "WEBP")
    made.append({"name": "blur", "format": "webp", "octets": len(blur)})
    return {"width": picture.width, "height": picture.height, "made": made}, [*blobs, blur]


def opened(sent: bytes) -> Image.Image:
    """The pixels, upright, in sRGB, without transparency, at most SOURCE_SIDE long. Raises Refusal."""
    if not sent:
        raise Refusal("empty")
    try:
        picture: Image.Image = Image.open(io.BytesIO(sent), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refusal("too_large") from None
    except Exception:
        raise Refusal("not_a_picture") from None
    if getattr(picture, "n_frames", 1) != 1:
        raise Refusal("moving")
    width, height = picture.size
    if width * height > PIXELS_MAX or max(width, height) > SIDE_MAX:
        raise Refusal("too_large")
    if min(width, height) < SIDE_MIN:
        raise Refusal("too_small")
    profile = picture.info.get("icc_profile")
    if picture.format == "JPEG":
        picture.draft("RGB", (SOURCE_SIDE, SOURCE_SIDE))
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    picture = in_srgb(picture, profile)
    picture.thumbnail((SOURCE_SIDE, SOURCE_SIDE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    # New pixels in a new picture: nothing of the file's own notes can travel with it.
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    return clean


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours as screens show them; a see-through picture stands on white."""
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        try:
            given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(
                picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB"
            )
            return changed or picture.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            return picture.convert("RGB")
    if picture.mode.startswith("I") or picture.mode == "F":
        # Sixteen bits of grey, of which screens show eight.
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        upon = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(upon, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")


def cropped(picture: Image.Image, crop: list[float]) -> Image.Image:
    """The part between two corners, given in parts of the whole. Raises Refusal when too little is left."""
    left, top, right, bottom = (min(1.0, max(0.0, float(each))) for each in crop)
    box = (
        round(left * picture.width),
        round(top * picture.height),
        round(right * picture.width),
        round(bottom * picture.height),
    )
    if box[2] - box[0] < SIDE_MIN or box[3] - box[1] < SIDE_MIN:
        raise Refusal("too_small")
    return picture.crop(box)


def encoded(picture: Image.Image, kind: str) -> bytes:
    """As a file without any metadata."""
    options: dict[str, dict[str, Any]] = {
        "AVIF": {"quality": 58, "speed": 8, "max_threads": 1},
        "WEBP": {"quality": 78, "method": 3},
        "JPEG": {"quality": 82, "optimize": True, "progressive": True},
    }
    out = io.BytesIO()
    picture.save(out, kind, **options[kind])
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())

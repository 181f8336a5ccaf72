"""Strangers' pictures: what comes out is small, upright and says nothing; bombs and disguises are refused quickly."""

from __future__ import annotations

import asyncio
import io
import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from booking import picture_worker, pictures
from booking.pictures import PictureRefused, make
from tests.pictures import opened, picture

SECRET = "Kestrel 47.11 N"


async def refused(octets: bytes) -> str:
    with pytest.raises(PictureRefused) as said:
        await make(octets)
    return said.value.sentence


async def test_it_works() -> None:
    made = await make(picture(size=(2000, 1000)))
    assert (made.width, made.height) == (2000, 1000)
    assert made.widths == [480, 960, 1600]
    for (name, kind), octets in made.files.items():
        assert opened(octets).format == kind.upper()
        if name.isdecimal():
            assert opened(octets).size == (int(name), int(name) // 2)
    assert len(made.files["blur", "webp"]) < 400


async def test_small_pictures_are_not_blown_up() -> None:
    made = await make(picture(size=(700, 300)))
    assert made.widths == [480, 700]


@pytest.mark.parametrize(
    "kind, mode",
    [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "L"), ("PNG", "I;16"), ("JPEG", "CMYK"), ("WEBP", "RGBA")],
)
async def test_all_kinds_become_plain_colours(kind: str, mode: str) -> None:
    octets = picture(kind, mode="RGB" if mode == "I;16" else mode)
    if mode == "I;16":
        out = io.BytesIO()
        Image.new("I;16", (400, 300), 40000).save(out, "PNG")
        octets = out.getvalue()
    made = await make(octets)
    assert opened(made.files["480" if made.width > 480 else str(made.width), "jpeg"]).mode == "RGB"


async def test_it_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by ninety degrees
    made = await make(picture(exif=exif))
    assert (made.width, made.height) == (600, 800)
    red, _green, blue = opened(made.files["600", "jpeg"]).getpixel((300, 20))
    assert red > 200 > 60 > blue


async def test_a_part_of_it() -> None:
    made = await make(picture(size=(1000, 600)), crop=(0.5, 0, 1, 1))
    assert (made.width, made.height) == (500, 600)
    red, _green, blue = opened(made.files["500", "jpeg"]).getpixel((10, 10))
    assert blue > 200 > 60 > red
    # The whole is kept, for another part of it.
    assert opened(made.files["source", "jpeg"]).size == (1000, 600)


async def test_too_little_of_it() -> None:
    with pytest.raises(PictureRefused):
        await make(picture(), crop=(0.5, 0.5, 0.6, 0.6))


def told() -> dict[str, bytes]:
    """Pictures that carry words in every place a file has for them."""
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif.get_ifd(0x8825)[1] = "N"
    notes = PngInfo()
    notes.add_text("Comment", SECRET)
    notes.add_itxt("XML:com.adobe.xmp", f"<x>{SECRET}</x>")
    profile = b"\0" * 128 + SECRET.encode()
    return {
        "exif": picture(exif=exif),
        "comment": picture(comment=SECRET.encode()),
        "xmp": picture(xmp=f"<x>{SECRET}</x>".encode()),
        "png text": picture("PNG", pnginfo=notes),
        "profile": picture(icc_profile=profile),
        "webp": picture("WEBP", exif=exif, xmp=f"<x>{SECRET}</x>".encode(), icc_profile=profile),
        "appended": picture() + b"<script>" + SECRET.encode() + b"</script>",
    }


@pytest.mark.parametrize("where", told())
async def test_nothing_but_pixels_leaves(where: str) -> None:
    octets = told()[where]
    assert SECRET.encode() in octets
    for (_name, kind), out in (await make(octets)).files.items():
        assert SECRET.encode() not in out
        found = opened(out)
        assert not dict(found.getexif())
        assert not {"comment", "xmp", "icc_profile", "exif"} & set(found.info), kind


def bombs() -> dict[str, bytes]:
    whole = picture()
    moving = io.BytesIO()
    Image.new("RGB", (400, 300)).save(
        moving, "PNG", save_all=True, append_images=[Image.new("RGB", (400, 300), "red")]
    )
    waving = io.BytesIO()
    frames = [Image.new("RGB", (400, 300), colour) for colour in ("red", "green", "blue")]
    frames[0].save(waving, "WEBP", save_all=True, append_images=frames[1:])
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    tiff, icon = io.BytesIO(), io.BytesIO()
    frames[0].save(tiff, "TIFF")
    frames[0].save(icon, "ICO")
    return {
        "empty": b"",
        "cut short": whole[: len(whole) // 2],
        "head alone": whole[:20],
        "noise": random.Random(7).randbytes(5000),
        "many pixels": png(9400, 9400),
        "more pixels": png(13_300, 13_300),
        "most pixels": png(2**31 - 1, 2**31 - 1),
        "a line": png(65_535, 1),
        "a long line": png(20_000, 1_000),
        "a dot": png(1, 1),
        "text bomb": with_text_bomb(),
        "moving png": moving.getvalue(),
        "moving webp": waving.getvalue(),
        "gif": gif.getvalue(),
        "tiff": tiff.getvalue(),
        "icon": icon.getvalue(),
        "html": b"<html><script>alert(1)</script></html>",
        "gif and script": b"GIF89a/*" + b" " * 300 + b"*/=1;alert(1)",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200,
        "zip": b"PK\x03\x04" + b"\0" * 200,
        "php": b"\x89PNG\r\n\x1a\n<?php system($_GET['x']); ?>",
    }


def png(width: int, height: int, *, extra: bytes = b"") -> bytes:
    """A PNG that says it is so large, with as little in it as a zip bomb needs."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = zlib.compressobj(9)
    data = b"".join(
        row.compress(b"\0" * (width + 1)) for _line in range(min(height, 2000) if width < 10**6 else 0)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + extra
        + chunk(b"IDAT", data + row.flush())
        + chunk(b"IEND", b"")
    )


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_text_bomb() -> bytes:
    return png(1, 1, extra=chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (100 << 20), 9)))


BOMBS = bombs()


@pytest.mark.parametrize("bomb", BOMBS)
async def test_bombs_and_disguises_are_refused(bomb: str) -> None:
    sentence = await refused(BOMBS[bomb])
    assert sentence in {str(each) for each in pictures.WHY.values()}


async def test_too_heavy_a_file_is_not_even_looked_at() -> None:
    assert "10 megabytes" in await refused(b"\xff\xd8" + b"x" * pictures.OCTETS_MAX)


async def test_the_largest_that_is_taken() -> None:
    """24 million pixels go through within the limits of memory and time."""
    made = await make(picture(size=(6000, 4000), quality=60))
    assert (made.width, made.height) == (2400, 1600)
    made = await make(picture("PNG", size=(6000, 4000), mode="RGBA"))
    assert (made.width, made.height) == (2400, 1600)


async def test_a_child_that_is_killed_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of time, out of memory: the picture is at fault, and the next one is made."""
    monkeypatch.setattr(pictures, "SECONDS_MAX", 0.01)
    assert await refused(picture()) == str(pictures.WHY["unreadable"])
    monkeypatch.undo()
    assert (await make(picture())).width == 800


async def test_many_at_once_wait_for_each_other() -> None:
    made = await asyncio.gather(*(make(picture()) for _each in range(6)))
    assert [each.width for each in made] == [800] * 6


def test_the_child_can_open_nothing(tmp_path: Path) -> None:
    """In a process of its own, as the limits cannot be taken back: no file, no socket, no process, no large memory."""
    import subprocess
    import sys

    script = """
import os, socket, sys
from booking import picture_worker
picture_worker.get_ready()
open_now = []
for name, attempt in {
    "file": lambda: open("/etc/hostname"),
    "write": lambda: open(sys.argv[1] + "/x", "w"),
    "socket": lambda: socket.socket(),
    "memory": lambda: bytearray(600 << 20),
}.items():
    try:
        attempt()
        open_now.append(name)
    except (OSError, MemoryError):
        pass
print(open_now)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


async def answers_to_broken_pictures(seed: int, attempts: int) -> set[str]:
    """What is said to octets of good pictures, some of them changed: 'made', or the code of a refusal."""
    chance = random.Random(seed)
    good = [picture(size=(240, 220)), picture("PNG", size=(240, 220)), picture("WEBP", size=(240, 220))]
    answers = set()
    for _attempt in range(attempts):
        octets = bytearray(chance.choice(good))
        for _change in range(chance.randint(1, 30)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        try:
            await make(bytes(octets))
            answers.add("made")
        except PictureRefused as said:
            answers.add(said.code)
    return answers


async def test_broken_pictures_never_break_the_child() -> None:
    assert await answers_to_broken_pictures(20261126, 40) == {"made", "picture_refused"}


@pytest.mark.slow
async def test_many_broken_pictures_never_break_the_child() -> None:
    assert await answers_to_broken_pictures(4711, 2000) == {"made", "picture_refused"}


def test_the_limits_are_those_we_tell() -> None:
    assert picture_worker.PIXELS_MAX == 24_000_000
    assert str(picture_worker.SIDE_MIN) in str(pictures.WHY["too_small"])

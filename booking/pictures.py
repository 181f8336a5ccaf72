"""Pictures that people send: made harmless and small in a process of its own. See `booking.picture_worker`.

Nothing here opens a picture. At most so many of these processes run at once, so that a crowd of uploads cannot take the
machine; one that takes too long is killed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from booking.errors import Refused
from booking.i18n import lazy

OCTETS_MAX = 10 * 1024 * 1024
DRAWING_OCTETS_MAX = 2 * 1024 * 1024
WIDTHS = (480, 960, 1600)
SECONDS_MAX = 15
AT_ONCE = 2

# Paths of whole numbers, as the worker writes them.
PATH = re.compile(r"[MLCZ0-9 ]*")

_places = threading.BoundedSemaphore(AT_ONCE)


class PictureRefused(Refused):
    """This file cannot be taken as a picture; the sentence says why and what would work."""

    code = "picture_refused"
    text = lazy("%(why)s")
    rule = lazy("A picture is a JPEG, PNG or WebP file of 10 megabytes and 24 megapixels at the most.")


WHY = {
    "empty": lazy("The file is empty."),
    "too_heavy": lazy("The file is larger than 10 megabytes."),
    "too_large": lazy("The picture has more than 24 million pixels, or a side longer than 12 000."),
    "too_small": lazy("The picture is smaller than 200 pixels on one side."),
    "moving": lazy("This picture moves. A still one is needed."),
    "not_a_picture": lazy("This is not a picture that we can read."),
    "unreadable": lazy("This picture is damaged."),
    "svg_too_heavy": lazy("The drawing is larger than 2 megabytes."),
    "svg_entities": lazy("The drawing defines abbreviations of its own (a DTD), which we do not read."),
    "svg_too_much": lazy("There is too much in this drawing for a plan."),
    "svg_unreadable": lazy("This is not a drawing that we can read."),
    "svg_empty": lazy("There are no lines in this drawing that we can read."),
}


class DrawingRefused(PictureRefused):
    """This SVG cannot be taken."""

    code = "drawing_refused"
    rule = lazy(
        "Of an SVG we take lines, shapes and short words, from a file of 2 megabytes at the most. "
        "Save it as plain SVG, or send a picture of it."
    )


def is_drawing(sent: bytes) -> bool:
    """Whether a file looks like SVG rather than like a picture."""
    return sent[:200].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a picture: its size in pixels; files by (name, format): ('960', 'avif'), ('source', 'jpeg')."""

    width: int
    height: int
    files: dict[tuple[str, str], bytes]

    @property
    def widths(self) -> list[int]:
        """The widths there are, smallest first."""
        return sorted({int(name) for name, _format in self.files if name.isdecimal()})


async def make(sent: bytes, *, crop: tuple[float, float, float, float] | None = None) -> Made:
    """Small copies of the picture in each format and width, without metadata, upright. Raises PictureRefused.

    `crop` is (left, top, right, bottom) in parts of the whole. Runs in a child process; never inside a transaction.
    """
    if not sent:
        raise _refused("empty")
    if len(sent) > OCTETS_MAX:
        raise _refused("too_heavy")
    wish = json.dumps({"widths": WIDTHS, "crop": crop}).encode() + b"\n"
    status, out = await anyio.to_thread.run_sync(_work, "picture_worker", wish + sent)
    head, _line, rest = out.partition(b"\n")
    if status != 0 or not head:
        # Out of memory or time, or killed: the file asked for too much.
        raise _refused("unreadable")
    answer = json.loads(head)
    if "refused" in answer:
        raise _refused(answer["refused"])
    files = {}
    for each in answer["made"]:
        files[each["name"], each["format"]], rest = rest[: each["octets"]], rest[each["octets"] :]
    return Made(answer["width"], answer["height"], files)


async def strokes(sent: bytes) -> dict[str, Any]:
    """The lines of an SVG as numbers, and nothing else of it: see `booking.plan_worker`. Raises DrawingRefused.

    Runs in a child process; never inside a transaction. What it answers is looked at again before it is believed.
    """
    if len(sent) > DRAWING_OCTETS_MAX:
        raise DrawingRefused(why=WHY["svg_too_heavy"])
    status, out = await anyio.to_thread.run_sync(_work, "plan_worker", sent)
    if status != 0 or not out:
        raise DrawingRefused(why=WHY["svg_too_much"])
    answer = json.loads(out)
    if "refused" in answer:
        raise DrawingRefused(why=WHY[answer["refused"]])
    if not all(PATH.fullmatch(path) for kind in ("strokes", "fills") for path in answer[kind]):
        raise DrawingRefused(why=WHY["svg_unreadable"])
    return answer


def _work(worker: str, sent: bytes) -> tuple[int, bytes]:
    """The child's exit status and what it wrote. Of those that are too slow, nothing."""
    with _places:
        try:
            done = subprocess.run(  # noqa: S603 - the worker is one of our own two
                [sys.executable, "-m", f"booking.{worker}"],
                input=sent,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=Path(__file__).parent.parent,
                timeout=SECONDS_MAX,
                check=False,
                # No secret of ours is in its surroundings.
                env={name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            )
        except subprocess.TimeoutExpired:
            return 1, b""
    return done.returncode, done.stdout


def _refused(why: str) -> PictureRefused:
    return PictureRefused(why=WHY[why])

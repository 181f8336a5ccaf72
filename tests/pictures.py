"""Pictures for tests, made on the spot."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image


def picture(
    kind: str = "JPEG", *, size: tuple[int, int] = (800, 600), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    made = Image.new("RGB", size, "blue")
    made.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    made.convert(mode).save(out, kind, **options)
    return out.getvalue()


def opened(octets: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(octets))
    found.load()
    return found

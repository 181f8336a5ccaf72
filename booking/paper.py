"""Paper: a PDF set by Typst from a template of ours, with its own letters and none of the machine's.

All words come as data, so nothing that somebody typed is ever read as markup. The library is large, so it is loaded
on first use; a page takes it some 20 ms, in a thread.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
TYPE = "application/pdf"


async def pdf(template: str, said: dict[str, Any], *, at: datetime) -> bytes:
    """What is said, set in a template of `templates/`, as accessible PDF (PDF/UA-1); `at` is the date it carries.

    The same octets for the same words and moment. Call it outside transactions.
    """
    return await asyncio.to_thread(_set, TEMPLATES / template, said, int(at.timestamp()))


def _set(template: Path, said: dict[str, Any], stamp: int) -> bytes:
    octets = _typst().compile(
        template.read_bytes(),
        format="pdf",
        sys_inputs={"it": json.dumps(said, ensure_ascii=False)},
        pdf_standards="ua-1",
        timestamp=stamp,
        font_paths=_fonts(),
    )
    return bytes(octets)


def _typst() -> Any:
    import typst

    return typst


@cache
def _fonts() -> Any:
    """Typst's own letters alone: what the machine has would make other octets elsewhere."""
    return _typst().Fonts(include_system_fonts=False, include_embedded_fonts=True)

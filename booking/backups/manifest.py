"""What a backup says of itself, and whether it is believed."""

from __future__ import annotations

import hashlib
import json
import tarfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
NAME = "manifest.json"
READ_OCTETS = 1 << 20
MANIFEST_OCTETS_MAX = 1 << 20


class Unfit(Exception):
    """It cannot be backed up, or not be restored here; the text says why, and what would help. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`data` is the database's member in the file, with its length and SHA-256. `migrations` in the order applied.

    `rows` counts each table as it was in the very snapshot that the data is of.
    """

    format: int
    engine: str
    server: str
    made_at: str
    migrations: list[str]
    rows: dict[str, int]
    data: str
    data_octets: int
    data_sha256: str
    media_files: int = 0

    def text(self) -> bytes:
        return json.dumps({"product": "share-the-desk", **asdict(self)}, indent=1, sort_keys=True).encode()


def read(archive: tarfile.TarFile) -> Manifest:
    """The manifest of an open backup. Raises Unfit."""
    try:
        member = archive.next()
        if member is None or member.name != NAME or member.size > MANIFEST_OCTETS_MAX:
            raise Unfit("This is not a backup of ours: it does not begin with a manifest.")
        held = archive.extractfile(member)
        told: dict[str, Any] = json.loads(held.read() if held else b"")
        if told.pop("product") != "share-the-desk" or told["format"] > FORMAT:
            raise Unfit("This backup was made by a newer version: install that version first.")
        return Manifest(**told)
    except (tarfile.TarError, ValueError, KeyError, TypeError) as wrong:
        raise Unfit(f"This is not a backup of ours, or it is damaged: {wrong}") from wrong


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(READ_OCTETS):
            found.update(piece)
    return found.hexdigest()

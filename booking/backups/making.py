"""Making a backup, and letting old ones go."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from booking.backups import manifest
from booking.backups.engines import engine_of
from booking.backups.manifest import FORMAT, Manifest, Unfit

BACKUPS = "desk-*.backup"
_HALF = ".backup-"


async def make(
    config: dict[str, Any], where: Path, *, at: datetime, media: Path | None = None
) -> tuple[Path, Manifest]:
    """Back up the database of `settings.TORTOISE_ORM`, and the pictures in `media`, into one file.

    `where` is a folder, made when it is missing, or a file's name when it ends with `.backup`. The product may be in
    use. Raises Unfit, and then there is no file.
    """
    engine = engine_of(config)
    file = where if where.suffix == ".backup" else where / f"desk-{at:%Y%m%dT%H%M%SZ}.backup"
    try:
        with _workshop(file.parent) as folder:
            data = folder / engine.data
            migrations, rows = await engine.copy(data)
            if not migrations:
                raise Unfit("There is nothing of ours in this database: is DATABASE_URL right?")
            pictures = _pictures(media)
            told = Manifest(
                format=FORMAT,
                engine=engine.name,
                server=await engine.server(),
                made_at=at.isoformat(),
                migrations=migrations,
                rows=rows,
                data=engine.data,
                data_octets=data.stat().st_size,
                data_sha256=manifest.digest(data),
                media_files=len(pictures),
            )
            whole = folder / "whole"
            _pack(whole, told, data, pictures)
            whole.replace(file)
            _flush(file.parent)
    except OSError as wrong:
        raise Unfit(f"The backup could not be written: {wrong}") from wrong
    return file, told


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of a folder. Gives what went. Only files with our names are touched."""
    old = sorted(folder.glob(BACKUPS), key=lambda path: path.name)[: -keep or None] if keep > 0 else []
    for path in old:
        path.unlink()
    return old


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A place of our own in the folder, gone afterwards. One backup at a time: what an earlier one that was killed
    has left behind is tidied away."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{_HALF}lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise Unfit(f"Another backup is being made in {folder}.") from busy
        for left in folder.glob(f"{_HALF}*"):
            if left.is_dir():
                shutil.rmtree(left)
        own = Path(tempfile.mkdtemp(prefix=_HALF, dir=folder))
        try:
            yield own
        finally:
            shutil.rmtree(own, ignore_errors=True)
            Path(lock.name).unlink(missing_ok=True)


def _pictures(media: Path | None) -> list[tuple[str, Path]]:
    if media is None or not media.is_dir():
        return []
    return [(f"media/{path.relative_to(media)}", path) for path in sorted(media.rglob("*")) if path.is_file()]


def _pack(whole: Path, told: Manifest, data: Path, pictures: list[tuple[str, Path]]) -> None:
    with open(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            text = told.text()
            member = tarfile.TarInfo(manifest.NAME)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
            archive.add(data, told.data)
            for name, path in pictures:
                archive.add(path, name, recursive=False)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """See to it that the new name outlives a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)

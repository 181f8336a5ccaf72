"""Bringing a backup back: everything is proved first, then put in place, migrated, and asked whether it holds."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from booking import checks, db, migrating
from booking.backups import making, manifest
from booking.backups.engines import Postgres, Sqlite, engine_of
from booking.backups.manifest import Manifest, Unfit

ASIDE = "before-restoring"


@dataclass(frozen=True, slots=True)
class Restored:
    """`kept`: where that which was there before is now. `migrated`: what was applied to bring the backup up to date.
    `ended`: how many sessions were ended. `findings`: the invariants that are broken, none when all is well."""

    manifest: Manifest
    kept: list[str]
    migrated: list[str]
    ended: int
    findings: list[checks.Finding]


async def restore(
    config: dict[str, Any],
    file: Path,
    *,
    at: datetime,
    replace: bool = False,
    end_sessions: bool = False,
    media: Path | None = None,
    aside: Path = Path("backups"),
) -> Restored:
    """Bring the backup into the database of `settings.TORTOISE_ORM`.

    Raises Unfit, and nothing was changed, for a damaged or foreign file, one of the other engine or of a newer
    version, a database in use, and one that holds something unless `replace`: then what was there is kept (a SQLite
    file beside the new one, PostgreSQL as a backup in the folder `aside`).
    """
    engine = engine_of(config)
    stamp = f"{ASIDE}-{at:%Y%m%dT%H%M%SZ}"
    with tempfile.TemporaryDirectory(prefix="desk-restore-", dir=_roomy(engine)) as name:
        folder = Path(name)
        told = _proved(file, folder, engine)
        await engine.check_unused()
        pictures = folder / "media"
        await _check_free(engine, media if pictures.is_dir() else None, replace)
        kept = []
        if isinstance(engine, Postgres) and any((await engine.content()).values()):
            kept.append(str((await making.make(config, aside / f"desk-{stamp}.backup", at=at))[0]))
        if was := await engine.replace(folder / engine.data, stamp):
            kept.append(was)
        if media is not None and pictures.is_dir():
            kept += _place(pictures, media, stamp)
    migrated = await migrating.migrate(config, backup=False)
    await db.connect(config)
    try:
        ended = 0
        if end_sessions:
            ended = len(await db.rows("DELETE FROM session RETURNING id"))
            await db.rows("DELETE FROM sign_in")
        return Restored(told, kept, migrated, ended, await checks.run())
    finally:
        await db.close()


def _roomy(engine: Sqlite | Postgres) -> Path | None:
    """Where to unpack: on the disk of the database, which must have the room anyway."""
    return engine.path.parent if isinstance(engine, Sqlite) and engine.path.parent.is_dir() else None


def _unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Its files, and nothing that leads out of the folder. (Python filters them by itself from 3.11.4 on.)"""
    home = folder.resolve()
    for member in archive:
        target = (home / member.name).resolve()
        content = archive.extractfile(member) if member.isreg() else None
        if content is None or not target.is_relative_to(home):
            raise Unfit(f"{member.name} does not belong in a backup. Nothing was changed.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as kept:
            shutil.copyfileobj(content, kept)


def _proved(file: Path, folder: Path, engine: Sqlite | Postgres) -> Manifest:
    """Unpack the backup, having seen that it is whole, of this engine, and of a version that we know."""
    try:
        with tarfile.open(file, "r:") as archive:
            told = manifest.read(archive)
            if told.engine != engine.name:
                raise Unfit(
                    f"This backup is of {told.engine}, and DATABASE_URL names {engine.name}: they do not mix."
                )
            if unknown := [name for name in told.migrations if name not in _known()]:
                raise Unfit(
                    f"This backup was made by a newer version ({unknown[0]}): install that version first."
                )
            _unpack(archive, folder)
    except (tarfile.TarError, OSError, EOFError) as wrong:
        raise Unfit(f"{file} cannot be read as a backup: {wrong}") from wrong
    data = folder / engine.data
    whole = told.data == engine.data and data.is_file() and data.stat().st_size == told.data_octets
    if not whole or manifest.digest(data) != told.data_sha256:
        raise Unfit("The backup is damaged: its checksum is wrong. Nothing was changed.")
    pictures = folder / "media"
    found = sum(path.is_file() for path in pictures.rglob("*")) if pictures.is_dir() else 0
    if found != told.media_files:
        raise Unfit(f"The backup is damaged: {found} of {told.media_files} pictures are there.")
    return told


def _known() -> set[str]:
    """The migrations of this version, by name."""
    return {path.stem for path in (Path(__file__).parents[2] / "migrations").glob("[0-9]*.py")}


async def _check_free(engine: Sqlite | Postgres, media: Path | None, replace: bool) -> None:
    if replace:
        return
    held = {name: count for name, count in (await engine.content()).items() if count}
    if held:
        most = max(held, key=lambda name: held[name])
        raise Unfit(
            f"The database is not empty ({held[most]} rows in {most}). With --replace the backup takes its place, "
            "and what is there is kept."
        )
    if media is not None and _holds_something(media):
        raise Unfit(f"The folder {media} is not empty. With --replace it is kept beside the restored one.")


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _place(pictures: Path, media: Path, stamp: str) -> list[str]:
    kept = []
    if _holds_something(media):
        old = media.with_name(f"{media.name}.{stamp}")
        media.rename(old)
        kept.append(str(old))
    elif media.is_dir():
        media.rmdir()
    shutil.move(pictures, media)
    return kept

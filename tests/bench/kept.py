"""The two databases of a bench: one with a hundredth of the claims, one with all. Made once, and kept where asked.

    make bench ARGS="--size full --keep /var/tmp/bench"     # the second time begins at once

On SQLite the folder keeps files; on PostgreSQL the server that PG_DSN names keeps databases (our own server forgets
everything when it ends). A bench works on copies, so that what is kept stays as it was made.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

import settings
from booking import db as database
from booking import migrating
from tests import networks, postgres
from tests.conftest import FOLDER, use
from tests.networks import Size

FEW = 100  # so much fewer claims at first, to see whether many make a booking dearer


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[None]:
    """The database of this address as the one in use."""
    use(url)
    await database.connect(settings.TORTOISE_ORM)
    try:
        yield
    finally:
        await database.close()


async def databases(engine: str, name: str, keep: Path | None) -> tuple[str, str]:
    """The addresses of copies of the network of this size: with few claims, and with all of them."""
    size = networks.SIZES[name]
    return await (_on_sqlite(name, size, keep) if engine == "sqlite" else _on_postgres(name, size, keep))


async def _on_sqlite(name: str, size: Size, keep: Path | None) -> tuple[str, str]:
    folder = keep or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    kept = [folder / f"{name}-{part}.sqlite3" for part in ("few", "all")]
    if not all(path.exists() for path in kept):
        half = [path.with_suffix(".half") for path in kept]
        for path in half:
            path.unlink(missing_ok=True)
        await _few(f"sqlite://{half[0]}", size)
        shutil.copyfile(half[0], half[1])
        await _rest(f"sqlite://{half[1]}", size)
        for made, path in zip(half, kept, strict=True):
            made.replace(path)
    copies = [FOLDER / f"bench-{part}.sqlite3" for part in ("few", "all")]
    for path, copied in zip(kept, copies, strict=True):
        shutil.copyfile(path, copied)
        await _migrated(f"sqlite://{copied}")
    return f"sqlite://{copies[0]}", f"sqlite://{copies[1]}"


async def _on_postgres(name: str, size: Size, keep: Path | None) -> tuple[str, str]:
    few, all_ = (f"desk_kept_{name}_{part}" for part in ("few", "all"))
    if not (keep and await _exists(all_)):
        await _few(await postgres.create_database(few), size)
        await _rest(await postgres.create_database("desk_half", few), size)
        await postgres.drop_database(all_)
        await postgres.execute(f"ALTER DATABASE desk_half RENAME TO {all_}")
    copies = [await postgres.create_database(f"desk_bench_{part}", part) for part in (few, all_)]
    for copied in copies:
        await _migrated(copied)
        # Autovacuum is off here; a database in service has been looked at.
        connection = await asyncpg.connect(copied)
        await connection.execute("VACUUM ANALYZE", timeout=1800)
        await connection.close()
    return copies[0], copies[1]


async def _exists(name: str) -> bool:
    connection = await asyncpg.connect(postgres.server())
    try:
        return bool(await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name))
    finally:
        await connection.close()


async def _few(url: str, size: Size) -> None:
    await _migrated(url)
    async with opened(url):
        network = await networks.make_network(size, url)
        await networks.claim(network, size.claims // FEW)


async def _rest(url: str, size: Size) -> None:
    async with opened(url):
        network = await networks.known(url)
        await networks.claim(network, size.claims, already=size.claims // FEW)


async def _migrated(url: str) -> None:
    use(url)
    await migrating.migrate(settings.TORTOISE_ORM, backup=False)

"""What the commands share: saying something, the settings, and an open database."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class NotPossible(Exception):
    """The command cannot do it here; its text says why, and what would help."""


def say(text: str) -> None:
    """A line for people, or for a program that asked for JSON."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def as_json(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False, default=str)


def load_settings() -> Any:
    """The settings module. Raises NotPossible when one is missing or wrong."""
    try:
        import settings
    except KeyError as missing:
        # Starlette says: Config 'SECRET_KEY' is missing, and has no default.
        raise NotPossible(
            f"{missing.args[0]} Set it in the environment or in .env (make setup does)."
        ) from missing
    except ValueError as wrong:
        raise NotPossible(str(wrong)) from wrong
    return settings


@asynccontextmanager
async def database(*, migrated: bool = True) -> AsyncIterator[Any]:
    """The settings, with the database open. Raises NotPossible when it is away, or not migrated."""
    settings = load_settings()
    from tortoise.exceptions import DBConnectionError, OperationalError

    from booking import db

    try:
        await db.connect(settings.TORTOISE_ORM)
        try:
            await db.rows("SELECT id FROM job_run LIMIT 1")
        except OperationalError as wrong:
            if migrated:
                raise NotPossible(
                    "The database is not migrated: run `python -m booking migrate` first."
                ) from wrong
        yield settings
    except (DBConnectionError, OSError) as away:
        raise NotPossible(f"The database does not answer: {away}") from away
    finally:
        await db.close()


def run(work: Callable[[Any], Awaitable[T]]) -> T:
    """Run the work with an open database; it is given the settings."""

    async def whole() -> T:
        async with database() as settings:
            return await work(settings)

    return asyncio.run(whole())

"""What the commands share: saying something, the settings, and an open database."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
TOLD_EACH_SECONDS = 0.1


class NotPossible(Exception):
    """The command cannot do it here; its text says why, and what would help."""


def say(text: str) -> None:
    """A line for people, or for a program that asked for JSON."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


class Progress:
    """How far something long is, on the error output: one line that counts on a terminal; elsewhere, where wished, a
    line for every so many, so that a log shows it. `what` is what is counted: "rows".
    """

    def __init__(self, what: str, *, every: int | None) -> None:
        self.what = what
        self.every = every
        self.live = sys.stderr.isatty()
        self.shown_at = -inf
        self.shown = False

    def __call__(self, count: int) -> None:
        if self.live:
            if (now := monotonic()) - self.shown_at < TOLD_EACH_SECONDS:
                return
            self.shown_at, self.shown = now, True
            self._write(f"\r{count} {self.what} …\033[K")
        elif self.every and count and count % self.every == 0:
            self._write(f"{count} {self.what} …\n")

    def done(self) -> None:
        """Take the line away again: what follows stands at the left edge."""
        if self.shown:
            self._write("\r\033[K")
            self.shown = False

    def _write(self, text: str) -> None:
        # Nobody may be listening any more; that is no reason to give up the work.
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
            sys.stderr.flush()


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

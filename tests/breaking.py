"""Which guard of the database refuses a statement."""

from __future__ import annotations

from tortoise.exceptions import IntegrityError

from booking import db as database


async def broken_by(sql: str, *values: object) -> str:
    """The name of the guard that refuses this statement; '' when nothing did."""
    try:
        async with database.transaction():
            await database.rows(sql, *values)
    except IntegrityError as error:
        return database.violated(error)
    return ""

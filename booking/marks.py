"""Marks: what stays equal for as long as certain tables stay as they are, whoever changes them.

Triggers of the database write a new mark into the table `stamp` with every change of a row of these tables, in the same
transaction (`guards.STAMPED` lists them). What is made of their rows and kept holds while the mark is the same: ask the
mark first, then the rows, and keep both. `db.version` says so of the whole database, and changes with each booking.
"""

from __future__ import annotations

from typing import Any

from booking import db

Mark = tuple[int, Any]
# On SQLite the version costs less than a question: while it is the same, so are the marks.
_known: dict[str, tuple[tuple[Any, ...], Mark]] = {}


async def mark(key: str) -> Mark:
    """The mark of the tables of this key; another one after a database was opened anew."""
    sql = f"SELECT mark FROM stamp WHERE key = '{key}'"
    if db.dialect() == "postgres":
        return db.opened(), await db.value(sql)
    version = await db.version()
    if key in _known and _known[key][0] == version:
        return _known[key][1]
    found = await db.rows(sql)
    now = db.opened(), found[0]["mark"] if found else None
    _known[key] = version, now
    return now

"""What happened: one row per change, written in the change's own transaction, read later by whoever tells others.

Every reader (mail, webhooks) has its own queue row per event, made together with the event. Reading by "the highest
number seen" would lose events on PostgreSQL, which numbers rows before they commit; a queue row appears with its
commit and stays until its reader is done with it. Events of one subject are in order, because whoever changes a
subject holds its lock while writing the event.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from tortoise import fields
from tortoise.models import Model

from booking import db, records
from booking.db import UtcDatetimeField, foreign

READERS = ("messages", "webhooks")


class Event(Model):
    """Something that happened. Never changed, never deleted (guard `event_is_final`)."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(60)
    subject = fields.CharField(80, db_index=True)
    by = foreign("Member", null=True, source_field="by_id")
    venue = foreign("Venue", null=True)
    at = UtcDatetimeField()
    data: Any = fields.JSONField(default=dict)

    by_id: int | None

    class Meta:
        table = "event"


class Unread(Model):
    """One event that one reader has not dealt with yet."""

    id = fields.BigIntField(primary_key=True)
    reader = fields.CharField(20)
    event = foreign("Event")

    class Meta:
        table = "event_unread"
        unique_together = (("reader", "event"),)


_EVENT = "INSERT INTO event (name, subject, by_id, venue_id, at, data) VALUES (?, ?, ?, ?, ?, ?) RETURNING id"
_UNREAD = f"INSERT INTO event_unread (reader, event_id) VALUES {', '.join('(?, ?)' for _reader in READERS)}"
# PostgreSQL writes both by one question, which tells the id; or beside other writes, and then nobody is told.
_TO_READ = (
    "INSERT INTO event_unread (reader, event_id) "
    f"SELECT reader, id FROM {db.BEFORE}, unnest(?::text[]) AS reader"
)
_BOTH = (
    f"WITH e AS ({_EVENT}), u AS (INSERT INTO event_unread (reader, event_id) "
    "SELECT reader, id FROM e, unnest(?::text[]) AS reader) SELECT id FROM e"
)


async def record(
    name: str,
    subject: str,
    /,
    *,
    at: datetime,
    by_id: int | None = None,
    venue_id: int | None = None,
    **data: Any,
) -> Event:
    """Write down what happened. `subject` is 'reservation:<uuid>', 'resource:12', ...; `data` must be plain JSON.

    The event has its id, unless it waits to be written together with other things (`db.together`); of one subject only
    one may wait, as they would be numbered in any order.
    """
    event = records.fresh(Event, name=name, subject=subject, by_id=by_id, venue_id=venue_id, at=at, data=data)
    values = (name, subject, by_id, venue_id, at, json.dumps(data))
    if db.is_together():
        await db.write((_EVENT, *values), (_TO_READ, list(READERS)))
        return event
    if db.dialect() == "postgres":
        [written] = await db.rows(_BOTH, *values, list(READERS))
    else:
        [written] = await db.rows(_EVENT, *values)
        await db.rows(_UNREAD, *(value for reader in READERS for value in (reader, written["id"])))
    event.id = written["id"]
    return event


async def unread(reader: str, *, most: int = 100) -> list[Event]:
    """The oldest events this reader has not dealt with."""
    ids = (
        await Unread.filter(reader=reader).order_by("event_id").limit(most).values_list("event_id", flat=True)
    )
    return await Event.filter(id__in=list(ids)).order_by("id") if ids else []


async def done(reader: str, event_id: int) -> bool:
    """Take the event from the reader's queue. False when another process was first: then do nothing else."""
    return bool(await Unread.filter(reader=reader, event_id=event_id).delete())


async def history(subject: str) -> list[Event]:
    """All that happened to a subject, oldest first."""
    return await Event.filter(subject=subject).order_by("id")

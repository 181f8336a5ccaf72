"""Events become messages, and so does the day before a booking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from booking import db, events, guests
from booking.events import Event
from booking.notifications import about_members, about_several, composing
from booking.notifications.forgetting import FORGOTTEN
from booking.notifications.models import Message
from booking.reservations import Reservation

READER = "messages"
BATCH = 100
EVENTS_MAX = 2_000
REMINDED_BEFORE = timedelta(hours=24)
REMINDER = "reminder"

log = structlog.get_logger()


async def write_messages(at: datetime) -> int:
    """Write the messages of all unread events, oldest first. Returns how many messages were written.

    An event whose message cannot be composed is logged, stays unread, and does not hold up the others.
    """
    written, seen = 0, 0
    failed: set[int] = set()
    while seen < EVENTS_MAX:
        waiting = [
            event for event in await events.unread(READER, most=BATCH + len(failed)) if event.id not in failed
        ]
        if not waiting:
            break
        for event in waiting:
            seen += 1
            try:
                # Composed before the transaction: on SQLite nobody else can write while one is open.
                written += await _tell(event, await _messages_for(event, at))
            except Exception:
                failed.add(event.id)
                log.exception("event not told", event_id=event.id, event_name=event.name)
    return written


async def _messages_for(event: Event, at: datetime) -> list[Message]:
    """What the event makes, by what it is about."""
    for about in (about_members, about_several):
        if event.name in about.TOLD:
            return await about.messages_for(event, at=at)
    return await composing.messages_for(event, at=at)


@db.atomic
async def _tell(event: Event, messages: list[Message]) -> int:
    """Keep the messages and take the event from the queue: both or neither, and once."""
    if not await events.done(READER, event.id):
        return 0
    # Whose account has ended meanwhile has no address any more.
    reachable = [each for each in messages if not each.to_email.endswith(FORGOTTEN)]
    for message in reachable:
        await message.save(force_create=True)
    return len(reachable)


async def write_reminders(at: datetime) -> int:
    """Remind of what begins within a day. Returns how many reminders were written.

    Once per reservation and time. Not of what began already, nor of what was booked or changed within that day,
    as that was told by mail just now.
    """
    found = await db.rows(
        "SELECT r.id, r.member_id, r.begins_at, r.revised_at FROM reservation r JOIN member m ON m.id = r.member_id "
        "WHERE r.state = 'confirmed' AND r.begins_at > ? AND r.begins_at <= ? "
        "AND m.mails_declined NOT LIKE '%reminders%' ORDER BY r.begins_at, r.id",
        at,
        at + REMINDED_BEFORE,
    )
    due: dict[str, tuple[str, Any]] = {}  # by the message's key: the booking's, and its id
    for row in found:
        begins_at = db.instant(row["begins_at"])
        if db.instant(row["revised_at"]) < begins_at - REMINDED_BEFORE:
            key = f"reminder:{row['id']}:{begins_at:%Y%m%dT%H%M}"
            due[f"{key}:{REMINDER}:{row['member_id']}"] = key, row["id"]
    known = await db.rows(f"SELECT key FROM message WHERE {db.among('key')}", db.many(due))
    for row in known:
        del due[row["key"]]
    waiting = list(due.values())
    # A large network has thousands of bookings a day, and each with its house and member is some kilobytes.
    return sum(
        [
            await _write_reminders(waiting[first : first + BATCH], at)
            for first in range(0, len(waiting), BATCH)
        ]
    )


async def _write_reminders(waiting: Sequence[tuple[str, Any]], at: datetime) -> int:
    """Remind of these bookings, each with the key of its message."""
    related = Reservation.filter(id__in=[id for _key, id in waiting]).select_related(*composing.RELATED)
    read = {str(each.id): each for each in await related}
    written = 0
    for key, id in waiting:
        try:
            each = read[str(id)]
            link = await guests.page_url(each)
            written += await _remind(
                composing.own_message(REMINDER, each, key=key, at=at, link=link, topic="reminders")
            )
        except Exception:
            log.exception("reminder not written", reservation=str(id))
    return written


@db.atomic
async def _remind(message: Message) -> int:
    """Keep the reminder, if the reservation still stands and nobody was faster."""
    held = await db.lock(Reservation, [message.reservation_id])  # type: ignore[attr-defined]
    if not held or held[0].state != "confirmed" or await Message.exists(key=message.key):
        return 0
    await message.save(force_create=True)
    return 1

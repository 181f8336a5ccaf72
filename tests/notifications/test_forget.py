"""What mails said is forgotten after a month; that they were sent is not, and what waits keeps its words."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from booking import notifications
from booking.notifications import Message
from tests.make import NOW


async def message(state: str, *, days: int) -> Message:
    created_at = NOW - timedelta(days=days)
    return await Message.create(
        id=uuid4(),
        key=str(uuid4()),
        kind="reservation_confirmed",
        to_email="alice@example.org",
        language="en",
        subject="Booked",
        text="The door code is 4711",
        html="<p>4711</p>",
        calendar="BEGIN:VCALENDAR",
        message_id="<x@localhost>",
        state=state,
        next_at=created_at,
        created_at=created_at,
    )


async def test_it_works(db: str) -> None:
    old, fresh = await message("sent", days=31), await message("sent", days=29)
    parked, waiting = await message("parked", days=40), await message("waiting", days=40)
    assert await notifications.forget(NOW) == 2
    for each in (old, parked):
        await each.refresh_from_db()
        assert (each.text, each.html, each.calendar, each.subject) == ("", "", "", "Booked")
    for each in (fresh, waiting):
        await each.refresh_from_db()
        assert "4711" in each.text
    assert await notifications.forget(NOW) == 0

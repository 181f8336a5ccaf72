"""Delivering messages: claim, send, mark, each on its own, so that being killed anywhere costs at most a second copy.

A claim is a conditional update that moves `next_at` a few minutes on: whoever changes the row sends the message, and
if they die, the message is due again by itself. Only what the server (or the message) refused counts as a try; while
the server is away nothing is claimed and nothing counts.
"""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta

import structlog

from booking import members
from booking.calendars.text import clean_line
from booking.notifications import receipts
from booking.notifications.models import Message
from booking.notifications.sending import Send, ServerAway, way_out

BATCH = 50
RUN_SECONDS_MAX = 45
CLAIMED_FOR = timedelta(minutes=5)
# After the first, second ... failure. One more failure than there are waits here parks the message.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
TRIES_MAX = len(WAITS) + 1
SIGN_IN = "sign_in"
# Their codes are of no use after half an hour.
SHORT_LIVED = (SIGN_IN, "guest_code")
# The secrets of these mails are not kept once they are sent, or too late to be of use.
SECRET = (*SHORT_LIVED, "guest_pages")
# The address of a guest's page, in any mail about a booking.
PAGE = re.compile(r"(/guest/)[A-Za-z0-9_-]{40,}")
BLANK = {"subject": "", "text": "", "html": ""}

log = structlog.get_logger()


async def deliver(at: datetime) -> int:
    """Send what is due, the longest waiting first. Returns how many were sent."""
    if not await _due(at, []):
        return 0
    sent = 0
    stops_at = asyncio.get_running_loop().time() + RUN_SECONDS_MAX
    seen: list[object] = []
    try:
        async with way_out() as send:
            while (batch := await _due(at, seen)) and asyncio.get_running_loop().time() < stops_at:
                for message in batch:
                    seen.append(message.id)
                    sent += await deliver_one(message, send, at=at)
    except ServerAway as away:
        log.warning("mail server away", why=str(away)[:300])
    return sent


async def _due(at: datetime, seen: list[object]) -> list[Message]:
    query = Message.filter(state="waiting", next_at__lte=at).order_by("next_at", "created_at").limit(BATCH)
    # What was claimed here has moved on by itself, unless `at` lies ahead of the claims of this very run.
    return [message for message in await query if message.id not in seen]


async def deliver_one(message: Message, send: Send, *, at: datetime) -> bool:
    """Claim and send one message. False when someone else has it, or it failed. Raises ServerAway."""
    claimed = Message.filter(id=message.id, state="waiting", next_at=message.next_at)
    if message.kind in SHORT_LIVED and at - message.created_at > members.sign_in.LASTS:
        await claimed.update(state="parked", error="too late to be of use", **BLANK)
        return False
    if not await claimed.update(next_at=at + CLAIMED_FOR):
        return False
    mine = Message.filter(id=message.id, state="waiting", next_at=at + CLAIMED_FOR)
    try:
        message.files = await receipts.files_of(message)
        await send(message)
    except ServerAway:
        await mine.update(next_at=message.next_at)
        raise
    except Exception as error:
        await _failed(message, error, at=at)
        return False
    # Sent, whoever claims it now: mark it without asking whose it is.
    await Message.filter(id=message.id).update(state="sent", sent_at=at, error="", **_kept(message))
    return True


def _kept(message: Message) -> dict[str, str]:
    """What changes in a message that was sent: no secret stays in it."""
    if message.kind in SECRET:
        return BLANK
    if not PAGE.search(message.text):
        return {}
    return {name: PAGE.sub(r"\1…", getattr(message, name)) for name in ("text", "html")}


async def _failed(message: Message, error: Exception, *, at: datetime) -> None:
    """Wait longer each time; after five tries park the message for a person to look at."""
    tries = message.attempts + 1
    why = clean_line(f"{type(error).__name__}: {error}")[:300]
    changes: dict[str, object] = {"attempts": tries, "error": why}
    if tries >= TRIES_MAX:
        changes |= {"state": "parked", **(BLANK if message.kind in SECRET else {})}
        log.error("message parked", message=str(message.id), kind=message.kind, why=why)
    else:
        changes["next_at"] = at + WAITS[tries - 1]
        log.warning("message failed", message=str(message.id), kind=message.kind, tries=tries, why=why)
    await Message.filter(id=message.id, state="waiting").update(**changes)

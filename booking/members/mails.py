"""Which mails a member does without. All others are always sent: what confirms, what others change, money, ways in.

A key in each mail that may be declined does it without signing in: it says whose and which, signed by the installation.
It never ends, and can do nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import settings
from booking import db, events
from booking.errors import NotFound
from booking.members.models import Member

# reminders: of the day before. own_changes: what they changed or cancelled themselves. approvals: to hosts, who asks.
TOPICS = ("reminders", "own_changes", "approvals")


def declines(member: Member, topic: str) -> bool:
    """Whether the member does without the mails of this topic."""
    return topic in member.mails_declined.split()


@db.atomic
async def choose(member: Member, wanted: Mapping[str, bool], *, at: datetime) -> None:
    """Get the mails of these topics, or do without them; all others stay as they are. Raises ValueError for what is no
    topic."""
    if unknown := wanted.keys() - set(TOPICS):
        raise ValueError(f"no such topics: {unknown}")
    [locked] = await db.lock(Member, [member.id])
    declined = " ".join(topic for topic in TOPICS if not wanted.get(topic, not declines(locked, topic)))
    member.mails_declined = declined
    if locked.mails_declined == declined:
        return
    await Member.filter(id=member.id).update(mails_declined=declined)
    await events.record(
        "member.described", f"member:{member.id}", at=at, by_id=member.id, changed=["mails_declined"]
    )


def key_of(member_id: int, topic: str) -> str:
    """The key that declines one topic for one member; the same each time."""
    said = f"{member_id}.{topic}"
    return f"{said}.{_signature(said)}"


async def by_key(key: str) -> tuple[Member, str]:
    """(member, topic) of a key. Raises NotFound."""
    said, _dot, signature = key.rpartition(".")
    id, _dot, topic = said.partition(".")
    if not hmac.compare_digest(_signature(said).encode(), signature.encode()) or topic not in TOPICS:
        raise NotFound
    member = await Member.get_or_none(id=int(id))
    if member is None:
        raise NotFound
    return member, topic


def _signature(said: str) -> str:
    made = hmac.new(f"mails {settings.SECRET_KEY}".encode(), said.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")

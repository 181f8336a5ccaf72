"""What mails said is not kept for ever: door codes, names and links leave the rows, that a mail was sent stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.notifications.models import Message

# Long enough to answer "what did you write to me?", and to send again what a mail server lost.
KEEP = timedelta(days=30)


async def forget(at: datetime) -> int:
    """Empty the words of mails that were sent, or given up, so long ago. Returns how many."""
    old = Message.filter(state__in=["sent", "parked"], created_at__lt=at - KEEP).exclude(text="")
    return await old.update(text="", html="", calendar="")

"""What mails said is not kept for ever: door codes, names and links leave the rows, that a mail was sent stays."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from booking.members import Member
from booking.notifications.models import Message

# Long enough to answer "what did you write to me?", and to send again what a mail server lost.
KEEP = timedelta(days=30)
FORGOTTEN = "@forgotten.invalid"


async def forget(at: datetime) -> int:
    """Empty the words of mails that were sent, or given up, so long ago, and all of those to people who are forgotten.
    Returns how many."""
    old = Message.filter(state__in=["sent", "parked"], created_at__lt=at - KEEP).exclude(text="")
    emptied = await old.update(text="", html="", calendar="")
    # The database does not update through a join.
    gone: Any = await Member.filter(email__endswith=FORGOTTEN).values_list("id", flat=True)
    theirs = Message.filter(member_id__in=list(gone)).exclude(to_email="")
    return emptied + await theirs.update(
        to_email="", to_name="", subject="", text="", html="", calendar="", state="parked"
    )

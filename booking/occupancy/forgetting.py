"""Names are taken off stays after 90 days; the figures made from them stay as they were. Wishes go after three years.

What is left is a pseudonym that is the same for one person in one house and one month, and means nothing anywhere
else: enough to count people, too little to follow one. That somebody came for a booking stays with the booking.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

import settings
from booking.occupancy.demand import forget_demand
from booking.occupancy.models import Presence

KEEP = timedelta(days=90)
BATCH = 5_000


async def forget(at: datetime) -> int:
    """Take the names off what is older than KEEP, and forget old wishes. Returns how many rows were changed or went."""
    old = await Presence.filter(
        begins_at__lt=at - KEEP, member_id__isnull=False, ends_at__isnull=False
    ).limit(BATCH)
    for stay in old:
        await Presence.filter(id=stay.id).update(member_id=None, recorded_by_id=None, person=pseudonym(stay))
    counted = await Presence.filter(
        begins_at__lt=at - KEEP, member_id__isnull=True, recorded_by_id__isnull=False
    ).update(recorded_by_id=None)
    return len(old) + counted + await forget_demand(at)


def pseudonym(stay: Presence) -> str:
    """The stay's person without their name, in this house and this month."""
    text = f"person {stay.venue_id} {stay.member_id} {stay.begins_at:%Y-%m}"
    key = f"presence {settings.SECRET_KEY}".encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

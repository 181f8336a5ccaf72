"""A message as it would be sent, for whoever is about to cause it. Writes nothing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from booking.notifications.composing import RELATED, own_message
from booking.notifications.models import Message
from booking.reservations import Reservation


async def preview_cancellation(reservation_id: UUID, *, reason: str, at: datetime) -> Message:
    """The mail to the member when the house cancels now, in their language; not saved. One query."""
    found = await Reservation.get(id=reservation_id).select_related(*RELATED)
    data = {"by_venue": True, "fee_cents": 0, "reason": reason}
    # The secret of a guest's page is not for whoever looks at the preview.
    return own_message("reservation_cancelled_by_venue", found, key="preview", at=at, data=data)

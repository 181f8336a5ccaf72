"""Keys to private pages: made with the reservation, told by mail alone, found again by e-mail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError

import settings
from booking import db, reservations
from booking.errors import NotFound
from booking.guests.models import GuestKey
from booking.members import Member
from booking.members.sessions import digest
from booking.reservations import Reservation

KEPT_IN_LIST = timedelta(days=400)
LISTED_MAX = 50


def secret_of(reservation_id: UUID, salt: str) -> str:
    """The secret of a reservation's page: 43 letters, the same each time, and not in the database."""
    made = hmac.new(
        f"guest page {settings.SECRET_KEY}".encode(), f"{reservation_id} {salt}".encode(), hashlib.sha256
    )
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


async def make_key(reservation_id: UUID, *, at: datetime) -> str:
    """The reservation's key, made on first asking. Returns the secret."""
    found = await GuestKey.get_or_none(reservation_id=reservation_id)
    if found is None:
        salt = secrets.token_urlsafe(32)
        secret = secret_of(reservation_id, salt)
        try:
            async with db.transaction():
                found = await GuestKey.create(
                    reservation_id=reservation_id, salt=salt, secret_hash=digest(secret), made_at=at
                )
        except IntegrityError:
            found = await GuestKey.get(reservation_id=reservation_id)  # somebody was quicker
    return secret_of(reservation_id, found.salt)


async def by_secret(secret: str) -> Reservation:
    """The reservation that this secret opens, with everything around it fetched. Raises NotFound."""
    if not 20 <= len(secret) <= 100:
        raise NotFound
    key = await GuestKey.get_or_none(secret_hash=digest(secret))
    if key is None:
        raise NotFound
    [found] = await reservations.whole([key.reservation_id])
    # A key whose salt was made under another SECRET_KEY is dead, whatever the hash says.
    if not hmac.compare_digest(secret, secret_of(found.id, key.salt)):
        raise NotFound
    return found


async def page_path(reservation: Reservation) -> str:
    """The path of a reservation's page: a guest's private one, else the one behind the sign-in. `member` is fetched."""
    if reservation.member.guest:
        return f"/guest/{await make_key(reservation.id, at=reservation.created_at)}"
    return f"/reservations/{reservation.id}"


async def page_url(reservation: Reservation) -> str:
    """The same as a whole address, for mails to its member and for the way back from a payment page."""
    return settings.BASE_URL + await page_path(reservation)


async def pages_of(member: Member, at: datetime) -> list[tuple[Reservation, str]]:
    """(reservation, address) of a guest's bookings of the last 13 months and to come, by date."""
    keys: dict[Any, GuestKey] = {
        key.reservation_id: key for key in await GuestKey.filter(reservation__member_id=member.id)
    }
    found = (
        await Reservation.filter(member_id=member.id, ends_at__gt=at - KEPT_IN_LIST)
        .select_related("resource", "venue", "member")
        .order_by("begins_at", "id")
        .limit(LISTED_MAX)
    )
    return [
        (each, f"{settings.BASE_URL}/guest/{secret_of(each.id, keys[each.id].salt)}")
        for each in found
        if each.id in keys
    ]

"""Displays at doors: made by a manager, paired by six digits typed on the screen, taken back at any time.

Six digits are few, so they live for a quarter of an hour, work once, are kept as a keyed hash, and tries are counted,
for each address and for everybody together.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

import settings
from booking import db, events, limits
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.occupancy.codes import DIGITS
from booking.occupancy.models import Display
from booking.places import Resource, Venue

CODE_MINUTES = 15
PAIR_TRIES_MAX, ALL_TRIES_MAX, PAIR_SECONDS = 10, 300, 600
DISPLAYS_MAX = 200  # of one house
SEEN_EVERY = timedelta(seconds=50)


class WrongPairingCode(Refused):
    code = "wrong_pairing_code"
    text = _("This code is not known, or older than 15 minutes. A manager of the house makes a new one.")


class TooManyDisplays(Refused):
    code = "too_many_displays"
    text = _("This house has as many displays as it can have. Take one back first.")


async def displays_of(venue: Venue) -> list[Display]:
    """The displays of a house that were not taken back, each with its resource."""
    return (
        await Display.filter(venue_id=venue.id, revoked_at__isnull=True)
        .order_by("name", "id")
        .select_related("resource")
    )


@db.atomic
async def add_display(
    venue: Venue, resource: Resource | None, name: str, *, by_id: int, at: datetime
) -> tuple[Display, str]:
    """A new display for the house, or one resource of it, and its pairing code, which is kept nowhere else."""
    await db.lock(Venue, [venue.id])
    if await Display.filter(venue_id=venue.id, revoked_at__isnull=True).count() >= DISPLAYS_MAX:
        raise TooManyDisplays
    made = await Display.create(
        venue_id=venue.id,
        resource_id=resource.id if resource else None,
        name=name,
        created_at=at,
        created_by_id=by_id,
    )
    code = await _new_code(made, at)
    await events.record(
        "display.added", made.subject, at=at, by_id=by_id, venue_id=venue.id, name=name, after={"name": name}
    )
    return made, code


@db.atomic
async def new_code(venue: Venue, display_id: int, *, by_id: int, at: datetime) -> tuple[Display, str]:
    """Another pairing code. The screen that shows it now goes on until the code is typed on another one."""
    found = await _locked(venue, display_id)
    code = await _new_code(found, at)
    await events.record(
        "display.code_made", found.subject, at=at, by_id=by_id, venue_id=venue.id, name=found.name
    )
    return found, code


@db.atomic
async def revoke_display(venue: Venue, display_id: int, *, by_id: int, at: datetime) -> Display:
    """Take it back: the screen says so when it next asks. Again: nothing more happens. Raises NotFound."""
    found = await _locked(venue, display_id, revoked=True)
    if found.revoked_at is None:
        await Display.filter(id=found.id).update(revoked_at=at, code_hash=None, code_expires_at=None)
        await events.record(
            "display.revoked", found.subject, at=at, by_id=by_id, venue_id=venue.id, name=found.name
        )
    return found


async def pair(typed: str, language: str, *, address: str, at: datetime) -> str:
    """Pair the screen on which the code was typed: returns its token, which is kept nowhere else.

    Raises WrongPairingCode, or TooMany after ten tries of one address (300 of all) in ten minutes.
    """
    await limits.count(f"pair:{address}", most=PAIR_TRIES_MAX, per_seconds=PAIR_SECONDS, at=at)
    await limits.count("pair", most=ALL_TRIES_MAX, per_seconds=PAIR_SECONDS, at=at)
    digits = "".join(letter for letter in typed if letter in "0123456789")
    return await _pair(digits, language, at)


@db.atomic
async def _pair(digits: str, language: str, at: datetime) -> str:
    found = await Display.get_or_none(
        code_hash=_code_hash(digits), code_expires_at__gt=at, revoked_at__isnull=True
    )
    token = secrets.token_urlsafe(32)
    # Conditional, so that two screens with the same code do not both get in.
    taken = found and await Display.filter(
        id=found.id, code_hash=_code_hash(digits), revoked_at__isnull=True
    ).update(
        code_hash=None,
        code_expires_at=None,
        token_hash=_digest(token),
        language=language,
        paired_at=at,
        seen_at=at,
    )
    if not found or not taken:
        raise WrongPairingCode
    await events.record(
        "display.paired", found.subject, at=at, by_id=None, venue_id=found.venue_id, name=found.name
    )
    return token


async def display_of(token: str, at: datetime) -> Display | None:
    """The display that holds this token, with its venue and resource; None for one that was taken back."""
    if not 20 <= len(token) <= 100:
        return None
    found = await Display.get_or_none(token_hash=_digest(token), revoked_at__isnull=True).select_related(
        "venue", "resource"
    )
    if found is None:
        return None
    if found.seen_at is None or at - found.seen_at >= SEEN_EVERY:
        await Display.filter(id=found.id, revoked_at__isnull=True).update(seen_at=at)
    return found


async def _locked(venue: Venue, display_id: int, *, revoked: bool = False) -> Display:
    found = await db.lock(Display, [display_id])
    if not found or found[0].venue_id != venue.id or (found[0].revoked_at is not None and not revoked):
        raise NotFound
    return found[0]


async def _new_code(display: Display, at: datetime) -> str:
    """Six digits that no other display waits for."""
    await Display.filter(code_expires_at__lte=at).update(code_hash=None, code_expires_at=None)
    code = ""
    while not code or await Display.exists(code_hash=_code_hash(code)):
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    values: dict[str, Any] = {
        "code_hash": _code_hash(code),
        "code_expires_at": at + timedelta(minutes=CODE_MINUTES),
    }
    await Display.filter(id=display.id).update(**values)
    display.update_from_dict(values)
    return code


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_hash(digits: str) -> str:
    """Keyed: a million codes are soon tried against a plain hash."""
    return hmac.new(f"pairing {settings.SECRET_KEY}".encode(), digits.encode(), hashlib.sha256).hexdigest()

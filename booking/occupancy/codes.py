"""The codes of a house: the one that is printed on the wall, and the one that changes on its display.

A printed code is the address of a page: the kind and the id of what it stands for, and a signature. It is no secret,
as it hangs on a wall, but nobody can guess another one's, and a manager can make it anew, which ends the old prints.
The display's six digits prove that somebody stands before it: they are made from the house and the minute.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import settings
from booking import db, events, limits
from booking.errors import NotFound
from booking.occupancy import refusals as no
from booking.places import Resource, Venue

TOKEN = re.compile(r"([vr])([1-9][0-9]{0,8})-([a-z2-7]{16})")
WINDOW_SECONDS = 60
DIGITS = 6
# Whoever types needs some seconds, so the minute before still counts; ten tries in ten minutes guess nothing.
TRIES_MAX, TRIES_SECONDS = 10, 600


@dataclass(frozen=True, slots=True)
class Place:
    """What a printed code stands for: a venue, or one resource of it."""

    venue: Any
    resource: Any = None


def token_of(place: Any) -> str:
    """The printed code of a venue or a resource."""
    kind = "r" if isinstance(place, Resource) else "v"
    return f"{kind}{place.id}-{_signature(kind, place.id, place.code_revision)}"


async def place_of(token: str) -> Place:
    """What this code stands for. Raises NotFound for one that was never made, or has been made anew since."""
    found = TOKEN.fullmatch(token)
    if found is None:
        raise NotFound
    kind, id, signature = found[1], int(found[2]), found[3]
    place: Any
    if kind == "r":
        place = await Resource.get_or_none(id=id, published=True).select_related("venue__entity", "skill")
    else:
        place = await Venue.get_or_none(id=id).select_related("entity", "ask")
    if place is None or not hmac.compare_digest(signature, _signature(kind, id, place.code_revision)):
        raise NotFound
    return Place(place.venue, place) if kind == "r" else Place(place)


@db.atomic
async def renew(venue: Venue, resource: Resource | None, *, by_id: int, at: datetime) -> None:
    """Make the printed code of a resource anew, or of the venue and everything in it where `resource` is None."""
    [locked] = await db.lock(Venue, [venue.id])
    wanted = Resource.filter(venue_id=venue.id)
    for each in await (wanted.filter(id=resource.id) if resource else wanted):
        await Resource.filter(id=each.id).update(code_revision=each.code_revision + 1)
    if resource is None:
        await Venue.filter(id=venue.id).update(code_revision=locked.code_revision + 1)
    subject = resource.subject if resource else venue.subject
    await events.record("code.renewed", subject, at=at, by_id=by_id, venue_id=venue.id)


@db.atomic
async def ask_for_proof(venue: Venue, wanted: bool, *, by_id: int, at: datetime) -> None:
    """Ask for the display's digits at every check-in of this house, or no longer."""
    [locked] = await db.lock(Venue, [venue.id])
    if locked.presence_proof == wanted:
        return
    await Venue.filter(id=venue.id).update(presence_proof=wanted)
    await events.record(
        "venue.proof_changed", venue.subject, at=at, by_id=by_id, venue_id=venue.id, after=wanted
    )


def display_code(venue: Venue, at: datetime) -> str:
    """The six digits that the display of this venue shows at this instant. They change every minute."""
    return _digits(venue.id, int(at.timestamp()) // WINDOW_SECONDS)


def display_path(venue: Venue, at: datetime, resource: Resource | None = None) -> str:
    """The path of the QR code on a display of the house, or of a resource: it saves typing the digits."""
    return f"/c/{token_of(resource or venue)}?proof={display_code(venue, at)}"


async def prove(venue: Venue, member_id: int, typed: str, *, at: datetime) -> None:
    """Raises ProofNeeded, WrongProof, or TooMany, where the venue asks for the digits and these are not they."""
    if not venue.presence_proof:
        return
    digits = "".join(letter for letter in typed if letter.isdigit())
    if not digits:
        raise no.ProofNeeded()
    await limits.count(f"proof:{venue.id}:{member_id}", most=TRIES_MAX, per_seconds=TRIES_SECONDS, at=at)
    now = int(at.timestamp()) // WINDOW_SECONDS
    if not any(hmac.compare_digest(digits, _digits(venue.id, window)) for window in (now, now - 1)):
        raise no.WrongProof()


def pages_of(venue: Venue, resources: list[Any]) -> list[Place]:
    """Everything of a house that has a printed code: itself, then its resources in their order."""
    return [Place(venue), *[Place(venue, each) for each in resources]]


def _signature(kind: str, id: int, revision: int) -> str:
    """Eighty bits, in letters that nobody mixes up."""
    return base64.b32encode(_hmac(f"code {kind} {id} {revision}")[:10]).decode().lower()


def _digits(venue_id: int, window: int) -> str:
    number = int.from_bytes(_hmac(f"display {venue_id} {window}")[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"


def _hmac(message: str) -> bytes:
    return hmac.new(f"presence {settings.SECRET_KEY}".encode(), message.encode(), hashlib.sha256).digest()

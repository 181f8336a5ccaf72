"""A request that is sent twice is done once: `Idempotency-Key`, as Stripe does it.

Per member and key, the first request's answer is kept for a day and sent again, mishaps included. The same key with
another request is refused; while the first still runs, the second is told to come back. What could not be read, and
what was too much or too busy, keeps nothing: there nothing was done, and the key stays free.

Killed between the operation and the keeping of its answer, a request is taken over after `LEASE` by whoever sends it
again: an id made from the key finds what was booked, and cancelling or changing to the same twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from starlette.requests import Request
from starlette.responses import Response

from booking import db
from booking.api import problems
from booking.api.models import KeyedRequest
from booking.api.problems import Failed, Invalid, answer_to
from booking.i18n import lazy as _

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LETTERS_MAX = 255
KEPT = timedelta(hours=48)
# Longer than the longest operation takes, tries included.
LEASE = timedelta(seconds=60)
IDS = uuid5(NAMESPACE_URL, "https://share-the-desk.example/api")


def key_of(request: Request) -> str:
    """The request's key, or '' for none. Raises Invalid for one that is too long or not plain ASCII."""
    key = request.headers.get(HEADER)
    if key is None:
        return ""
    if not key or len(key) > LETTERS_MAX or any(not " " <= letter <= "~" for letter in key):
        raise Invalid({HEADER: [_("A key has 1 to 255 letters, digits and signs of ASCII.")]})
    return key


def hash_of(request: Request, body: bytes) -> str:
    """What makes a request the same: its method, its address with the query, and its body, byte for byte."""
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    return hashlib.sha256(said).hexdigest()


def id_for(request: Request, body: bytes, member_id: int) -> UUID:
    """The id of what this request makes: the same for the same request under the same key, else a new one."""
    key = key_of(request)
    return uuid5(IDS, f"{member_id}:{hash_of(request, body)}:{key}") if key else uuid4()


async def once(
    request: Request,
    body: bytes,
    act: Callable[[], Awaitable[Response]],
    *,
    member_id: int,
    at: datetime,
) -> Response:
    """The answer of `act`, or of the same request before. Raises Failed for a key in use, and what is to come back."""
    key, request_id = key_of(request), request.scope.get("desk.request_id", "")
    if not key:
        return await act()
    same = hash_of(request, body)
    row_id = await _claim(member_id, key, same, at)
    if isinstance(row_id, Response):
        return row_id
    try:
        answer = await act()
    except Exception as error:
        if problems.passing(error):
            await KeyedRequest.filter(id=row_id, finished_at__isnull=True).delete()
            raise
        answer = answer_to(error, request_id=request_id)
    await db.rows(
        "UPDATE keyed_request SET finished_at = ?, status = ?, location = ?, body = ? "
        "WHERE id = ? AND finished_at IS NULL",
        at,
        answer.status_code,
        answer.headers.get("location", ""),
        bytes(answer.body).decode(),
        row_id,
    )
    return answer


async def _claim(member_id: int, key: str, same: str, at: datetime) -> int | Response:
    """The row that is ours to fill, or the answer of the request before."""
    made = await db.rows(
        "INSERT INTO keyed_request (member_id, key, request_hash, started_at, location, body) "
        "VALUES (?, ?, ?, ?, '', '') ON CONFLICT (member_id, key) DO NOTHING RETURNING id",
        member_id,
        key,
        same,
        at,
    )
    if made:
        return int(made[0]["id"])
    known = await KeyedRequest.get_or_none(member_id=member_id, key=key)
    if known is None:  # let go this very moment
        raise Failed("request_running", {"Retry-After": "1"})
    if known.request_hash != same:
        raise Failed("key_reused")
    if known.finished_at is not None:
        return _again(known)
    stale = KeyedRequest.filter(
        id=known.id, finished_at__isnull=True, started_at=known.started_at, started_at__lt=at - LEASE
    )
    if await stale.update(started_at=at):
        return known.id
    raise Failed("request_running", {"Retry-After": "1"})


def _again(known: KeyedRequest) -> Response:
    assert known.status is not None
    headers = {REPLAYED: "true", "Cache-Control": "no-store"}
    if known.location:
        headers["Location"] = known.location
    kind = problems.MEDIA_TYPE if known.status >= 400 else "application/json"
    return Response(known.body, status_code=known.status, media_type=kind, headers=headers)


async def forget(at: datetime) -> int:
    """Delete what is older than two days. Returns how many rows went."""
    return await KeyedRequest.filter(started_at__lt=at - KEPT).delete()

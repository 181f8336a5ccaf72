"""What was typed into a form whose session had ended: it waits in this browser, and comes back after signing in.

It travels in a cookie of this browser alone, which no script may read: not in an address, where logs and other people's
eyes would meet it, and not in the database, since nobody is known yet. It is shown once, on the form it was typed into:
to the member whose session had ended, or, where nobody knows whose it was, to whoever signs in on the way back to it.
Browsers are shared, in a house that lends them more than elsewhere.
"""

from __future__ import annotations

import base64
import json
import zlib
from datetime import timedelta
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from booking.errors import SignInNeeded
from booking.forms import FIELDS_MAX, PART_BYTES_MAX
from booking.i18n import _
from booking.members import Member, sessions
from booking.web import session

WAITS = timedelta(minutes=30)
LETTERS_MAX = (
    3_500  # browsers keep a cookie of 4 096 octets with its name; what is longer has to be typed again
)
OPENED_MAX = 64_000
COOKIE = "unsent"


async def signed_in(request: Request) -> Member:
    """The member who is signed in. Raises SignInNeeded, and then keeps what this form was sent with.

    For forms whose page fills itself from the query of its address, at the same path: that page asks `restored`.
    """
    if member := await session.visitor(request):
        return member
    await _keep(request)
    back = session.way_back(request)
    raise SignInNeeded(request.url.path if back == "/" else back)


def restored(request: Request) -> Request:
    """The request as if its address said what was typed before the session ended; otherwise as it is."""
    visit = session.visit_of(request)
    told = visit.cookies.get(session.cookie_name(COOKIE), "")
    if not told or visit.member is None:
        return request
    path, kept_at, whose, pairs = _read(told)
    if path != request.url.path:
        return request
    session.set_cookie(visit, COOKIE, "", seconds=0)
    if (
        whose not in (None, visit.member.id)
        or not 0 <= visit.at.timestamp() - kept_at <= WAITS.total_seconds()
    ):
        return request
    text = _("You were signed out, so nothing was sent. What you typed is here again.")
    visit.flashes.append(("info", text))
    scope = {**request.scope, "query_string": urlencode(pairs).encode()}
    return Request(scope, request.receive)


def on_the_way(request: Request, next_path: str) -> None:
    """Somebody signs in, and goes there: what waits for another page is nothing they have asked for."""
    visit = session.visit_of(request)
    told = visit.cookies.get(session.cookie_name(COOKIE), "")
    if told and _read(told)[0] != urlsplit(next_path).path:
        session.set_cookie(visit, COOKIE, "", seconds=0)


async def _keep(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return
    try:
        async with request.form(max_fields=FIELDS_MAX, max_part_size=PART_BYTES_MAX) as form:
            pairs = [
                (name, value)
                for name, value in form.multi_items()
                if value and not isinstance(value, UploadFile)
            ]
    except HTTPException:
        return
    visit = session.visit_of(request)
    whose = await sessions.whose(visit.cookies.get(session.cookie_name("session"), ""))
    told = json.dumps([request.url.path, int(visit.at.timestamp()), whose, pairs], ensure_ascii=False)
    said = told.encode(errors="replace")  # halves of letters, which nobody types
    body = base64.urlsafe_b64encode(zlib.compress(said, 9)).decode().rstrip("=")
    if len(said) <= OPENED_MAX and len(body) <= LETTERS_MAX:
        signed = f"{session.signature(COOKIE, body.encode())}.{body}"
        session.set_cookie(visit, COOKIE, signed, seconds=int(WAITS.total_seconds()))


def _read(text: str) -> tuple[str, int, int | None, list[tuple[str, str]]]:
    """The path, when it was kept, whose session had ended, and names with values; an empty path when somebody else
    wrote it."""
    given, _dot, body = text.partition(".")
    if not body or not compare_digest(given.encode(), session.signature(COOKIE, body.encode()).encode()):
        return "", 0, None, []
    packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    path, kept_at, whose, pairs = json.loads(zlib.decompressobj().decompress(packed, OPENED_MAX))
    return path, kept_at, whose, [(name, value) for name, value in pairs]

"""Every "no" and every mishap as an answer: a designed page with a way out, or a line where a program asks."""

from __future__ import annotations

from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from booking import db
from booking.clock import now
from booking.errors import Busy, NotFound, PasskeyNeeded, Refused, SignInNeeded, TooMany
from booking.i18n import best_language, speaking
from booking.web import confirming
from booking.web.pages import fragment_wanted, page, redirect
from booking.web.session import SCOPE_KEY, Visit, visit_of

BUSY_SECONDS = 5
log = structlog.get_logger("booking.web")


async def refused(request: Request, error: Exception) -> Response:
    """A rule said no, and the page had no form to say it in."""
    return _answer(request, 409, refusal=error)


async def not_found(request: Request, error: Exception) -> Response:
    """Nothing here, or nothing for this visitor: the same answer."""
    return _answer(request, 404)


async def sign_in_needed(request: Request, error: Exception) -> Response:
    """Off to the sign-in page, and back afterwards."""
    assert isinstance(error, SignInNeeded)
    return redirect(request, "sign_in", next=None if error.next_path == "/" else error.next_path)


async def too_many(request: Request, error: Exception) -> Response:
    """A rate limit was reached."""
    assert isinstance(error, TooMany)
    seconds = error.retry_after_seconds
    return _answer(request, 429, headers={"Retry-After": str(seconds)}, minutes=-(-seconds // 60))


async def busy(request: Request, error: Exception) -> Response:
    """The database is away or too busy; nothing was done."""
    return _answer(request, 503, headers={"Retry-After": str(BUSY_SECONDS)})


async def by_status(request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: no such route, wrong method, a body it cannot read."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return _answer(request, 404, headers=headers)
    return _answer(request, error.status_code, headers=headers, template="errors/other.html")


def mishap(request: Request, error: Exception) -> Response:
    """Anything else is our bug: logged with its trace under the request's id, and said plainly.

    The middleware calls this outside everything else, perhaps before there was a visit.
    """
    if SCOPE_KEY not in request.scope:
        language = best_language(request.headers.get("accept-language", ""))
        request.scope[SCOPE_KEY] = Visit(now(), request.scope.get("desk.request_id", ""), language=language)
    visit = visit_of(request)
    passing = isinstance(error, Busy) or db.is_passing(error)
    with speaking(visit.language, visit.clock_hours):
        if passing:
            log.warning("busy", error=repr(error)[:300])
            return _answer(request, 503, headers={"Retry-After": str(BUSY_SECONDS)})
        log.error("mishap", exc_info=error)
        return _answer(request, 500, request_id=visit.request_id)


def _answer(
    request: Request,
    status: int,
    *,
    template: str = "",
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """The page for this status. Should even the template fail, a bare line still says what happened."""
    try:
        whole = template or f"errors/{status}.html"
        part = "errors/_fragment.html" if fragment_wanted(request) else ""
        return page(request, whole, status, fragment=part, headers=headers, code=status, **context)
    except Exception:
        log.exception("error_page_failed", status=status)
        return PlainTextResponse(f"{status}", status_code=status, headers=headers)


HANDLERS: dict[Any, Any] = {
    Refused: refused,
    NotFound: not_found,
    SignInNeeded: sign_in_needed,
    PasskeyNeeded: confirming.needed,
    TooMany: too_many,
    Busy: busy,
    HTTPException: by_status,
}

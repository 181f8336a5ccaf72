"""Confirming a session with a passkey, before one writes as manager, treasurer or administrator.

A form that came too early is kept on this page, in the page itself and nowhere else, and sent on once the passkey was
shown, so nothing is typed twice. Chosen files cannot be kept so; the page says which to choose again.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import settings
from booking import limits, members
from booking.errors import PasskeyNeeded, Refused
from booking.forms import FIELDS_MAX, PART_BYTES_MAX, read
from booking.i18n import _
from booking.members import sessions
from booking.web import session
from booking.web.pages import flash, fragment_wanted, local_path, page, redirect
from booking.web.passkeys import NO_STORE, Answer, damaged, done, no
from booking.web.settings import browser_name

FILES_MAX = 20
TRIES_MAX, TRIES_SECONDS = 10, 60
Kept = list[tuple[str, str]]


async def show(request: Request) -> Response:
    """Show the passkey, or make one first."""
    await session.signed_in(request)
    return await _page(request, local_path(request.query_params.get("next", "/")))


async def needed(request: Request, error: Exception) -> Response:
    """A write came too early: the same page, with the form kept in it. A fragment or a program is sent to the page."""
    assert isinstance(error, PasskeyNeeded)
    kept, files = await _kept(request)
    if fragment_wanted(request) or kept is None:
        return redirect(request, "confirm", next=None if error.next_path == "/" else error.next_path)
    return await _page(request, local_path(error.next_path), 403, kept=kept, files=files)


async def ask(request: Request) -> Response:
    """What the member's device needs to show a passkey."""
    member = await session.signed_in(request)
    await _count(request, member, "ask")
    asked = await members.passkeys.ask_to_show(
        member=member, bound_to=session.visit_of(request).token, at=session.at(request)
    )
    return JSONResponse(asked, headers=NO_STORE)


async def confirm(request: Request) -> Response:
    """The session is confirmed, and goes on under a new token."""
    member = await session.signed_in(request)
    await _count(request, member, "confirm")
    form = await read(request, Answer)
    if not form.valid:
        return damaged(form)
    told = form.value
    try:
        key = await members.passkeys.confirm(
            told.challenge,
            told.credential,
            member=member,
            bound_to=session.visit_of(request).token,
            at=session.at(request),
        )
    except Refused as refusal:
        return no(refusal)
    await session.confirm(request, key.id)
    hours = int(sessions.CONFIRMED_FOR.total_seconds() // 3600)
    flash(request, "success", _("Confirmed for %(hours)d hours in this browser.") % {"hours": hours})
    return done(told.next)


async def _count(request: Request, member: members.Member, what: str) -> None:
    """Ten tries a minute of one member, who is known here: a whole office may confirm at nine o'clock."""
    key = f"passkey-{what}:{member.id}"
    await limits.count(key, most=TRIES_MAX, per_seconds=TRIES_SECONDS, at=session.at(request))


async def _page(
    request: Request,
    next_path: str,
    status: int = 200,
    *,
    kept: Kept | None = None,
    files: Kept | None = None,
) -> Response:
    member = session.visit_of(request).member
    held = await members.passkeys.list_for(member) if member else []
    return page(
        request,
        "members/confirm.html",
        status,
        next=next_path,
        held=held,
        may_add=session.may_change_passkeys(request, len(held)),
        confirmed=session.is_confirmed(request),
        hours=int(sessions.CONFIRMED_FOR.total_seconds() // 3600),
        device=browser_name(request.headers.get("user-agent", "")),
        action=session.here(request),
        kept=kept,
        files=files or [],
        by_click=settings.DEMO and member is not None and member.demo,
    )


async def _kept(request: Request) -> tuple[Kept | None, Kept]:
    """(name, value) of what was typed into the form, and (name, file name) of files; None where it was no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return None, []
    try:
        form = await request.form(max_files=FILES_MAX, max_fields=FIELDS_MAX, max_part_size=PART_BYTES_MAX)
    except (HTTPException, MultiPartException):
        return [], []
    pairs = form.multi_items()
    files = [(name, value.filename) for name, value in pairs if not isinstance(value, str) and value.filename]
    await form.close()
    return [(name, value) for name, value in pairs if isinstance(value, str)], files

"""Passkeys: adding, naming and removing one's own; signing in with one. Confirming a session is in `confirming.py`.

A browser asks for what a device must sign and brings the answer back, both as JSON by a small script (`desk-passkey`).
What goes wrong is said as {"code", "sentence"}, for the script to show.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from booking import members
from booking.errors import NotFound, PasskeyNeeded, Refused
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import _
from booking.members.sessions import NotFresh
from booking.web import session
from booking.web.pages import flash, local_path, page, redirect, url
from booking.web.sign_in import count_address, welcome

NO_STORE = {"Cache-Control": "no-store"}


class Answer(Shape):
    """What a browser brings back: our id of the challenge, and the browser's credential as JSON."""

    challenge: UUID
    credential: dict[str, Any]
    next: str = "/"


class NewKey(Answer):
    name: Line = Field("", max_length=members.passkeys.NAME_LETTERS_MAX)


class Named(Shape):
    name: Line = Field(min_length=1, max_length=members.passkeys.NAME_LETTERS_MAX)


# --- one's own ---------------------------------------------------------------------------------------


async def ask(request: Request) -> Response:
    """What a device needs to make a passkey for this member."""
    member = await session.signed_in(request)
    try:
        await _may_change(request, member)
        asked = await members.passkeys.ask_to_register(
            member, bound_to=session.visit_of(request).token, at=session.at(request)
        )
    except Refused as refusal:
        return no(refusal)
    return JSONResponse(asked, headers=NO_STORE)


async def add(request: Request) -> Response:
    """Keep a new passkey. Whoever made one has just shown it, so the session is confirmed too."""
    member = await session.signed_in(request)
    form = await read(request, NewKey)
    if not form.valid:
        return damaged(form)
    told = form.value
    try:
        await _may_change(request, member)
        key = await members.passkeys.register(
            told.challenge,
            told.credential,
            name=told.name,
            member=member,
            bound_to=session.visit_of(request).token,
            at=session.at(request),
        )
    except Refused as refusal:
        return no(refusal)
    await session.confirm(request, key.id)
    flash(request, "success", _("Your passkey is kept. You can sign in with it from now on."))
    return done(told.next)


async def show(request: Request) -> Response:
    """One passkey: its name, and how to remove it."""
    member = await session.signed_in(request)
    key = await _mine(request, member)
    return _key_page(request, key, blank(name=key.name))


async def rename(request: Request) -> Response:
    member = await session.signed_in(request)
    key = await _mine(request, member)
    form = await read(request, Named)
    if not form.valid:
        return _key_page(request, key, form)
    await members.passkeys.rename(key.id, form.value.name, member=member)
    flash(request, "success", _("Saved."))
    return redirect(request, "settings")


async def remove(request: Request) -> Response:
    """End one of the member's passkeys; the device may go on showing it, but nobody believes it any more."""
    member = await session.signed_in(request)
    key = await _mine(request, member)
    if not session.may_change_passkeys(request, 1):
        if session.roles(request).asks_for_passkey:
            raise PasskeyNeeded(url("passkey", passkey_id=key.id))
        form = blank(name=key.name)
        form.refuse(NotFresh())
        return _key_page(request, key, form)
    name = await members.passkeys.remove(key.id, member=member, at=session.at(request))
    flash(request, "success", _("%(name)s is removed. Delete it on your device too.") % {"name": name})
    return redirect(request, "settings")


async def _may_change(request: Request, member: members.Member) -> None:
    held = await members.passkeys.list_for(member)
    if not session.may_change_passkeys(request, len(held)):
        raise NotFresh


async def _mine(request: Request, member: members.Member) -> members.Passkey:
    held = await members.passkeys.list_for(member)
    found = next((key for key in held if key.id == request.path_params["passkey_id"]), None)
    if found is None:
        raise NotFound
    return found


def _key_page(request: Request, key: members.Passkey, form: Form[Any]) -> Response:
    return page(
        request,
        "settings/passkey.html",
        form.status,
        key=key,
        form=form,
        may_remove=session.may_change_passkeys(request, 1),
    )


# --- signing in --------------------------------------------------------------------------------------


async def ask_to_sign_in(request: Request) -> Response:
    """What a device needs to sign in with a passkey, whoever's it is."""
    await count_address(request, "passkey")
    asked = await members.passkeys.ask_to_show(
        member=None, bound_to=session.browser(request), at=session.at(request)
    )
    return JSONResponse(asked, headers=NO_STORE)


async def sign_in(request: Request) -> Response:
    """Signed in by a passkey, and the session is confirmed by it."""
    await count_address(request)
    form = await read(request, Answer)
    if not form.valid:
        return damaged(form)
    told = form.value
    try:
        key = await members.passkeys.sign_in(
            told.challenge, told.credential, bound_to=session.browser(request), at=session.at(request)
        )
    except Refused as refusal:
        return no(refusal)
    await welcome(request, key.member, told.next, confirmed=True, passkey_id=key.id)
    return done(told.next)


# --- answers to the script ---------------------------------------------------------------------------


def done(next_path: str) -> Response:
    """It worked; the script goes on to the path, or sends the form that waits."""
    return JSONResponse({"next": local_path(next_path)}, headers=NO_STORE)


def no(refusal: Refused) -> Response:
    """A rule says no."""
    said = {"code": refusal.code, "sentence": refusal.sentence}
    return JSONResponse(said, status_code=409, headers=NO_STORE)


def damaged(form: Form[Any]) -> Response:
    """What was sent is no answer of a browser."""
    said = {"code": "invalid", "sentence": _("We could not read what was sent."), "errors": form.errors}
    return JSONResponse(said, status_code=422, headers=NO_STORE)

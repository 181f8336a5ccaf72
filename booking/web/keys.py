"""Keys for programs: the page on which a member makes them, sees when they were last used, and takes them back."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from booking import members
from booking.errors import Refused
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import _
from booking.members import ApiToken, Member, tokens
from booking.web import session
from booking.web.pages import flash, page, redirect

NEW_KEY = "new_key"
NEW_KEY_SECONDS = 300
DAYS = (7, 30, 90, 365)


class MakeKey(Shape):
    name: Line = Field(max_length=80)
    scopes: list[Literal["read", "book", "money", "presence", "occupancy"]] = Field(
        min_length=1, max_length=10
    )
    days: Literal["7", "30", "90", "365"] = "90"


async def show(request: Request) -> Response:
    member = await session.signed_in(request)
    form = blank(scopes=["read"], days=tokens.DAYS_USUAL)
    return await _page(request, member, form, await _new_key(request, member))


async def make(request: Request) -> Response:
    member = await session.acting_for_long(request)
    form = await read(request, MakeKey)
    if form.valid:
        wish, at = form.value, session.at(request)
        try:
            _token, text = await tokens.make(
                member, name=wish.name, scopes=wish.scopes, days=int(wish.days), at=at
            )
            # Only the browser keeps the key on the way to the page that shows it, for a few minutes.
            session.set_cookie(session.visit_of(request), NEW_KEY, text, seconds=NEW_KEY_SECONDS)
            return redirect(request, "keys")
        except Refused as refusal:
            form.refuse(refusal)
    return await _page(request, member, form, None)


async def revoke(request: Request) -> Response:
    member = await session.signed_in(request)
    await tokens.revoke(request.path_params["token_id"], by=member, at=session.at(request))
    flash(request, "success", _("The key is taken back. Programs that used it get no further."))
    return redirect(request, "keys")


async def _new_key(request: Request, member: Member) -> tuple[ApiToken, str] | None:
    """The key that was just made, if the cookie has one of this member's; the cookie goes."""
    visit = session.visit_of(request)
    text = visit.cookies.get(session.cookie_name(NEW_KEY), "")
    if not text:
        return None
    session.set_cookie(visit, NEW_KEY, "", seconds=0)
    token = await tokens.by_text(member, text, visit.at)
    return (token, text) if token else None


async def _page(
    request: Request, member: Member, form: Form[Any], new: tuple[ApiToken, str] | None
) -> Response:
    return page(
        request,
        "settings/keys.html",
        form.status,
        form=form,
        new=new,
        keys=await members.tokens.of(member, session.at(request)),
        scopes=[(scope, str(words)) for scope, words in tokens.SCOPES.items()],
        words=tokens.SCOPES,
        days=[("7", _("A week")), ("30", _("30 days")), ("90", _("90 days")), ("365", _("A year"))],
    )

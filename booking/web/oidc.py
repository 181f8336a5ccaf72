"""Signing in by another service: off to it, and back.

Coming back is the one GET that signs somebody in, as the protocol has it. It does so only in the browser that set out,
with a state made for it, once; the address alone is worth nothing to anybody else.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from booking import members
from booking.errors import NotFound, Refused
from booking.forms import Shape, blank, read
from booking.i18n import language
from booking.web import session
from booking.web.pages import local_path, page
from booking.web.sign_in import count_address, first_page, welcome

AWAY_SECONDS = "60"


class Start(Shape):
    next: str = "/"


async def start(request: Request) -> Response:
    """A page that leads to the service by itself: our policy lets no form end on another site."""
    if not members.oidc.is_on():
        raise NotFound
    await count_address(request)
    form = await read(request, Start)
    next_path = local_path(form.value.next) if form.valid else "/"
    try:
        there = await members.oidc.begin(
            browser=session.browser(request), next_path=next_path, at=session.at(request)
        )
    except Refused as refusal:
        return await _other_ways(request, refusal, next_path)
    return page(request, "members/oidc.html", there=there, name=members.oidc.name())


async def back(request: Request) -> Response:
    """Who came back, signed in; or why not, and the other ways in."""
    if not members.oidc.is_on():
        raise NotFound
    await count_address(request)
    try:
        member, next_path = await members.oidc.finish(
            dict(request.query_params),
            browser=session.browser(request),
            language=language(),
            at=session.at(request),
        )
    except Refused as refusal:
        return await _other_ways(request, refusal, "/")
    return await welcome(request, member, next_path)


async def _other_ways(request: Request, refusal: Refused, next_path: str) -> Response:
    form: Any = blank(next=next_path)
    form.refuse(refusal)
    headers = {"Referrer-Policy": "no-referrer"}
    if isinstance(refusal, members.oidc.OidcAway):
        form.status = 503
        headers["Retry-After"] = AWAY_SECONDS
    return await first_page(request, form, **headers)

"""Calendars: the page of one's links, the feeds behind them, and one booking as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from booking import calendars, places
from booking.calendars import Feed
from booking.errors import Refused
from booking.forms import Form, Line, Shape, blank, read
from booking.i18n import _, name_of
from booking.members import Member
from booking.web import session
from booking.web.pages import flash, page, redirect, url
from booking.web.reservations import seen

# Everything a program might try, so that each gets the feed's own answer and never a page.
FEED_METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "REPORT"]
NEW_LINK = "new_feed"
NEW_LINK_SECONDS = 300


class MakeFeed(Shape):
    kind: Literal["member", "venue"]
    venue: Line = ""


@dataclass(frozen=True)
class NewLink:
    """A link that is shown this once: its address, and (client, where its button leads)."""

    feed: Feed
    address: str
    ways: list[tuple[calendars.Client, str]]


async def show(request: Request) -> Response:
    member = await session.signed_in(request)
    return await _page(request, member, blank(), await _new_link(request, member))


async def make(request: Request) -> Response:
    member = await session.signed_in(request)
    form = await read(request, MakeFeed)
    if form.valid:
        wish = form.value
        try:
            venue = await places.venue(wish.venue) if wish.kind == "venue" else None
            _feed, token = await calendars.make_feed(
                wish.kind, member, venue, member.language, at=session.at(request)
            )
            return _show_once(request, token)
        except Refused as refusal:
            form.refuse(refusal)
    return await _page(request, member, form, None)


async def rotate(request: Request) -> Response:
    member = await session.signed_in(request)
    _feed, token = await calendars.rotate(request.path_params["feed_id"], by=member, at=session.at(request))
    return _show_once(request, token)


async def revoke(request: Request) -> Response:
    member = await session.signed_in(request)
    await calendars.revoke(request.path_params["feed_id"], by=member, at=session.at(request))
    flash(
        request,
        "success",
        _("The link is taken back. Calendars that used it get nothing any more."),
        undo=url("restore_feed", feed_id=request.path_params["feed_id"]),
    )
    return redirect(request, "calendar")


async def restore(request: Request) -> Response:
    """Undo taking a link back, within ten minutes."""
    member = await session.signed_in(request)
    await calendars.restore(request.path_params["feed_id"], by=member, at=session.at(request))
    flash(request, "success", _("The link works again."))
    return redirect(request, "calendar")


async def feed(request: Request) -> Response:
    """The feed itself, for programs: no session, no language, no page, whatever is asked."""
    answer = await calendars.answer(
        request.path_params["token"], method=request.method, headers=request.headers, at=session.at(request)
    )
    response = Response(answer.body, status_code=answer.status)
    # As they are: the length of what GET would bring belongs to HEAD too.
    response.raw_headers = [
        (name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()
    ]
    return response


async def download(request: Request) -> Response:
    """One booking as a file, to be imported once."""
    reservation, viewer = await seen(request)
    return Response(
        calendars.download(reservation, language=viewer.member.language),
        media_type="text/calendar",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'attachment; filename="booking.ics"',
        },
    )


def _show_once(request: Request, token: str) -> Response:
    """On to the page, which shows the link. Only the browser keeps the token on the way, for a few minutes."""
    session.set_cookie(session.visit_of(request), NEW_LINK, token, seconds=NEW_LINK_SECONDS)
    return redirect(request, "calendar")


async def _new_link(request: Request, member: Member) -> NewLink | None:
    """The link that was just made, if the cookie names one of this member's; the cookie goes."""
    visit = session.visit_of(request)
    token = visit.cookies.get(session.cookie_name(NEW_LINK), "")
    if not token:
        return None
    session.set_cookie(visit, NEW_LINK, "", seconds=0)
    feed = await calendars.feed_by_token(member, token)
    if feed is None:
        return None
    name = name_of(await feed.venue) if feed.venue_id else _("My bookings")
    ways = [
        (client, calendars.subscribe_url(client.key, token, name))
        for client in calendars.CLIENTS
        if client.action == "open"
    ]
    return NewLink(feed, calendars.feed_url(token), ways)


async def _page(request: Request, member: Member, form: Form[Any], new: NewLink | None) -> Response:
    feeds = await calendars.feeds_of(member)
    roles = session.roles(request)
    venues = [venue for venue in await places.venues() if roles.hosts(venue)] if roles.hosts_anything else []
    return page(
        request,
        "calendar/index.html",
        form.status,
        form=form,
        new=new,
        clients=calendars.CLIENTS,
        own=[each for each in feeds if each.kind == "member"],
        of_venues=[each for each in feeds if each.kind == "venue"],
        venues=[
            (venue.key, f"{venue.city}: {name_of(venue)}") for venue in venues if venue.status != "closed"
        ],
    )

"""Finding a guest's bookings again: their private pages come by mail, and the screen says nothing about an address."""

from __future__ import annotations

from datetime import datetime

import structlog
from starlette.requests import Request
from starlette.responses import Response

from booking import guests, limits, members, notifications
from booking.forms import Email, Shape, blank, read
from booking.members.sessions import digest
from booking.web import session, sign_in
from booking.web.pages import page

log = structlog.get_logger("booking.web")


class Find(Shape):
    email: Email


async def find(request: Request) -> Response:
    return page(request, "guests/find.html", form=blank(), sent="")


async def send(request: Request) -> Response:
    """Mail the links: the same answer whether there are bookings or not."""
    await sign_in.count_address(request, "guest")
    form = await read(request, Find)
    if not form.valid:
        return page(request, "guests/find.html", form.status, form=form, sent="")
    email, at = form.value.email, session.at(request)
    await limits.count(
        f"guest-pages:{digest(email)[:32]}", most=guests.MAILS_MAX, per_seconds=guests.MAILS_SECONDS, at=at
    )
    sign_in.beside(_send(email, at))
    return page(request, "guests/find.html", form=form, sent=email)


async def _send(email: str, at: datetime) -> None:
    """A failure is logged, never shown: it would tell that there are bookings."""
    try:
        member = await members.by_email(email)
        if member is not None and member.guest and (pages := await guests.pages_of(member, at)):
            await notifications.send_guest_pages(member, pages, at)
    except Exception:
        log.exception("guest_mail_failed")

"""Signing in: ask by e-mail, then the link or the code; one click in the demonstration. No link acts on GET."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Coroutine
from datetime import datetime
from typing import Annotated, Any

import structlog
from pydantic import StringConstraints
from starlette.requests import Request
from starlette.responses import Response

import settings
from booking import limits, members, notifications
from booking.errors import NotFound, Refused
from booking.forms import Email, Form, Shape, blank, read
from booking.i18n import _, language, name_of, speaking_to
from booking.members import Member, Role
from booking.members.sign_in import Asked, LinkUsed
from booking.web import session, unsent
from booking.web.pages import flash, local_path, page, redirect, redirect_to, url

PER_ADDRESS_MAX, PER_ADDRESS_SECONDS = 10, 60
log = structlog.get_logger("booking.web")
_sending: set[asyncio.Task[None]] = set()


class Ask(Shape):
    email: Email
    next: str = "/"


class Code(Shape):
    code: Annotated[str, StringConstraints(max_length=20)]


class Demo(Shape):
    email: Email
    next: str = "/"


class Again(Shape):
    next: str = "/"


async def show(request: Request) -> Response:
    if await session.visitor(request):
        return redirect_to(request, local_path(request.query_params.get("next", "/")))
    return await first_page(request, blank(next=local_path(request.query_params.get("next", "/"))))


async def ask(request: Request) -> Response:
    await count_address(request)
    form = await read(request, Ask)
    if not form.valid:
        return await first_page(request, form)
    wish = form.value
    asked = await members.sign_in.ask(
        wish.email,
        browser=session.browser(request),
        next_path=local_path(wish.next),
        language=language(),
        at=session.at(request),
        known=session.is_known(request, wish.email),
    )
    if asked.member:
        # Beside the request, so that the answer takes as long for a stranger's address as for a member's.
        beside(_send(asked, asked.member, session.at(request)))
    return redirect(request, "sign_in_code", sign_in_id=asked.sign_in_id)


async def code(request: Request) -> Response:
    asked = await members.sign_in.waiting(request.path_params["sign_in_id"], browser=session.browser(request))
    return page(request, "members/code.html", asked=asked, form=blank())


async def use_code(request: Request) -> Response:
    await count_address(request)
    asked = await members.sign_in.waiting(request.path_params["sign_in_id"], browser=session.browser(request))
    form = await read(request, Code)
    if form.valid:
        try:
            member, next_path = await members.sign_in.use_code(
                asked.id,
                "".join(letter for letter in form.value.code if letter.isdigit()),
                browser=session.browser(request),
                at=session.at(request),
                known=session.is_known(request, asked.email),
            )
            return await welcome(request, member, next_path)
        except Refused as refusal:
            form.refuse(refusal, [(_("Ask for a new code"), url("sign_in"))])
    return page(request, "members/code.html", form.status, asked=asked, form=form)


async def link(request: Request) -> Response:
    try:
        asked = await members.sign_in.check_link(request.path_params["token"], session.at(request))
    except LinkUsed as refusal:
        return page(request, "members/link_used.html", 410, refusal=refusal)
    return page(request, "members/link.html", asked=asked)


async def use_link(request: Request) -> Response:
    await count_address(request)
    try:
        member, next_path = await members.sign_in.use_link(request.path_params["token"], session.at(request))
    except LinkUsed as refusal:
        return page(request, "members/link_used.html", 410, refusal=refusal)
    return await welcome(request, member, next_path)


async def as_demo_person(request: Request) -> Response:
    if not settings.DEMO:
        raise NotFound
    form = await read(request, Demo)
    member = await members.by_email(form.value.email) if form.valid else None
    if member is None or not member.demo or member.suspended_at:
        raise NotFound
    # An invented person has no device that could hold a passkey; the demonstration runs on loopback only.
    return await welcome(request, member, local_path(form.value.next), confirmed=True)


async def sign_out(request: Request) -> Response:
    await session.sign_out(request)
    flash(request, "info", _("You are signed out."))
    return redirect(request, "home")


def beside(work: Coroutine[Any, Any, None]) -> None:
    """Do this beside the request, whose answer does not wait for it."""
    task = asyncio.create_task(work)
    _sending.add(task)
    task.add_done_callback(_sending.discard)


async def finish_sending() -> None:
    """Wait for the sign-in mails that are on their way."""
    if _sending:
        await asyncio.gather(*_sending, return_exceptions=True)


async def _send(asked: Asked, member: Member, at: datetime) -> None:
    """Write and send the mail. A failure is logged, never shown: it would tell that the address is a member's."""
    link = settings.BASE_URL + url("sign_in_link", token=asked.link_token)
    try:
        await notifications.send_sign_in(asked.email, member.name, asked.code, link, asked.language, at)
    except Exception:
        log.exception("sign_in_mail_failed", sign_in_id=str(asked.sign_in_id))


async def again(request: Request) -> Response:
    """Signed out here, and to the sign-in page: for what wants somebody who has just signed in."""
    form = await read(request, Again)
    await session.sign_out(request)
    return redirect(request, "sign_in", next=local_path(form.value.next) if form.valid else None)


async def welcome(
    request: Request,
    member: Member,
    next_path: str,
    *,
    confirmed: bool = False,
    passkey_id: int | None = None,
) -> Response:
    """Signed in, greeted, and on to where they wanted to go."""
    unsent.on_the_way(request, next_path)
    await session.sign_in(request, member, confirmed=confirmed, passkey_id=passkey_id)
    with speaking_to(member):
        flash(request, "success", _("Hello %(name)s.") % {"name": member.name})
    return redirect_to(request, next_path)


async def first_page(request: Request, form: Form[Any], **headers: str) -> Response:
    """The page with every way in, and what is wrong with the one that was tried."""
    people = await members.for_demo() if settings.DEMO else []
    held = await members.listed(session.at(request)) if people else []
    cards = [(person, [in_words(role) for role in held if role.member_id == person.id]) for person in people]
    return page(
        request,
        "members/sign_in.html",
        form.status,
        headers=headers,
        form=form,
        cards=cards,
        oidc_name=members.oidc.name() if members.oidc.is_on() else "",
    )


def in_words(role: Role) -> str:
    """'Manages Bazaar St-So, Lille': a role with venue and entity fetched."""
    place = (
        f"{name_of(role.venue)}, {role.venue.city}" if role.venue else role.entity.name if role.entity else ""
    )
    sentences = {
        "host": _("Receives guests at %(place)s"),
        "manager": _("Manages %(place)s"),
        "treasurer": _("Keeps the books of %(place)s"),
        "administrator": _("Looks after the whole network"),
    }
    return sentences[role.kind] % {"place": place}


async def count_address(request: Request, what: str = "sign-in") -> None:
    """At most ten tries a minute from one network address; of IPv6 a whole /64 is one household."""
    address = household(request.client.host if request.client else "")
    await limits.count(
        f"{what}-from:{address}",
        most=PER_ADDRESS_MAX,
        per_seconds=PER_ADDRESS_SECONDS,
        at=session.at(request),
    )


def household(address: str) -> str:
    """The address itself, or the /64 network of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))

"""The mails that no event makes: their codes and links are secrets, and somebody waits for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

import structlog

import settings
from booking import i18n, members
from booking.guests import GuestWish
from booking.members import Member
from booking.notifications.composing import message_id
from booking.notifications.delivering import SIGN_IN, deliver_one
from booking.notifications.models import Message
from booking.notifications.rendering import render
from booking.notifications.sending import ServerAway, way_out
from booking.reservations import Reservation

log = structlog.get_logger()


async def send_sign_in(email: str, name: str, code: str, link: str, language: str, at: datetime) -> bool:
    """Write the mail and try to send it at once; if that fails the job goes on trying, while the code is good.

    Call it for members only, and after the answer to the visitor, as its time would tell who is one. The texts are
    blanked as soon as they are sent.
    """
    return await _send(SIGN_IN, email, name, language, at, code=code, link=link)


async def send_guest_code(wish: GuestWish, code: str, link: str, at: datetime) -> bool:
    """The code and the link that prove a guest's address. `wish` has resource and venue fetched."""
    return await _send(
        "guest_code", wish.email, wish.name, wish.language, at, code=code, link=link, **_about(wish)
    )


async def send_guest_account(wish: GuestWish, to: Member, at: datetime) -> bool:
    """To somebody with an account whose address a guest gave: they may sign in and book; nobody else has learnt it."""
    link = f"{settings.BASE_URL}/resources/{wish.resource_id}/reserve"
    return await _send("guest_account", to.email, to.name, to.language, at, link=link, **_about(wish))


async def send_guest_pages(to: Member, pages: list[tuple[Reservation, str]], at: datetime) -> bool:
    """The addresses of a guest's private pages. Each reservation has resource and venue fetched."""
    with i18n.speaking_to(to):
        listed = [
            (
                f"{i18n.name_of(each.resource)}, {i18n.name_of(each.venue)}",
                i18n.span(each.begins_at, each.ends_at, each.venue.zone, "full"),
                address,
            )
            for each, address in pages
        ]
    return await _send("guest_pages", to.email, to.name, to.language, at, pages=listed)


def _about(wish: GuestWish) -> dict[str, str]:
    resource: Any = wish.resource
    with i18n.speaking(wish.language):
        return {
            "resource": i18n.name_of(resource),
            "venue": i18n.name_of(resource.venue),
            "when": i18n.span(wish.begins_at, wish.ends_at, resource.venue.zone, "full"),
        }


async def _send(kind: str, email: str, name: str, language: str, at: datetime, **said: Any) -> bool:
    minutes = int(members.sign_in.LASTS.total_seconds() // 60)
    texts = render(kind, language, name=name, minutes=minutes, **said)
    id = uuid4()
    message = await Message.create(
        id=id,
        key=f"{kind}:{id}",
        kind=kind,
        to_email=email,
        to_name=name,
        language=language,
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        message_id=message_id(id),
        next_at=at,
        created_at=at,
    )
    try:
        async with way_out() as send:
            return await deliver_one(message, send, at=at)
    except ServerAway as away:
        log.warning("mail server away", why=str(away)[:300])
        return False

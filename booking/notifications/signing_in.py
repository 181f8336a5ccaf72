"""The one mail that no event makes: its code and link are secrets, and somebody waits for it."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import structlog

from booking import members
from booking.notifications.composing import message_id
from booking.notifications.delivering import SIGN_IN, deliver_one
from booking.notifications.models import Message
from booking.notifications.rendering import render
from booking.notifications.sending import ServerAway, way_out

log = structlog.get_logger()


async def send_sign_in(email: str, name: str, code: str, link: str, language: str, at: datetime) -> bool:
    """Write the mail and try to send it at once; if that fails the job goes on trying, while the code is good.

    Call it for members only, and after the answer to the visitor, as its time would tell who is one. The texts are
    blanked as soon as they are sent.
    """
    minutes = int(members.sign_in.LASTS.total_seconds() // 60)
    texts = render("sign_in", language, name=name, code=code, link=link, minutes=minutes)
    id = uuid4()
    message = await Message.create(
        id=id,
        key=f"sign_in:{id}",
        kind=SIGN_IN,
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

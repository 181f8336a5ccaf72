"""The way out: a mail server, or a folder where no server is set."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

import settings
from booking.notifications import mime
from booking.notifications.models import Message

SECONDS_MAX = 10
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Send = Callable[[Message], Awaitable[None]]


class ServerAway(Exception):
    """The mail server cannot be reached or does not let us in: nothing is wrong with any message."""


@asynccontextmanager
async def way_out() -> AsyncIterator[Send]:
    """Opens the way, and gives a function that sends one message or raises. Raises ServerAway."""
    url = str(settings.MAIL_URL)
    if not url:
        yield _to_folder
        return
    server = Server(url)
    await server.connect()
    try:
        yield server.send
    finally:
        await server.close()


class Server:
    """One connection to the server of `smtp://user:password@host:587` or `smtps://…:465`.

    With smtp:// the connection is encrypted as soon as the server offers it; with a password it must be, except on
    this machine. `?starttls=never` is for servers whose offer is broken.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("MAIL_URL must look like smtp://user:password@host:587 or smtps://host")
        host, implicit = parts.hostname, parts.scheme == "smtps"
        wish = parse_qs(parts.query).get("starttls", ["auto"])[-1]
        must = bool(parts.username) and host not in LOOPBACK and not implicit
        self.client = aiosmtplib.SMTP(
            hostname=host,
            port=parts.port or (465 if implicit else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=implicit,
            start_tls=False if implicit or wish == "never" else True if must else None,
            timeout=SECONDS_MAX,
        )

    async def connect(self) -> None:
        try:
            await self.client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ServerAway(f"{type(error).__name__}: {error}") from error

    async def send(self, message: Message) -> None:
        """Raises ServerAway, or whatever is wrong with this one message."""
        body = mime.mail_bytes(message)
        if not self.client.is_connected:
            await self.connect()
        await self.client.sendmail(mime.sender(), [message.to_email], body)

    async def close(self) -> None:
        if self.client.is_connected:
            try:
                await self.client.quit()
            except (aiosmtplib.SMTPException, OSError):
                self.client.close()


async def _to_folder(message: Message) -> None:
    """One file per message: a second copy replaces the first, and a half-written one is never seen."""
    await asyncio.to_thread(_write, settings.MAIL_DIR, message)


def _write(folder: Path, message: Message) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{message.created_at:%Y%m%dT%H%M%S}-{message.kind}-{message.id}.eml"
    half = path.with_suffix(".part")
    half.write_bytes(mime.mail_bytes(message))
    os.replace(half, path)

"""What surrounds every request, outermost first; pure ASGI, because Starlette's base class costs more than our pages.

RequestId         an id from browser to log, and one line in the log
SecurityHeaders   on every answer, errors and files included
Gzip              HTML only: files have their own twins, streams and ranges must stay as they are
Mishaps           what nobody expected becomes a page
Hosts             answers only to our own names
(body limit)      Starlette's
Visits            who is asking, in which language; cookies out
SameSiteWrites    no other site may write here
"""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Collection
from functools import lru_cache
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking.i18n import speaking
from booking.web import session
from booking.web.errors import mishap
from booking.web.pages import SENT_AGAIN, page
from booking.web.session import SAFE_METHODS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
A_YEAR_OF_TLS = "max-age=31536000; includeSubDomains"
# Addresses that hold a secret: never told to another site, and cut to six letters in the log.
TOKEN_PATHS = re.compile(r"^(/feeds/|/mails/|/sign-in/link/|/guest/|/guest-booking/link/)([^/]{6})[^/]*")
REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
API = "/api/"  # takes no cookies, so no other site can write there in a member's name
NOBODY_ASKS = (
    API,
    "/static/",
    "/photos/",
    "/feeds/",
    "/map/drawing",
    "/map/settings.json",
    "/map/venues.json",
    "/map/tiles.pmtiles",
    "/live",
    "/health",
    "/ready",
    "/robots.txt",
    "/manifest.webmanifest",
    "/webhooks/",
)
GZIP_FROM_BYTES = 1000
log = structlog.get_logger("booking.web")


def masked(path: str) -> str:
    """The path without the secret it may hold."""
    return TOKEN_PATHS.sub(r"\1\2…", path)


class RequestId:
    """Gives each request an id (the caller's own, if it looks like one) and writes one line when it is done."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        scope["desk.request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        began, status = time.perf_counter(), 0

        async def with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, with_id)
        finally:
            milliseconds = round((time.perf_counter() - began) * 1000, 1)
            quiet = scope["path"].startswith(("/static/", "/photos/")) or scope["path"] in (
                "/health",
                "/ready",
            )
            (log.debug if quiet else log.info)(
                "request", method=scope["method"], path=masked(scope["path"]), status=status, ms=milliseconds
            )


class SecurityHeaders:
    """Adds what an answer has not set itself."""

    def __init__(
        self, app: ASGIApp, *, https: bool, forms: Collection[str] = (), maps: Collection[str] = ()
    ) -> None:
        """`forms`: other sites to which a form may lead, as browsers ask that of redirects too: pages to pay on.
        `maps`: other sites that the map may ask for land and pictures."""
        self.app = app
        policy = POLICY.replace("form-action 'self'", " ".join(["form-action 'self'", *forms]))
        for directive in ("connect-src 'self'", "img-src 'self' data: blob:"):
            policy = policy.replace(directive, " ".join([directive, *maps]))
        headers = (
            HEADERS
            | {"Content-Security-Policy": policy}
            | ({"Strict-Transport-Security": A_YEAR_OF_TLS} if https else {})
        )
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        secret = TOKEN_PATHS.match(scope["path"]) is not None

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if secret:
                    MutableHeaders(scope=message)["Referrer-Policy"] = "no-referrer"
                present = {name.lower() for name, _value in message["headers"]}
                added = [header for header in self.headers if header[0] not in present]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, with_headers)


class Gzip:
    """Packs whole HTML answers, for browsers that ask."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        wanted = re.search(
            r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", Headers(scope=scope).get("accept-encoding", "")
        )
        start: Message | None = None

        async def packed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if (
                    headers.get("content-type", "").startswith("text/html")
                    and "content-encoding" not in headers
                ):
                    headers.add_vary_header("Accept-Encoding")
                    if wanted:
                        start = message
                        return
            elif message["type"] == "http.response.body" and start is not None:
                whole, body = not message.get("more_body"), message.get("body", b"")
                if whole and len(body) >= GZIP_FROM_BYTES:
                    body = (_packed_once if SENT_AGAIN in scope else _packed)(body)
                    headers = MutableHeaders(scope=start)
                    headers["Content-Encoding"], headers["Content-Length"] = "gzip", str(len(body))
                    message = {**message, "body": body}
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, packed)


def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 5, mtime=0)


_packed_once = lru_cache(maxsize=32)(_packed)


class Mishaps:
    """The last one to hear of an exception."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if begun:  # half an answer is on its way: only breaking the connection tells the browser
                raise
            await mishap(Request(scope, receive), error)(scope, receive, send)


class Hosts:
    """Refuses every Host header but ours, so that nobody makes us write their address into a mail."""

    def __init__(self, app: ASGIApp, *, allowed: Collection[str]) -> None:
        self.app = app
        self.allowed = {host.lower() for host in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "").lower()
            if re.sub(r":\d+$", "", host) not in self.allowed and "*" not in self.allowed:
                return await PlainTextResponse("400", status_code=400)(scope, receive, send)
        await self.app(scope, receive, send)


class Visits:
    """Makes the visit, speaks its language, and sends its cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        connection, request_id = HTTPConnection(scope), scope.get("desk.request_id", "")
        instant = scope["app"].state.clock()
        if scope["path"].startswith(NOBODY_ASKS):
            visit = session.stranger(connection, now=instant, request_id=request_id)
        else:
            visit = await session.begin(connection, now=instant, request_id=request_id)

        async def with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                session.write_flashes(visit)
                headers = MutableHeaders(scope=message)
                for cookie in visit.set_cookies:
                    headers.append("Set-Cookie", cookie)
            await send(message)

        with speaking(visit.language, visit.clock_hours):
            await self.app(scope, receive, with_cookies)


class SameSiteWrites:
    """Refuses what a browser writes for another site. Programs that are no browser send neither header."""

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self.app = app
        self.origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in SAFE_METHODS
            and not scope["path"].startswith(API)
            and not self.ours(Headers(scope=scope))
        ):
            log.warning("foreign_write", path=masked(scope["path"]))
            return await page(Request(scope, receive), "errors/403.html", 403, code=403)(scope, receive, send)
        await self.app(scope, receive, send)

    def ours(self, headers: Headers) -> bool:
        """Sec-Fetch-Site says it best; older browsers send an Origin with every write."""
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is None:
            return True
        return origin == self.origin or origin.partition("://")[2] == headers.get("host")

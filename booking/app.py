"""The ASGI application: routes, what surrounds them, what becomes of exceptions, and what runs while it runs."""

from __future__ import annotations

import asyncio
import gc
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import Receive, Scope, Send

import settings
from booking import clock, db, occupancy, payments
from booking.api import routes as api
from booking.api import webhooks
from booking.api.problems import BASE
from booking.web import live, maps, middleware, sign_in, slow
from booking.web.errors import HANDLERS
from booking.web.routes import routes
from booking.web.streets import Streets

BODY_BYTES_MAX = 1024 * 1024


def create_app() -> Starlette:
    """The whole product behind one ASGI callable, by the settings as they are now."""
    configure_logs()
    address = urlsplit(settings.BASE_URL)
    hosts = {*settings.ALLOWED_HOSTS, re.sub(r":\d+$", "", address.netloc)}
    app = Starlette(
        routes=[api.mount(), *webhooks.routes, Streets(routes)],
        middleware=[
            Middleware(middleware.RequestId),
            Middleware(
                middleware.SecurityHeaders,
                https=address.scheme == "https",
                forms=payments.page_origins(),
                maps=[origin] if (origin := maps.source().origin) else [],
            ),
            Middleware(middleware.Gzip),
            Middleware(middleware.Mishaps),
            Middleware(middleware.Hosts, allowed=hosts),
            # Not Starlette's own `max_body_size=`: that one stands outside, and its answer would lack our headers.
            Middleware(PagesBodyLimit, max_body_size=BODY_BYTES_MAX),
            Middleware(middleware.Visits),
            Middleware(middleware.SameSiteWrites, origin=f"{address.scheme}://{address.netloc}"),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    # Each request's one look at the clock goes through here.
    app.state.clock = clock.now
    app.state.live = live.Hub(lambda: app.state.clock())
    return app


# When Python looks for garbage in circles. Its own 700, 10, 10 took a fifth of a long report (decision 54).
COLLECTED = (20_000, 20, 50)


class PagesBodyLimit(RequestBodyLimitMiddleware):
    """For everything but the API, which takes less, and says so in its own words."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{BASE}/"):
            return await self.app(scope, receive, send)
        await super().__call__(scope, receive, send)


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
    """The database for as long as the server runs; on SQLite the jobs too, which have no process of their own there.

    Refuses to start the demonstration on a database that the demonstration did not make.
    """
    payments.check_settings()
    gc.set_threshold(*COLLECTED)
    await db.connect(settings.TORTOISE_ORM)
    scheduler = None
    counting = asyncio.create_task(occupancy.keep_counting())
    try:
        if settings.DEMO:
            from booking import demo

            await demo.check(urlsplit(settings.BASE_URL).hostname or "")
        if db.dialect() == "sqlite":
            from booking import jobs

            scheduler = jobs.start_scheduler()
        live.stop_at_signals(app.state.live)
        yield {}
    finally:
        await app.state.live.stopped()
        if scheduler is not None:
            scheduler.shutdown(wait=False)
        counting.cancel()
        await asyncio.gather(counting, return_exceptions=True)
        with suppress(Exception):
            await occupancy.count_wishes()
        await sign_in.finish_sending()
        await slow.finish()
        await payments.close_connections()
        await db.close()


def configure_logs() -> None:
    """JSON lines with the request's id; readable ones on a laptop."""
    readable = settings.DEBUG or settings.DEMO
    # Without the values of variables: there are tokens, names and addresses among them.
    traces = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last: list[Any] = [plain] if readable else [traces, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.DEBUG if settings.DEBUG else logging.INFO
        ),
        cache_logger_on_first_use=False,  # a cached logger keeps the stream of its first line for ever
    )

"""The double as an ASGI application: the API, the pages, the controls, and what runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from booking.stripe_double import api, control, pages, webhooks
from booking.stripe_double.deliveries import Deliverer
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store

HOSTS = ["localhost", "127.0.0.1", "[::1]"]  # other names would let pages of the web talk to it
BODY_BYTES_MAX = 1024 * 1024
Webhook = tuple[str, str, str]  # secret key, address, signing secret


def create_app(file: str = ":memory:", webhooks_of: Sequence[Webhook] = (), base: str = "") -> Starlette:
    """A double that remembers in the file, and sends events to these webhooks besides those made through its API.

    `base` is its own address, as far as nobody has called it yet.
    """
    store = Store(file)
    for key, url, secret in webhooks_of:
        webhooks.configure(store, api.account_of(key), url, secret)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        app.state.deliverer = Deliverer(store, app.state)
        sending = asyncio.create_task(app.state.deliverer.run())
        try:
            yield {}
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sending
            store.close()

    app = Starlette(
        routes=[*api.routes, *control.routes, *pages.routes],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS),
            Middleware(RequestBodyLimitMiddleware, max_body_size=BODY_BYTES_MAX),
        ],
        exception_handlers={404: pages.not_found, ApiError: pages.refused},
        lifespan=lifespan,
    )
    app.state.store = store
    app.state.base = base
    return app

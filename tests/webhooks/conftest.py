"""A real receiver on this machine, that checks signatures as a program of somebody else would."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import settings
from booking import webhooks
from tests import make
from tests.commands.test_serve import free_port
from tests.make import NOW


class Receiver:
    """Keeps what it gets. `answers` are statuses to give, in order; then 200 for ever."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook"
        self.got: list[dict[str, Any]] = []
        self.signatures: list[tuple[str, bytes]] = []
        self.answers: list[int] = []
        self.slow = 0.0

    async def hook(self, request: Request) -> Response:
        body = await request.body()
        self.signatures.append((request.headers["desk-signature"], body))
        if self.slow:
            await asyncio.sleep(self.slow)
        status = self.answers.pop(0) if self.answers else 200
        if status == 302:
            return Response(status_code=302, headers={"Location": self.url + "/elsewhere"})
        if 200 <= status < 300:
            self.got.append(json.loads(body))
        return Response("x" * 2000, status_code=status)

    def checked(self, secret: str) -> bool:
        """Whether every request so far is signed with this secret, over its very bytes."""
        for header, body in self.signatures:
            t, v1 = (part.split("=")[1] for part in header.split(","))
            made = hmac.new(secret.encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(made, v1):
                return False
        return bool(self.signatures)


@pytest.fixture
async def receiver(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    monkeypatch.setattr(settings, "DEBUG", True)  # lets http through to this machine
    port = free_port()
    made = Receiver(port)
    app = Starlette(routes=[Route("/hook", made.hook, methods=["POST"]), Route("/hook/elsewhere", made.hook)])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    running = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield made
    server.should_exit = True
    await running


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(at=await make.venue(name="Bazaar"), name="Quai")


async def endpoint(owner: Any, url: str, *names: str, **values: Any) -> webhooks.WebhookEndpoint:
    """An endpoint that hears everything, if no names are given."""
    return await webhooks.make(
        owner, name="Agenda", url=url, names=names or list(webhooks.EVENTS), at=NOW, **values
    )

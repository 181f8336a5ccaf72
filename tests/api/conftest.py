"""A program with a key: `await program(member, "read", "book")` is a client that sends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from booking.members import tokens
from tests import make
from tests.make import NOW

HOME = "http://localhost:8000"
EVERYTHING = tuple(tokens.SCOPES)


async def key(member: Any, *scopes: str, days: int = 30) -> str:
    """The text of a new token."""
    _token, text = await tokens.make(member, name="Test", scopes=scopes or EVERYTHING, days=days, at=NOW)
    return text


@pytest.fixture
async def program(db: str, app: Any) -> AsyncIterator[Callable[..., Any]]:
    """Makes programs: `await program(member)` may do everything, `await program()` has no key."""
    opened: list[httpx.AsyncClient] = []

    async def start(member: Any = None, *scopes: str, **headers: str) -> httpx.AsyncClient:
        if member is not None:
            headers["Authorization"] = f"Bearer {await key(member, *scopes)}"
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=True),
            base_url=f"{HOME}/api/v1",
            headers={"Accept-Language": "en", **headers},
        )
        opened.append(client)
        return client

    yield start
    for client in opened:
        await client.aclose()


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(at=await make.venue(name="Bazaar"), name="Quai")


@pytest.fixture
async def money(alice: Any, room: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, name="Illustration")


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this problem, in its own media type."""
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    assert said["status"] == status
    assert said["detail"]
    assert said["request_id"] == answer.headers["x-request-id"]
    return said


def wish(
    room: Any, money: Any = None, *, begins: str = "10:00", ends: str = "12:00", **more: Any
) -> dict[str, Any]:
    """The body of a reservation of tomorrow."""
    span = make.span(begins, ends)
    return {
        "resource_id": room.id,
        "begins_at": span.begins_at.isoformat(),
        "ends_at": span.ends_at.isoformat(),
        **({"activity_id": money.id} if money else {}),
        **more,
    }

"""The same table at the door for programs: each operation with the key of each visitor; the refusals too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from booking.api.routes import routes
from booking.members import tokens
from tests.make import NOW
from tests.permissions import table
from tests.permissions.rows import METHODS, Row, plain
from tests.permissions.test_matrix import address
from tests.permissions.world import CANARIES, VISITORS, World, build
from tests.web.test_cross_origin import _counts, _tables

LET_THROUGH = {200, 201, 400, 409, 422}


@pytest.fixture
async def world(db: str) -> World:
    return await build()


@pytest.fixture
async def programs(world: World, app: Any) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """A program for each visitor, whose key has all scopes."""
    made = {}
    for visitor in VISITORS:
        headers = {"Accept-Language": "en"}
        if person := world.people[visitor]:
            _token, text = await tokens.make(person, name="All", scopes=list(tokens.SCOPES), days=30, at=NOW)
            headers["Authorization"] = f"Bearer {text}"
        transport = httpx.ASGITransport(app=app)
        made[visitor] = httpx.AsyncClient(
            transport=transport, base_url="http://localhost:8000", headers=headers
        )
    yield made
    for client in made.values():
        await client.aclose()


def test_every_operation_has_its_row() -> None:
    known = {(row.method, plain(row.route)) for row in table.API}
    there = {
        (method, "/api/v1" + plain(route.path_format))
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or set()
        if method in METHODS
    }
    assert known == there


def judge(row: Row, visitor: str, answer: httpx.Response) -> list[str]:
    what = f"{row.method} {row.route} for {visitor}: {answer.status_code}"
    if visitor in row.who:
        return (
            []
            if answer.status_code in LET_THROUGH
            else [f"{what}, and should be let through: {answer.text[:200]}"]
        )
    expected = 401 if visitor in ("nobody", "suspended") else 404
    if answer.status_code != expected:
        return [f"{what}, and should be {expected}"]
    return []


async def ask(program: httpx.AsyncClient, row: Row, world: World, number: int) -> httpx.Response:
    wish = {name: world.places[name] for name in row.hidden}
    body: dict[str, Any] = {} if row.method == "GET" else {"json": wish}
    headers = {} if row.method == "GET" else {"Idempotency-Key": f"matrix-{number}"}
    return await program.request(row.method, address(row, world), headers=headers, **body)


async def test_it_works(world: World, programs: dict[str, httpx.AsyncClient], db: str) -> None:
    wrong: list[str] = []
    tables = [name for name in await _tables(db) if name not in ("keyed_request", "api_token")]
    before = await _counts(tables)
    for number, row in enumerate(table.API):
        for visitor in VISITORS:
            if visitor not in row.who or row.method == "GET":
                wrong += judge(row, visitor, await ask(programs[visitor], row, world, number))
    assert await _counts(tables) == before, "a refused or reading request changed something"
    for number, row in enumerate(table.API):
        for visitor in VISITORS:
            if visitor in row.who and row.method != "GET":
                wrong += judge(row, visitor, await ask(programs[visitor], row, world, number))
    assert not wrong, "\n".join(wrong)


async def test_private_words_stay_private(world: World, programs: dict[str, httpx.AsyncClient]) -> None:
    leaks = []
    for row in table.API:
        if row.method == "GET":
            for visitor in VISITORS:
                text = (await ask(programs[visitor], row, world, 0)).text
                leaks += [
                    f"{row.route} shows {visitor} “{canary}”"
                    for canary, readers in CANARIES.items()
                    if canary in text and visitor not in readers
                ]
    assert leaks == []


async def test_a_key_without_the_scope_is_told_so(world: World, app: Any) -> None:
    """Read alone: no booking, no money, no presence, no figures."""
    alice = world.people["administrator"]
    assert alice is not None
    _token, text = await tokens.make(alice, name="Read", scopes=["read"], days=30, at=NOW)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://localhost:8000",
        headers={"Authorization": f"Bearer {text}"},
    )
    async with client:
        for row in table.API:
            needs_more = row.method != "GET" or any(
                word in row.route for word in ("activities", "presence", "occupancy")
            )
            answer = await ask(client, row, world, 0)
            assert (answer.status_code == 403) == needs_more, (row.route, answer.text)

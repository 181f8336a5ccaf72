"""No other site writes here in a visitor's name, on any writing route; and nothing is written by GET."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from booking import db as database
from booking.members.models import Session
from booking.web.middleware import SAFE_METHODS
from tests import make
from tests.web.test_headers import every_request

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
    {"Sec-Fetch-Site": "nonsense"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "http://localhost"},
    {"Origin": "http://localhost:8000.evil.example"},
    {"Origin": "http://evil.example/localhost:8000"},
    {"Origin": ""},
]
OURS = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost:8000"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {},
]


def browser(app: Any) -> httpx.AsyncClient:
    """A client that sends no headers of its own."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost:8000")


async def test_it_works(db: str, app: Any) -> None:
    async with browser(app) as client:
        for headers in OURS:
            answer = await client.post("/settings/theme", data={"theme": "dark"}, headers=headers)
            assert answer.status_code == 303, headers


async def test_every_writing_route_refuses_other_sites(db: str, app: Any, client_of: Any) -> None:
    token = (await client_of(await make.member())).cookies["desk_session"]
    writing = [(method, path) for method, path in every_request() if method not in SAFE_METHODS]
    assert len(writing) >= 8
    async with browser(app) as client:
        client.cookies.set("desk_session", token)
        for method, path in writing:
            for headers in FOREIGN:
                answer = await client.request(method, path, headers=headers)
                # Programs bring a key; there the visitor's cookie counts for nothing.
                expected = (401, 404) if path.startswith("/api/") else (403,)
                assert answer.status_code in expected, (method, path, headers)
    assert (await Session.get()).revoked_at is None


async def test_nothing_is_written_by_get(db: str, app: Any, client_of: Any) -> None:
    """Every route by GET, signed in: no table has a row more or less, but the counts of rate limits."""
    client = await client_of(await make.member())
    tables = await _tables(db)
    before = await _counts(tables)
    for method, path in every_request():
        if method == "GET":
            await client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert await _counts(tables) == before


async def test_links_from_elsewhere_may_be_followed(client: Any) -> None:
    assert (await client.get("/help", headers={"Sec-Fetch-Site": "cross-site"})).status_code == 200


async def test_the_page_says_what_to_do(client: Any) -> None:
    answer = await client.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"})
    assert "came from another site" in answer.text
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
async def test_no_door_for_scripts_of_other_sites(client: Any, method: str) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await client.request(method, "/sign-out", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def _tables(engine: str) -> list[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        if engine == "sqlite"
        else "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    return [row["name"] for row in await database.rows(sql) if row["name"] != "rate_count"]


async def _counts(tables: list[str]) -> dict[str, int]:
    return {name: (await database.rows(f'SELECT count(*) AS n FROM "{name}"'))[0]["n"] for name in tables}

"""The table of permissions, asked of the running product: each route, each verb, each visitor; the refusals too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.routing import Route

from booking.web import session
from booking.web.routes import routes
from tests.permissions import table
from tests.permissions.rows import EVERYBODY, METHODS, Row, plain
from tests.permissions.world import CANARIES, VISITORS, World, build
from tests.web.test_cross_origin import _counts, _tables

ROOT = Path(__file__).parent.parent.parent
# What the house says to somebody whom it lets through: done, go on there, mend the form, a rule says no.
LET_THROUGH = {200, 204, 303, 304, 307, 409, 410, 422}


def served() -> set[tuple[str, str]]:
    """(method, route) of all that the pages answer; a form's POST is a row of its own."""
    found = set()
    for route in routes:
        if isinstance(route, Route):
            path = route.path
            for name in route.param_convertors:
                path = path.replace(f"{{{name}:{_kind(route, name)}}}", f"{{{name}}}")
            found |= {(method, path) for method in (route.methods or set()) if method in METHODS}
    return found


def _kind(route: Route, name: str) -> str:
    start = route.path.index("{" + name)
    inside = route.path[start + 1 : route.path.index("}", start)]
    return inside.partition(":")[2]


def test_every_route_has_its_row() -> None:
    known = {(row.method, plain(row.route)) for row in table.PAGES}
    there = {(method, plain(path)) for method, path in served()}
    assert there - known == set(), "say in tests/permissions/table.py who may do this"
    assert known - there == set(), "no such route any more"


def test_the_document_is_the_table() -> None:
    """`python -m tests.permissions.table` writes it anew."""
    assert (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8") == table.as_markdown()


@pytest.fixture
async def world(db: str) -> World:
    return await build()


@pytest.fixture
async def clients(world: World, client_of: Callable[..., Any]) -> dict[str, httpx.AsyncClient]:
    made = {}
    for visitor in VISITORS:
        made[visitor] = await client_of()
        if token := world.tokens.get(visitor):
            made[visitor].cookies.set(session.cookie_name(), token)
    return made


def said_no(answer: httpx.Response) -> bool:
    """Led to the sign-in page, or shown nothing."""
    return answer.status_code in (404, 405) or (
        answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    )


def let_through(answer: httpx.Response, row: Row) -> bool:
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        return row.route.startswith("/sign-in") or row.route == "/sign-out"
    return answer.status_code in LET_THROUGH or (answer.status_code == 404 and row.guessed)


def address(row: Row, world: World) -> str:
    return row.address.format_map({"sign_in_id": uuid4(), **world.places})


async def ask(client: httpx.AsyncClient, row: Row, world: World) -> httpx.Response:
    sent = {name: str(world.places[name]) for name in row.hidden}
    return await client.request(row.method, address(row, world), data=sent)


async def test_it_works(world: World, clients: dict[str, httpx.AsyncClient], db: str) -> None:
    """First what is read, then what is refused (and nothing happened), then what is let through."""
    wrong: list[str] = []
    for row in table.PAGES:
        if row.method == "GET":
            for visitor in VISITORS:
                answer = await clients[visitor].get(address(row, world))
                wrong += judge(row, visitor, answer)
    tables = [name for name in await _tables(db) if name != "sign_in"]
    before = await _counts(tables)
    writing = [row for row in table.PAGES if row.method != "GET"]
    for row in writing:
        for visitor in VISITORS:
            if visitor not in row.who:
                answer = await ask(clients[visitor], row, world)
                wrong += judge(row, visitor, answer)
    assert await _counts(tables) == before, "a refused request changed something"
    # Signing out and ending sessions come last, as nobody could go on after them; what one visitor removes, the same
    # visitor puts back.
    last = [row for row in writing if "session" in row.route or row.route == "/sign-out"]
    for some in ([row for row in writing if row not in last], last):
        for visitor in VISITORS:
            for row in some:
                if visitor in row.who and not (
                    row.who == EVERYBODY and visitor not in ("nobody", "suspended")
                ):
                    wrong += judge(row, visitor, await ask(clients[visitor], row, world))
    assert not wrong, "\n".join(wrong)


def judge(row: Row, visitor: str, answer: httpx.Response) -> list[str]:
    """What is wrong with this answer: nothing, or a line that says it."""
    what = f"{row.method} {row.route} for {visitor}: {answer.status_code}"
    if visitor in row.who:
        return [] if let_through(answer, row) else [f"{what}, and should be let through"]
    if not said_no(answer):
        return [f"{what}, and should be refused"]
    return []


async def test_private_words_stay_private(world: World, clients: dict[str, httpx.AsyncClient]) -> None:
    """No page, file or refusal shows one of the canaries to somebody who may not read it."""
    leaks = []
    for row in table.PAGES:
        # Whoever has the address of a feed or of a guest's page was given it.
        if row.method != "GET" or "feed_token" in row.address or "guest_secret" in row.address:
            continue
        for visitor in VISITORS:
            text = (await clients[visitor].get(address(row, world))).text
            leaks += [
                f"{row.route} shows {visitor} “{canary}”"
                for canary, readers in CANARIES.items()
                if canary in text and visitor not in readers
            ]
    assert leaks == []


async def test_the_canaries_are_seen_at_all(world: World, clients: dict[str, httpx.AsyncClient]) -> None:
    """A test that looks for words which no page shows to anybody would find nothing, ever."""
    seen = set()
    for row in table.PAGES:
        if row.method == "GET":
            for visitor in ("member", "manager"):
                text = (await clients[visitor].get(address(row, world))).text
                seen |= {canary for canary in CANARIES if canary in text}
    assert seen == set(CANARIES)


async def test_what_is_hidden_looks_as_what_is_missing(
    world: World, clients: dict[str, httpx.AsyncClient]
) -> None:
    """The same page, word for word, for another's booking and for one that nobody made."""
    client = clients["other"]
    for there, missing in [
        (f"/reservations/{world.places['reservation_id']}", f"/reservations/{uuid4()}"),
        (f"/budgets/{world.places['activity_id']}", "/budgets/999999"),
        (f"/manage/{world.places['key']}", "/manage/no-such-house"),
    ]:
        hidden, gone = await client.get(there), await client.get(missing)
        assert hidden.status_code == gone.status_code == 404
        assert hidden.text.replace(there, "") == gone.text.replace(missing, "")

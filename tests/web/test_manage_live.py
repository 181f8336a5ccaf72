"""The first page of a house stays true while it is open: over real HTTP, for its hosts alone."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn

from booking import occupancy, reservations
from booking.app import create_app
from booking.members import Member, sessions
from booking.web import session
from tests import make
from tests.commands.test_serve import free_port
from tests.make import NOW, span

SECONDS = 20


@pytest.fixture
async def served(db: str) -> AsyncIterator[tuple[Any, str]]:
    """The application on a port of its own, looking often; and its address."""
    app = create_app()
    app.state.clock = lambda: NOW
    app.state.live.look_seconds = 0.05
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 it has nothing to wait for
        await asyncio.sleep(0.01)
    yield app, f"http://127.0.0.1:{server.config.port}"
    await app.state.live.stopped()
    server.should_exit = True
    await task


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", release_minutes=15)


async def browser(address: str, member: Any) -> httpx.AsyncClient:
    client = httpx.AsyncClient(
        base_url=address, timeout=SECONDS, headers={"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"}
    )
    if member is not None:
        client.cookies.set(session.cookie_name(), await sessions.start(member, agent="test", at=NOW))
    return client


@asynccontextmanager
async def listening(client: httpx.AsyncClient, path: str) -> AsyncIterator[AsyncIterator[dict[str, str]]]:
    """What a page hears: for each name, what is to stand there now."""
    async with client.stream("GET", path) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["cache-control"] == "no-store"

        async def heard() -> AsyncIterator[dict[str, str]]:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    told = json.loads(line[6:])
                    yield {name: told["html"][number] for name, number in told["tags"].items()}

        async with aclosing(heard()) as events:
            yield events


async def next_of(events: AsyncIterator[Any]) -> Any:
    return await asyncio.wait_for(anext(events), SECONDS)


def stream_of(page: str) -> str:
    return page.split('data-url="/manage/')[1].split('"')[0].join(("/manage/", ""))


async def test_it_works(served: Any, room: Any) -> None:
    app, address = served
    alice, stella = await make.member("Alice"), await make.manager(room.venue)
    booked = await make.reservation(room, alice, span(days=0), people=3)
    async with await browser(address, stella) as client:
        page = (await client.get(f"/manage/{room.venue.key}")).text
        for name in ("house-people", "house-words", "house-figures", "house-list"):
            assert f'data-live="{name}"' in page
        async with listening(client, stream_of(page)) as events:
            first = await next_of(events)
            assert '<span class="big">0</span>' in first["house-people"]
            assert "Used today" in first["house-figures"]
            assert "Income" in first["house-figures"]
            assert first["house-list"] == "", "the list of the page is right"
            await occupancy.count_people(room.venue, 12, by=stella, at=NOW)
            counted = await next_of(events)
            assert '<span class="big">12</span>' in counted["house-people"]
            assert "Counted by the house at" in counted["house-words"]
            assert counted["house-list"] == ""
            await reservations.cancel(booked.id, by=alice, at=NOW)
            gone = await next_of(events)
            assert "list has changed" in gone["house-list"]
            assert f'href="/manage/{room.venue.key}"' in gone["house-list"]
            assert "Alice" not in "".join(gone.values()), "no names travel"
            assert app.state.live.houses.total() == 1
    assert await _left(app)


async def _left(app: Any) -> bool:
    for _turn in range(100):
        if not app.state.live.houses:
            return True
        await asyncio.sleep(0.02)
    return False


async def test_each_hears_times_by_their_own_clock(served: Any, room: Any) -> None:
    """Two hosts of one language; one reads twelve hours. What the first one heard is not the other's."""
    _app, address = served
    stella, twelve = await make.manager(room.venue), await make.manager(room.venue, "Tom")
    await Member.filter(id=twelve.id).update(clock_hours=12)
    await occupancy.count_people(room.venue, 12, by=stella, at=NOW)
    for host, words in ((stella, "at 09:00."), (twelve, "at 9:00\N{NO-BREAK SPACE}am.")):
        async with await browser(address, host) as client:
            page = (await client.get(f"/manage/{room.venue.key}")).text
            async with listening(client, stream_of(page)) as events:
                assert words in (await next_of(events))["house-words"]


async def test_hosts_hear_no_income(served: Any, room: Any) -> None:
    _app, address = served
    host = await make.member("Hugo")
    await make.role("host", host, venue=room.venue)
    async with (
        await browser(address, host) as client,
        listening(client, f"/manage/{room.venue.key}/live/0") as events,
    ):
        told = await next_of(events)
        assert "Used today" in told["house-figures"]
        assert "Income" not in told["house-figures"]
        assert "list has changed" in told["house-list"], "a page that never was right"


async def test_each_host_hears_times_by_their_own_clock(served: Any, room: Any) -> None:
    _app, address = served
    stella, hugo = await make.manager(room.venue), await make.member("Hugo", clock_hours=12)
    await make.role("manager", hugo, venue=room.venue)
    await occupancy.count_people(room.venue, 12, by=stella, at=NOW)
    path = f"/manage/{room.venue.key}/live/0"
    async with await browser(address, stella) as hers, listening(hers, path) as events:
        assert not re.search(r"\d [ap]m", (await next_of(events))["house-words"])
    async with await browser(address, hugo) as his, listening(his, path) as events:
        assert re.search(r"\d\s[ap]m", (await next_of(events))["house-words"])


async def test_others_hear_nothing(served: Any, room: Any) -> None:
    _app, address = served
    await make.manager(room.venue)
    elsewhere = await make.manager(await make.venue(), "Sam")
    for member, status in ((None, 303), (await make.member("Bob"), 404), (elsewhere, 404)):
        async with await browser(address, member) as client:
            answer = await client.get(f"/manage/{room.venue.key}/live/0")
            assert answer.status_code == status
            assert "event-stream" not in answer.headers["content-type"] if status == 404 else True


async def test_the_server_has_enough(served: Any, room: Any) -> None:
    app, address = served
    app.state.live.most_of_address = 0
    async with await browser(address, await make.manager(room.venue)) as client:
        answer = await client.get(f"/manage/{room.venue.key}/live/0")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")


async def test_it_ends_with_the_server(served: Any, room: Any) -> None:
    app, address = served
    async with (
        await browser(address, await make.manager(room.venue)) as client,
        listening(client, f"/manage/{room.venue.key}/live/0") as events,
    ):
        await next_of(events)
        app.state.live.stop()
        with pytest.raises(StopAsyncIteration):
            await next_of(events)


async def test_nothing_is_said_where_nothing_changes(served: Any, room: Any) -> None:
    _app, address = served
    async with (
        await browser(address, await make.manager(room.venue)) as client,
        listening(client, f"/manage/{room.venue.key}/live/0") as events,
    ):
        await next_of(events)
        await make.resource(name="Elsewhere")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(events), 0.5)


async def test_who_is_missing_needs_the_host(db: str, room: Any, client_of: Any, app: Any) -> None:
    """Late, or given back while their time runs; over, there is nothing left to do."""
    alice, bob = await make.member("Alice"), await make.member("Bob")
    await make.reservation(room, alice, span(days=0), people=3)
    other = await make.resource(at=room.venue, name="Fret", release_minutes=15)
    missed = await make.reservation(other, bob, span(days=0))
    begins_at = span(days=0).begins_at
    await reservations.Reservation.filter(id=missed.id).update(no_show_at=begins_at + timedelta(minutes=15))
    stella = await client_of(await make.manager(room.venue))
    needs = 'id="needs"'
    before = (await stella.get(f"/manage/{room.venue.key}")).text
    assert needs not in before
    app.state.clock = lambda: begins_at + timedelta(minutes=20)
    shown = (await stella.get(f"/manage/{room.venue.key}")).text.split(needs)[1].split("</section>")[0]
    for words in ("Alice", "Quai", "Late", "Bob", "Fret", "Did not come", "Check in"):
        assert words in shown
    app.state.clock = lambda: span(days=0).ends_at + timedelta(minutes=1)
    assert needs not in (await stella.get(f"/manage/{room.venue.key}")).text

"""The stream of new states, over real HTTP: a booking arrives, limits hold, and it ends with the server."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from booking import db as database
from booking import reservations, search
from booking.app import create_app
from booking.web import live
from tests import make
from tests.commands.test_serve import answer, ended, environment, free_port, running
from tests.make import NOW, span
from tests.queries import counted

SECONDS = 20


@pytest.fixture
async def house(db) -> AsyncIterator[tuple[Any, str]]:
    """The application on a port of its own, looking often; and its address."""
    app = create_app()
    app.state.clock = lambda: NOW
    app.state.live.look_seconds = 0.05
    server = uvicorn.Server(uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off"))
    served = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 it has nothing to wait for
        await asyncio.sleep(0.01)
    yield app, f"http://127.0.0.1:{server.config.port}"
    await app.state.live.stopped()
    server.should_exit = True
    await served


@asynccontextmanager
async def listening(address: str, since: object = "", **headers: str) -> AsyncIterator[AsyncIterator[Any]]:
    """What a page hears: each event as the server's data, and None for a heartbeat."""
    async with (
        httpx.AsyncClient(timeout=SECONDS) as client,
        client.stream(
            "GET", f"{address}/live?since={since}", headers={"Accept-Language": "en", **headers}
        ) as stream,
    ):
        assert stream.status_code == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["cache-control"] == "no-store"
        assert "content-encoding" not in stream.headers

        async def heard() -> AsyncIterator[Any]:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])
                elif line == ": still here":
                    yield None

        async with aclosing(heard()) as events:
            yield events


async def next_of(events: AsyncIterator[Any]) -> Any:
    return await asyncio.wait_for(anext(events), SECONDS)


def words_of(told: Any, venue_id: int) -> Any:
    return next((told["states"][number] for one, number in told["venues"] if one == venue_id), None)


async def test_it_works(house):
    _app, address = house
    room = await make.resource(at=await make.venue(name="Quai", city="Liège"))
    await search.refresh(NOW)
    async with listening(address) as events:
        first = await next_of(events)
        assert words_of(first, room.venue_id) == ["free", "1 space free now"]
        await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
        told = await next_of(events)
    assert words_of(told, room.venue_id) == ["full", "full today"]
    assert "Full today" in told["html"][told["tags"][f"venue-{room.venue_id}"]]
    assert "Full today" in told["html"][told["tags"]["city-be-liege"]]
    assert told["summary"] == "0 places are free now"
    # What was seen is kept for the pages that come next.
    assert (await search.states())[room.venue_id].state == "full"


async def test_a_cancellation_arrives_too(house):
    _app, address = house
    room = await make.resource()
    booked = await make.reservation(room, await make.member(), span("09:00", "22:00", days=0))
    stella = await make.manager(room.venue)
    await search.refresh(NOW)
    async with listening(address) as events:
        assert words_of(await next_of(events), room.venue_id)[0] == "full"
        await reservations.cancel(booked.id, by=stella, at=NOW, reason="A burst pipe")
        assert words_of(await next_of(events), room.venue_id)[0] == "free"


async def test_what_the_job_finds_arrives(house):
    _app, address = house
    room = await make.resource(at=await make.venue(hours=(660, 1320)))
    await search.refresh(NOW)
    async with listening(address) as events:
        assert words_of(await next_of(events), room.venue_id) == ["later", "free from 11:00"]
        await search.refresh(make.at(NOW.date(), "11:00"))
        assert words_of(await next_of(events), room.venue_id)[0] == "free"


async def test_a_page_that_comes_back_hears_what_it_missed_and_no_more(house):
    _app, address = house
    quiet, busy = await make.resource(at=await make.venue()), await make.resource(at=await make.venue())
    await search.refresh(NOW)
    async with listening(address) as events:
        await next_of(events)
        await make.reservation(busy, await make.member(), span("09:00", "22:00", days=0))
        await next_of(events)
        async with listening(address, live.since(NOW) + 60) as later:
            told = await next_of(later)
            assert told["venues"] == []
            assert told["tags"] == {}
        async with listening(address, "nonsense") as other:
            told = await next_of(other)
    assert {venue_id for venue_id, _state in told["venues"]} == {quiet.venue_id, busy.venue_id}


async def test_it_speaks_the_visitors_language(house):
    _app, address = house
    await make.resource()
    await search.refresh(NOW)
    async with listening(address, **{"Accept-Language": "sv"}) as swedish, listening(address) as english:
        one, other = await next_of(swedish), await next_of(english)
    assert one["states"] != other["states"]


async def test_it_has_no_names_of_people(house):
    _app, address = house
    room = await make.resource()
    await search.refresh(NOW)
    async with listening(address) as events:
        await next_of(events)
        await make.reservation(room, await make.member("Zoltan"), span("09:00", "22:00", days=0))
        assert "Zoltan" not in json.dumps(await next_of(events))


async def test_a_heart_beats_while_nothing_happens(house):
    app, address = house
    app.state.live.heartbeat_seconds = 0.1
    async with listening(address) as events:
        assert (await next_of(events))["venues"] == []
        assert await next_of(events) is None
        assert await next_of(events) is None


async def test_one_address_and_the_whole_have_limits(house):
    app, address = house
    app.state.live.most_of_address = 2
    async with listening(address) as one, listening(address) as two:
        await next_of(one)
        await next_of(two)
        async with httpx.AsyncClient() as client:
            refused = await client.get(f"{address}/live")
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
            app.state.live.most_of_address, app.state.live.most = 100, 2
            assert (await client.get(f"{address}/live")).status_code == 503
    deadline = time.monotonic() + SECONDS
    while app.state.live.listeners.total() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    assert not app.state.live.listeners
    async with listening(address) as events:  # who has gone makes room
        await next_of(events)


async def test_a_quiet_stream_asks_the_database_nothing_of_its_own(house):
    """The one task of the process asks; ten streams ask no more than one does."""
    app, address = house
    await make.resource()
    await search.refresh(NOW)
    counts = []
    for size in (1, 10):
        streams = [listening(address) for _number in range(size)]
        for events in [await stream.__aenter__() for stream in streams]:
            await next_of(events)
        app.state.live.look_seconds = 0.5
        await asyncio.sleep(0.6)
        with counted() as asked:
            await asyncio.sleep(1.1)
        counts.append(len(asked))
        app.state.live.look_seconds = 0.05
        for stream in streams:
            await stream.__aexit__(None, None, None)
    assert max(counts) <= 6, counts


async def test_a_look_costs_two_queries(db):
    await make.resource()
    await search.refresh(NOW)
    watch = search.Watch()
    await watch.look(NOW)
    await watch.look(NOW)
    with counted() as asked:
        assert await watch.look(NOW) == set()
    assert len(asked) == 2


async def test_an_event_that_was_late_is_seen(db):
    """PostgreSQL numbers events before they commit: one with a lower number may come after a higher one."""
    early, late = await make.resource(at=await make.venue()), await make.resource(at=await make.venue())
    await search.refresh(NOW)
    watch = search.Watch()
    await watch.look(NOW)
    await make.reservation(early, await make.member(), span("09:00", "22:00", days=0))
    assert await watch.look(NOW) == {early.venue_id}
    newest = (await database.rows("SELECT MAX(id) AS id FROM event"))[0]["id"]
    watch.last_event, watch.known_events = newest + 50, watch.known_events
    await make.reservation(late, await make.member(), span("09:00", "22:00", days=0))
    assert await watch.look(NOW) == {late.venue_id}


async def test_streams_end_when_the_server_is_told_to_stop(house):
    app, address = house
    async with listening(address) as events:
        await next_of(events)
        app.state.live.stop()
        with pytest.raises(StopAsyncIteration):
            await next_of(events)
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/live")).status_code == 503


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stream_does_not_hold_up_the_end_of_the_server(database_url, engine, tmp_path, workers):
    if workers > 1 and engine == "sqlite":
        pytest.skip("SQLite is served by one process")
    port = free_port()
    arguments = ["serve", "--port", str(port), "--prepare"] + (["--workers", "2"] if workers > 1 else [])
    with running(arguments, environment(database_url, tmp_path)) as process:
        assert answer(f"http://127.0.0.1:{port}/health").status_code == 200
        with httpx.stream("GET", f"http://127.0.0.1:{port}/live", timeout=SECONDS) as stream:
            lines = stream.iter_lines()
            assert next(lines) == ": hello"
            began = time.monotonic()
            ended(process)
            took = time.monotonic() - began
    assert took < 10, took


async def test_what_changes_while_a_slow_page_reads_is_told_next(db):
    hub = live.Hub(lambda: NOW)
    hub.heartbeat_seconds, hub.longest_seconds = 0.05, 3
    closed, heard = asyncio.Event(), []

    def change(words: str) -> None:
        hub.number += 1
        hub.changes.append(live.Change(hub.number, NOW, frozenset(), {"en": words}))
        hub._ring()

    async def send(message: Any) -> None:
        text = message.get("body", b"").decode()
        heard.append(text)
        # Each time while this page is still being told something.
        if '"venues"' in text:
            change("the first")
        elif "the first" in text:
            change("the second")
        elif "the second" in text:
            closed.set()

    async def receive() -> Any:
        await closed.wait()
        return {"type": "http.disconnect"}

    await live.Stream(hub, "somebody", NOW)({"type": "http"}, receive, send)
    await hub.stopped()
    assert [text.split("data: ")[1].strip() for text in heard if "the " in text] == [
        "the first",
        "the second",
    ]

"""What is measured: each row of the table, on one engine."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from booking import calendars, reservations, search
from booking.errors import Refused
from booking.members import Member, sessions, tokens
from booking.timespan import TimeSpan
from booking.web import session
from tests import make, networks, queries
from tests.bench import measuring
from tests.bench.kept import FEW
from tests.bench.measuring import Figure, ask, interleaved, servers
from tests.bench.raw import Driver, driver, own_bookings
from tests.make import NOW
from tests.networks import Network, Size

HOUR, LATER = timedelta(hours=1), timedelta(days=500)
AT_ONCE = 8
CONTENDERS = 200
FEED_EVENTS, FEED_ROOMS = 500, 12
FREE_HOUR, TAKEN_HOUR = 9, 7  # UTC: the generated claims begin every three hours and last two at most
DAY = "2026-11-24"


async def bookings(network: Network, *, first_day: int = 2) -> dict[str, float]:
    """What a booking costs here, and what four bare statements do: into tables of their own, and into the product's."""
    [(alice, activity_id), *_others] = await _payers(network)
    free = Free(network, first_day)

    async def reserve(_number: int) -> None:
        room, span = free.next()
        await reservations.reserve(uuid4(), room.id, span, by=alice, at=NOW, activity_id=activity_id)

    room, span = free.next()
    model = await reservations.reserve(
        uuid4(), room.id, span, by=alice, at=NOW, activity_id=activity_id, title="A model"
    )
    # The same room long after, where nothing was generated.
    model.begins_at, model.ends_at = model.begins_at + LATER, model.ends_at + LATER
    here = iter(await own_bookings(model, measuring.TIMES + measuring.WARM))
    numbers = count()
    async with driver(network.url) as bare:
        return await interleaved(
            {
                "reserve": reserve,
                "raw": lambda _number: bare.book(next(numbers)),
                "here": lambda _number: bare.book_here(next(here)),
            }
        )


async def measure(network: Network, size: Size, few: dict[str, float]) -> list[Figure]:
    """All rows, in the connected database of the network with all its claims; `few` is `bookings` with few of them."""
    many = await bookings(network, first_day=20)
    figures = [
        Figure(f"a booking, {size.claims:,} claims", many["reserve"], raw=many["raw"],
               raw_is="four bare statements", most=3, target="at most 3 x"),
        Figure("the same", many["reserve"], raw=many["here"], raw_is="these four into the product's tables"),
        Figure(f"the same against {size.claims // FEW:,} claims", many["reserve"], raw=few["reserve"],
               raw_is=f"with {size.claims // FEW:,}", most=1.3, target="at most 1.3 x"),
    ]  # fmt: skip
    payers = await _payers(network)
    async with driver(network.url) as bare:
        figures += await _through_doors(network, payers)
        figures += await _contention(network, payers)
        figures += await _searches(network, bare, size)
    figures += await _pages(network, payers)
    return figures


async def _payers(network: Network) -> list[tuple[Member, int]]:
    """Members with an Activity each that will not run dry, the first ones of the network."""
    found = []
    for id in network.members[:AT_ONCE]:
        member = await Member.get(id=id)
        activity = await make.activity(member, of=network.entity, cents=1_000_000_000)
        found.append((member, activity.id))
    return found


class Free:
    """Spans that nobody has taken, one after the other: rooms in turn, then the next day."""

    def __init__(self, network: Network, first_day: int) -> None:
        self.rooms, self.first_day, self.number = network.rooms, first_day, 0

    def next(self) -> tuple[Any, TimeSpan]:
        day, place = divmod(self.number, len(self.rooms))
        self.number += 1
        begins = NOW.replace(hour=FREE_HOUR) + timedelta(days=self.first_day + day)
        return self.rooms[place * 37 % len(self.rooms)], TimeSpan(begins, begins + HOUR)


async def _through_doors(network: Network, payers: list[tuple[Member, int]]) -> list[Figure]:
    """A booking by its form and by the API, eight at a time, beside the operation alone, eight at a time."""
    app = _app()
    free = Free(network, first_day=200)
    cookies = [await _cookie(member) for member, _activity in payers]
    keys = [
        (await tokens.make(member, name="bench", scopes=("book", "read"), days=1, at=NOW))[1]
        for member, _activity in payers
    ]

    async def alone(payer: int) -> None:
        room, span = free.next()
        member, activity_id = payers[payer]
        await reservations.reserve(uuid4(), room.id, span, by=member, at=NOW, activity_id=activity_id)

    async def by_form(payer: int) -> None:
        room, span = free.next()
        told = {
            "id": str(uuid4()),
            "day": span.begins_at.date().isoformat(),
            "begins": f"{span.begins_at + HOUR:%H:%M}",  # Brussels, in winter and far from summer
            "ends": f"{span.ends_at + HOUR:%H:%M}",
            "activity": str(payers[payer][1]),
            "people": "1",
        }
        status, headers, _body = await ask(
            app, f"/resources/{room.id}/reserve", "POST", urlencode(told).encode(), cookie=cookies[payer],
            content_type="application/x-www-form-urlencoded", sec_fetch_site="same-origin",
        )  # fmt: skip
        assert status == 303, status
        assert "/reservations/" in headers["location"], headers

    async def by_api(payer: int) -> None:
        room, span = free.next()
        told = {
            "resource_id": room.id,
            "begins_at": span.begins_at.isoformat(),
            "ends_at": span.ends_at.isoformat(),
            "activity_id": payers[payer][1],
        }
        status, _headers, body = await ask(
            app, "/api/v1/reservations", "POST", json.dumps(told).encode(), content_type="application/json",
            authorization=f"Bearer {keys[payer]}", idempotency_key=str(uuid4()),
        )  # fmt: skip
        assert status == 201, body

    def together(work: Callable[[int], Awaitable[None]]) -> Callable[[int], Awaitable[None]]:
        async def eight(_number: int) -> None:
            await asyncio.gather(*(work(payer) for payer in range(AT_ONCE)))

        return eight

    works = {"alone": together(alone), "form": together(by_form), "api": together(by_api)}
    spent = await interleaved(works, 12)
    return [
        Figure(f"the same {door}, 8 at once", spent[name] / AT_ONCE, raw=spent["alone"] / AT_ONCE,
               raw_is="the operation alone", most=1 / 0.6, target="at most 1.67 x (60 %)")
        for name, door in (("form", "through its form"), ("api", "through the API, with an Idempotency-Key"))
    ]  # fmt: skip


async def _contention(network: Network, payers: list[tuple[Member, int]]) -> list[Figure]:
    """Two hundred on one slot, beside two hundred on as many slots; wall-clock, the slowest of a hundred."""
    alone = Free(network, first_day=100)
    room, span = Free(network, first_day=150).next()

    async def timed(number: int, room: Any, span: TimeSpan) -> tuple[bool, float]:
        member, activity_id = payers[number % AT_ONCE]
        won = False
        began = time.monotonic()
        with suppress(Refused):
            await reservations.reserve(uuid4(), room.id, span, by=member, at=NOW, activity_id=activity_id)
            won = True
        return won, (time.monotonic() - began) * 1000

    each = await asyncio.gather(*(timed(number, *alone.next()) for number in range(CONTENDERS)))
    assert all(won for won, _spent in each)
    same = await asyncio.gather(*(timed(number, room, span) for number in range(CONTENDERS)))
    winners = sum(won for won, _spent in same)
    losers = _p99([spent for won, spent in same if not won])
    return [
        Figure(f"{CONTENDERS} on one slot: winners", winners, unit="", most=1, target="one"),
        Figure(f"{CONTENDERS} on one slot: p99 of the losers", losers, raw=_p99([spent for _won, spent in each]),
               raw_is=f"p99 of {CONTENDERS} on as many slots", most=3, target="at most 3 x"),
    ]  # fmt: skip


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


async def _searches(network: Network, bare: Driver, size: Size) -> list[Figure]:
    begins = NOW.replace(hour=FREE_HOUR) + timedelta(days=1)
    span = TimeSpan(begins, begins + HOUR)
    taken = TimeSpan(begins.replace(hour=TAKEN_HOUR), begins.replace(hour=TAKEN_HOUR) + HOUR)
    member = await Member.get(id=network.members[0])
    ten = 60 * 10  # 09:00 UTC in Brussels

    def wish(**values: Any) -> search.Wish:
        return search.Wish(day=span.begins_at.date(), begins=ten, ends=ten + 60, **values)

    async def find(wish: search.Wish) -> None:
        found = await search.find(wish, member=member, at=NOW)
        assert found.hits
        assert found.hits[0].quote.total_cents

    near = wish(where=network.town, features=("wifi",))

    async def anew(_number: int) -> None:
        search.forget()  # as after a change of any place
        await find(near)

    both: dict[str, Callable[[int], Awaitable[Any]]] = {
        "near": lambda _n: find(near),
        "raw near": lambda _n: bare.first_page(50.85, 4.35, search.RADIUS_KM, "wifi", span),
    }
    spent = await interleaved(
        {
            **both,
            "everywhere": lambda _n: find(wish()),
            "raw everywhere": lambda _n: bare.free_anywhere(span),
            "busy": lambda _n: search.find(
                search.Wish(where=network.town, day=taken.begins_at.date(), begins=480, ends=540),
                member=member, at=NOW),
        },
        15,
    )  # fmt: skip
    spent |= await interleaved({"anew": anew}, 15)
    with_server = []
    if pids := await servers():
        whole = await interleaved(both, 15, others=pids)
        with_server = [
            Figure("the same with the work of PostgreSQL's processes", whole["near"], raw=whole["raw near"],
                   raw_is="theirs too", most=3, target="at most 3 x")
        ]  # fmt: skip
    return [
        Figure("search, 50 km round a town, with features and price", spent["near"], raw=spent["raw near"],
               raw_is="its first page by one bare query", most=3, target="at most 3 x"),
        *with_server,
        Figure("the same, after a place was changed", spent["anew"], raw=spent["raw near"], raw_is="as above"),
        Figure("the same at a busy hour", spent["busy"], raw=spent["raw near"], raw_is="as above"),
        Figure(f"search, all of Europe, {size.resources:,} resources", spent["everywhere"],
               raw=spent["raw everywhere"], raw_is="the bare query over all units", most=2, target="at most 2 x"),
    ]  # fmt: skip


async def _pages(network: Network, payers: list[tuple[Member, int]]) -> list[Figure]:
    """Whole pages as a signed-in member gets them, and a feed."""
    app = _app()
    empty = Starlette(routes=[Route("/", lambda request: PlainTextResponse("ok"))])
    reader = await Member.get(id=network.members[-1])
    cookie = await _cookie(reader)
    began = time.process_time()
    await search.refresh(NOW)
    refreshed = (time.process_time() - began) * 1000
    await _many_events(network, reader)
    _feed, token = await calendars.make_feed("member", reader, None, "en", at=NOW)
    feed = f"/feeds/{token}.ics"
    pages = {
        "home": "/",
        "search": f"/search?where={network.town}&day={DAY}&begins=10:00&ends=11:00",
        "venue": f"/venues/{network.big_house.key}?day={DAY}",
        "month": f"/venues/{network.big_house.key}?day={DAY}&view=month",
        "bookings": "/reservations",
        "feed": feed,
    }
    etag = ""
    for path in pages.values():
        status, headers, _body = await ask(app, path, cookie=cookie)
        assert status == 200, f"{path} answered {status}"
        etag = headers.get("etag", "")

    def page(path: str, **headers: str) -> Callable[[int], Awaitable[Any]]:
        return lambda _number: ask(app, path, cookie=cookie, **headers)

    async def cold(_number: int) -> None:
        calendars.copies.forget()
        await ask(app, feed)

    async def warm(number: int, **headers: str) -> None:
        if number == 0:
            await ask(app, feed)  # the copy that `cold` has thrown away
        calendars.copies._counts.clear()
        await ask(app, feed, **headers)

    works = {name: page(path) for name, path in pages.items() if name != "feed"}
    works["empty"] = lambda _number: ask(empty, "/")
    works["stranger"] = lambda _number: ask(app, "/")
    spent = await interleaved(works, 20)
    spent |= await interleaved({"cold": cold}, 20)
    spent |= await interleaved(
        {"warm": warm, "304": lambda number: warm(number, if_none_match=etag), "empty": works["empty"]}, 60
    )
    empty_is = "an empty route"
    return [
        Figure("map states of all venues, computed anew (per venue)", refreshed / len(await _all_venues())),
        Figure("home page with the map of all venues", spent["stranger"], raw=spent["empty"], raw_is=empty_is, most=1.5,
               target="at most 1.5 x"),
        Figure("the same for a signed-in member", spent["home"], raw=spent["empty"], raw_is=empty_is),
        Figure("search page, 50 km", spent["search"], raw=spent["empty"], raw_is=empty_is),
        Figure(f"venue page, a day of {networks.BIG_HOUSE} resources", spent["venue"], most=25, target="at most 25 ms"),
        Figure(f"venue page, a month of {networks.BIG_HOUSE} resources", spent["month"]),
        Figure("my bookings", spent["bookings"], raw=spent["empty"], raw_is=empty_is),
        Figure(f"feed of {FEED_EVENTS} events, cold", spent["cold"], most=10, target="at most 10 ms"),
        Figure("feed, warm", spent["warm"], raw=spent["empty"], raw_is=empty_is, most=2, target="at most 2 x"),
        Figure("feed, not modified (304)", spent["304"], raw=spent["empty"], raw_is=empty_is, most=1.5,
               target="at most 1.5 x"),
    ]  # fmt: skip


async def _all_venues() -> list[int]:
    from booking.places import Venue

    return [id for (id,) in await Venue.all().values_list("id")]


async def _many_events(network: Network, reader: Member) -> None:
    """Five hundred bookings of one member in a dozen rooms, far ahead so that they meet nothing."""
    rooms = network.rooms[:FEED_ROOMS]
    for number in range(-(-FEED_EVENTS // len(rooms))):
        days = 380 + number
        await queries.many_reservations(rooms, reader, days=days)


def _app() -> Any:
    from booking.app import create_app

    app = create_app()
    app.state.clock = lambda: NOW
    # Log lines are made, as in service, but nobody reads them here.
    nowhere: Any = Nowhere()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(nowhere))
    return app


class Nowhere:
    """A file that forgets."""

    def write(self, _text: str) -> None: ...

    def flush(self) -> None: ...


async def _cookie(member: Member) -> str:
    return f"{session.cookie_name()}={await sessions.start(member, agent='bench', at=NOW)}"

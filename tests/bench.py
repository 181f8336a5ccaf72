"""What a booking, a search and a page cost, beside their raw limits of the same run: `make bench`.

CPU milliseconds of this process (medians), on both engines, with the time that PostgreSQL's own processes need left
out. A ratio says more than a time: `reserve` stands beside four bare statements through the driver, pages and feeds
beside an empty route of the same framework. The targets are goals to plan with; nothing fails when one is missed.

    VENUES=50 ROOMS=20 CLAIMS=100 make bench        # claims of each room; these are the defaults: 100 000 claims
    ENGINES=sqlite make bench
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import asyncpg
import structlog
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.conftest import ENGINES, FOLDER, NOW, use  # sets the environment, so before settings

import settings  # isort: skip
from booking import calendars, migrating, reservations, search  # isort: skip
from booking import db as database  # isort: skip
from booking.members import sessions  # isort: skip
from booking.web import session  # isort: skip
from booking.timespan import TimeSpan  # isort: skip
from tests import make, postgres, queries  # isort: skip

VENUES, ROOMS, CLAIMS = (
    int(os.environ.get(name, most)) for name, most in (("VENUES", 50), ("ROOMS", 20), ("CLAIMS", 100))
)
TIMES = 30
EVENTS = 500
HOUR = timedelta(hours=1)
RAW_TABLES = """
CREATE TABLE raw_reservation (id TEXT PRIMARY KEY, member_id INTEGER, begins_at TEXT, ends_at TEXT, price INTEGER);
CREATE TABLE raw_claim (id TEXT PRIMARY KEY, unit_id INTEGER, begins_at TEXT, ends_at TEXT);
CREATE INDEX raw_claim_unit ON raw_claim (unit_id, ends_at);
CREATE TABLE raw_transfer (id TEXT PRIMARY KEY, debit_id INTEGER, credit_id INTEGER, amount INTEGER);
CREATE TABLE raw_account (id INTEGER PRIMARY KEY, balance INTEGER);
INSERT INTO raw_account VALUES (1, 0);
"""


@dataclass
class Figure:
    """One line of the answer: milliseconds of CPU, beside the raw limit of the same run."""

    what: str
    cpu_ms: float
    raw_ms: float = 0
    target: str = ""

    def __str__(self) -> str:
        ratio = f"{self.cpu_ms / self.raw_ms:5.1f} x" if self.raw_ms else ""
        return f"{self.what:<46}{self.cpu_ms:>9.2f} ms {ratio:>9}   {self.target}"


async def cpu_ms(work: Callable[[int], Awaitable[Any]], times: int = TIMES) -> float:
    """The median CPU time of one run. The first runs fill caches and are not counted."""
    spent = []
    for number in range(times + 3):
        began = time.process_time()
        await work(number)
        spent.append(time.process_time() - began)
    return statistics.median(spent[3:]) * 1000


async def ask(app: Any, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One GET, put to the application without a client in between."""
    path, _, query = path.partition("?")
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    said = {
        "host": "localhost:8000",
        "accept-language": "en",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8000),
    }
    await app(scope, receive, send)
    found = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(message.get("body", b"") for message in sent[1:])


async def raw_transaction(engine: str, url: str) -> float:
    """Four bare statements through the driver, in one transaction: no rule, no lock, no event."""
    if engine == "sqlite":
        connection = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
        connection.executescript(RAW_TABLES)

        async def book(number: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in raw_statements(number):
                connection.execute(statement, values)
            connection.execute("COMMIT")

        try:
            return await cpu_ms(book)
        finally:
            connection.close()
    server = await asyncpg.connect(url)
    await server.execute(RAW_TABLES)

    async def book_there(number: int) -> None:
        async with server.transaction():
            for statement, values in raw_statements(number):
                pieces = statement.split("?")
                numbered = (
                    "".join(f"{piece}${place}" for place, piece in enumerate(pieces[:-1], 1)) + pieces[-1]
                )
                await server.execute(numbered, *values)

    try:
        return await cpu_ms(book_there)
    finally:
        await server.close()


def raw_statements(number: int) -> list[tuple[str, tuple[Any, ...]]]:
    begins, ends = str(NOW + number * HOUR), str(NOW + (number + 1) * HOUR)
    return [
        ("INSERT INTO raw_reservation VALUES (?, ?, ?, ?, ?)", (str(uuid4()), 1, begins, ends, 1000)),
        ("INSERT INTO raw_claim VALUES (?, ?, ?, ?)", (str(uuid4()), 1, begins, ends)),
        ("INSERT INTO raw_transfer VALUES (?, ?, ?, ?)", (str(uuid4()), 1, 2, 1000)),
        ("UPDATE raw_account SET balance = balance - ? WHERE id = ?", (1000, 1)),
    ]


async def fill() -> tuple[Any, list[Any]]:
    """An entity, and the rooms of its venues: each tenth round Brussels, the others all over Europe."""
    home = await make.entity()
    rooms = []
    for number in range(VENUES):
        near = number % 10 == 0
        place = (
            {"lat": 50.85 + number / 1000, "lon": 4.35}
            if near
            else {"lat": 42 + number % 20, "lon": number % 25}
        )
        venue = await make.venue(of=home, hours=None, city="Brussels" if near else f"City {number}", **place)
        rooms += await queries.many_resources(venue, ROOMS)
    return home, rooms


async def claim(parent: Any) -> None:
    """Every third hour of every unit is taken, half of it in the past. One reservation holds all these claims."""
    first = NOW - 3 * (CLAIMS // 2) * HOUR
    if database.dialect() == "sqlite":
        await database.rows(
            "WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n < ?) "
            "INSERT INTO claim (unit_id, reservation_id, begins_at, ends_at) SELECT unit.id, ?, "
            "strftime('%Y-%m-%d %H:%M:%S+00:00', ?, '+' || (n * 3) || ' hours'), "
            "strftime('%Y-%m-%d %H:%M:%S+00:00', ?, '+' || (n * 3 + 1) || ' hours') FROM unit, step",
            CLAIMS - 1, str(parent.id), first, first,
        )  # fmt: skip
        await database.rows("ANALYZE")
    else:
        await database.rows(
            "INSERT INTO claim (unit_id, reservation_id, begins_at, ends_at) SELECT unit.id, ?, "
            "?::timestamptz + n * interval '3 hours', ?::timestamptz + (n * 3 + 1) * interval '1 hour' "
            "FROM unit, generate_series(0, ?::int) n",
            parent.id, first, first, CLAIMS - 1,
        )  # fmt: skip
        await database.rows("VACUUM ANALYZE")


async def measure(engine: str, url: str) -> list[Figure]:
    """All figures on one engine, in a database that is migrated and empty."""
    raw = await raw_transaction(engine, url)
    use(url)
    await database.connect(settings.TORTOISE_ORM)
    try:
        home, rooms = await fill()
        alice = await make.member("Alice")
        budget = await make.activity(alice, of=home, cents=100_000_000)

        async def book(number: int) -> None:
            begins = NOW + timedelta(days=2, hours=3 * (number // len(rooms)) + 1, minutes=30)
            span = TimeSpan(begins, begins + HOUR)
            room = rooms[number % len(rooms)]
            await reservations.reserve(uuid4(), room.id, span, by=alice, at=NOW, activity_id=budget.id)

        few = await cpu_ms(book)
        await claim((await reservations.Reservation.all().limit(1))[0])
        many = await cpu_ms(lambda number: book(number + TIMES + 3))  # cpu_ms ran the first ones
        figures = [
            Figure("raw transaction of four statements", raw),
            Figure("reserve, next to no claims", few, raw, "at most 3 x"),
            Figure(f"reserve, {len(rooms) * CLAIMS:,} claims", many, raw, f"at most 1.3 x of {few:.1f} ms"),
        ]
        return figures + await pages(alice, rooms)
    finally:
        await database.close()


async def pages(alice: Any, rooms: list[Any]) -> list[Figure]:
    """Whole pages as a signed-in member gets them, and her feed."""
    from booking.app import create_app

    app = create_app()
    app.state.clock = lambda: NOW
    # Log lines are written, as in service, but nobody reads them here.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(Path(os.devnull).open("w")))  # noqa: SIM115
    empty = Starlette(routes=[Route("/", lambda request: PlainTextResponse("ok"))])
    cookie = f"{session.cookie_name()}={await sessions.start(alice, agent='bench', at=NOW)}"
    await search.refresh(NOW)
    await queries.many_reservations(rooms[:EVENTS], alice)
    _feed, token = await calendars.make_feed("member", alice, None, "en", at=NOW)
    feed = f"/feeds/{token}.ics"
    venue = (await rooms[0].venue).key
    # The rooms are taken from 12 and from 15 o'clock by the venues' clocks, and free between.
    when = "day=2026-11-24&begins=13:30&ends=14:30"
    taken = "day=2026-11-24&begins=12:00&ends=13:00"

    async def page(path: str, **headers: str) -> float:
        status, _headers, _body = await ask(app, path, cookie=cookie, **headers)
        assert status in (200, 304), f"{path} answered {status}"
        return await cpu_ms(lambda number: ask(app, path, cookie=cookie, **headers))

    async def cold(number: int) -> None:
        calendars.copies.forget()
        await ask(app, feed)

    nothing = await cpu_ms(lambda number: ask(empty, "/"), 300)
    etag = (await ask(app, feed))[1]["etag"]
    return [
        Figure("an empty route", nothing),
        Figure("/health, through all middleware", await page("/health"), nothing),
        Figure(f"home with {VENUES} venues", await page("/"), nothing),
        Figure(
            f"search 50 km, {VENUES * ROOMS // 10} rooms",
            await page(f"/search?where=Brussels&{when}"),
            nothing,
        ),
        Figure(f"search all Europe, {VENUES * ROOMS} rooms", await page(f"/search?{when}"), nothing),
        Figure("search 50 km, nothing free", await page(f"/search?where=Brussels&{taken}"), nothing),
        Figure(
            f"venue, a day of {ROOMS} rooms",
            await page(f"/venues/{venue}?day=2026-11-24"),
            nothing,
            "at most 25 ms",
        ),
        Figure(
            f"feed of {min(EVENTS, len(rooms))} events, cold", await cpu_ms(cold), nothing, "at most 10 ms"
        ),
        Figure("feed, warm", await page(feed), nothing, "at most 2 x"),
        Figure("feed, 304", await page(feed, if_none_match=etag), nothing, "at most 1.5 x"),
    ]


def start() -> list[str]:
    """The second start of a server on SQLite: time to its first page, and its memory then (Linux)."""
    port = postgres.free_port()
    environment = os.environ | {
        "DATABASE_URL": f"sqlite://{FOLDER}/start.sqlite3",
        "BASE_URL": f"http://localhost:{port}",
    }
    command = [sys.executable, "-m", "booking", "serve", "--prepare", "--port", str(port)]
    spent = 0.0
    for _first_then_second in range(2):
        began = time.monotonic()
        server = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        while server.poll() is None:
            try:
                urlopen(f"http://localhost:{port}/", timeout=10).close()
                break
            except OSError:
                time.sleep(0.02)
        spent = time.monotonic() - began
        status = Path(f"/proc/{server.pid}/status")
        memory = status.read_text().split("VmRSS:")[1].split()[0] if status.exists() else "0"
        server.terminate()
        server.wait(30)
    return [
        f"{'second start to first page':<46}{spent:>9.2f} s              at most 3 s",
        f"{'memory of an idle worker':<46}{int(memory) / 1024:>9.0f} MB             at most 130 MB",
    ]


async def on(engine: str) -> list[Figure]:
    url = (
        f"sqlite://{FOLDER}/bench.sqlite3"
        if engine == "sqlite"
        else await postgres.create_database("desk_bench")
    )
    use(url)
    await migrating.migrate(settings.TORTOISE_ORM, backup=False)
    return await measure(engine, url)


def main() -> int:
    try:
        for engine in ENGINES:
            sys.stdout.write(f"\n{engine}, {VENUES} venues, {VENUES * ROOMS} rooms\n")
            for figure in asyncio.run(on(engine)):
                sys.stdout.write(f"{figure}\n")
        sys.stdout.write("\n" + "\n".join(start()) + "\n")
        return 0
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

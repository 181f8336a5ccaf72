"""A migrated database of each engine per test, a client on the real application, and the invariants after every test.

`db` gives the name of the engine and runs the test once on SQLite and once on PostgreSQL (ENGINES=sqlite leaves the
other one out while working). `client` is nobody; `client_of(member)` is signed in. `NOW` is what time it is: a
Monday morning, and every request of these clients happens at that instant.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

FOLDER = Path(tempfile.mkdtemp(prefix="desk-tests-"))
os.environ |= {
    "SECRET_KEY": "only-for-tests",
    "DATABASE_URL": f"sqlite://{FOLDER}/unused.sqlite3",
    "BASE_URL": "http://localhost:8000",
    "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    "DEMO": "false",
    "PASSKEYS_REQUIRED": "true",
    "OIDC_ISSUER": "",
    "NO_PROXY": "localhost,127.0.0.1",
    "MAIL_URL": "",
    "MAIL_DIR": str(FOLDER / "mails"),
    "MEDIA_DIR": str(FOLDER / "media"),
}

import pytest  # noqa: E402
from hypothesis import settings as properties  # noqa: E402
from tortoise.backends.base.executor import EXECUTOR_CACHE  # noqa: E402
from xdist.scheduler import LoadScopeScheduling  # noqa: E402

import settings  # noqa: E402
from booking import db as database  # noqa: E402
from booking import migrating  # noqa: E402
from tests import postgres  # noqa: E402

# A machine that is busy with other things makes a property slow, not wrong.
properties.register_profile("house", deadline=None, print_blob=True)
properties.load_profile("house")

ENGINES = os.environ.get("ENGINES", "sqlite,postgres").split(",")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # Monday, 09:00 in Brussels

_numbers = count(1)


def _share_of(nodeid: str) -> str:
    """Tests of one file stay together, and all of the browser's, as they share one server."""
    file = nodeid.partition("::")[0]
    return "browser" if file.startswith("tests/browser/") else file


class Shares(LoadScopeScheduling):
    """How the tests are shared out to workers. Groups by mark (`--dist loadgroup`) no longer work with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return _share_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    return Shares(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest share begins first (with `--no-loadscope-reorder`)."""
    items.sort(key=lambda item: _share_of(item.nodeid) != "browser")


def use(url: str) -> None:
    """Point the settings at a database."""
    # Tortoise keeps the INSERT of each table by the connection's name, with the places of the engine it first met.
    EXECUTOR_CACHE.clear()
    settings.TORTOISE_ORM["connections"]["default"] = database.connection_for(url)


@pytest.fixture(scope="session")
def templates() -> Iterator[dict[str, str]]:
    """One migrated, empty database per engine, to be copied for each test."""
    ready: dict[str, str] = {}

    async def make() -> None:
        if "sqlite" in ENGINES:
            use(f"sqlite://{FOLDER}/template.sqlite3")
            await migrating.migrate(settings.TORTOISE_ORM, backup=False)
            ready["sqlite"] = str(FOLDER / "template.sqlite3")
        if "postgres" in ENGINES:
            use(await postgres.create_database("desk_template"))
            await migrating.migrate(settings.TORTOISE_ORM, backup=False)
            ready["postgres"] = "desk_template"

    asyncio.run(make())
    yield ready
    shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """'sqlite' or 'postgres'."""
    return request.param


@pytest.fixture
async def database_url(engine: str, templates: dict[str, str]) -> AsyncIterator[str]:
    """The address of a fresh migrated database, for other processes too."""
    number = next(_numbers)
    if engine == "sqlite":
        path = FOLDER / f"test{number}.sqlite3"
        shutil.copyfile(templates["sqlite"], path)
        yield f"sqlite://{path}"
        for leftover in FOLDER.glob(f"test{number}.sqlite3*"):
            leftover.unlink()
    else:
        name = f"desk_test_{os.getpid()}_{number}"
        yield await postgres.create_database(name, templates["postgres"])
        await postgres.drop_database(name)


@pytest.fixture
async def db(engine: str, database_url: str, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """An open database; afterwards every invariant is asked (mark `breaks_invariants` where the test breaks one)."""
    use(database_url)
    await database.connect(settings.TORTOISE_ORM)
    # What other tests wished for was of other databases.
    from booking.occupancy import demand

    demand.clear()
    try:
        yield engine
        if not request.node.get_closest_marker("breaks_invariants"):
            from booking import checks

            # No job runs here, so nobody has told the events yet (I12); tests of messages ask for that themselves.
            found = await checks.run(NOW)
            findings = [str(finding) for finding in found if finding.code != "I12"]
            assert findings == []
    finally:
        await database.close()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The application, whose clock stands at NOW. A busy machine is no reason to answer that it is still working."""
    from booking.app import create_app
    from booking.web import slow

    monkeypatch.setattr(slow, "PATIENCE_SECONDS", 60)
    made = create_app()
    made.state.clock = lambda: NOW
    made.state.live.longest_seconds = 0  # this transport waits for the end of every answer
    return made


@pytest.fixture
async def client_of(db: str, app: Any) -> AsyncIterator[Callable[..., Any]]:
    """Makes clients: `await client_of(member)`, or `await client_of()` for nobody.

    The member's session is confirmed, as if by a passkey; `confirmed=False` makes one that is not.
    """
    import httpx

    opened: list[httpx.AsyncClient] = []

    async def make(member: Any = None, *, confirmed: bool = True, **headers: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=True),
            base_url="http://localhost:8000",
            headers={"Accept-Language": "en", "Sec-Fetch-Site": "same-origin", **headers},
        )
        opened.append(client)
        if member is not None:
            from booking.members import sessions
            from booking.web import session

            token = await sessions.start(
                member, agent="test", at=NOW, confirmed_at=NOW if confirmed else None
            )
            # As the server itself would have set it, so that a new token takes the place of this one.
            client.cookies.set(session.cookie_name(), token, domain="localhost.local")
        return client

    yield make
    for client in opened:
        await client.aclose()
    await app.state.live.stopped()


@pytest.fixture
async def client(client_of: Callable[..., Any]) -> Any:
    """A browser in which nobody is signed in."""
    return await client_of()

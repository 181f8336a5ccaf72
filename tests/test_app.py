"""The application from start to stop: its database, its jobs, and where the demonstration refuses to run."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import settings
from booking import db as database
from booking import demo
from booking.app import create_app, lifespan
from tests.conftest import use


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry each time the database was closed."""
    times: list[bool] = []
    close = database.close

    async def noted() -> None:
        await close()
        times.append(True)

    monkeypatch.setattr(database, "close", noted)
    return times


async def test_it_works(engine: str, database_url: str, closed: list[bool]) -> None:
    use(database_url)
    app = create_app()
    async with lifespan(app):
        assert database.dialect() == engine
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            assert (await client.get("/ready")).status_code == 200
            assert (await client.get("/")).status_code == 200
    assert closed == [True]


async def test_jobs_run_beside_it_on_sqlite_alone(
    engine: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    class Scheduler:
        def shutdown(self, wait: bool = True) -> None:
            started.append("stopped")

    def start() -> Any:
        started.append("started")
        return Scheduler()

    monkeypatch.setattr("booking.jobs.start_scheduler", start)
    use(database_url)
    async with lifespan(create_app()):
        pass
    assert started == (["started", "stopped"] if engine == "sqlite" else [])


@pytest.mark.parametrize("address", ["http://localhost:8000", "https://desk.example"])
async def test_the_demonstration_refuses_what_it_did_not_make(
    engine: str, database_url: str, address: str, closed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    use(database_url)
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "BASE_URL", address)
    with pytest.raises(demo.NotTheDemo):
        async with lifespan(create_app()):
            pytest.fail("it started")
    assert closed == [True]


async def test_it_closes_the_database_when_the_start_fails(
    engine: str, database_url: str, closed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("no timetable")

    if engine != "sqlite":
        pytest.skip("jobs have a process of their own there")
    monkeypatch.setattr("booking.jobs.start_scheduler", broken)
    use(database_url)
    with pytest.raises(RuntimeError, match="no timetable"):
        async with lifespan(create_app()):
            pytest.fail("it started")
    assert closed == [True]

"""The bench runs on a tiny network: it fails on errors, never on times, and what it makes breaks no invariant."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from tests import networks
from tests.bench import keeping, measuring, processes, rows
from tests.bench.__main__ import table
from tests.bench.kept import FEW
from tests.networks import SIZES


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(measuring, "TIMES", 2)
    monkeypatch.setattr(rows, "CONTENDERS", 20)
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


async def test_it_runs(db: str, database_url: str) -> None:
    size = SIZES["tiny"]
    await networks.claim(await networks.make_network(size, database_url), size.claims // FEW)
    network = await networks.known(database_url)
    few = await rows.bookings(network)
    await networks.claim(network, size.claims, already=size.claims // FEW)
    figures = await rows.measure(network, size, few)
    assert all(each.value > 0 for each in figures)
    [winners] = [each for each in figures if each.what.endswith("winners")]
    assert winners.met
    told = table(figures)
    assert len(told) == len(figures) + 2
    assert len({len(line) for line in told}) == 1


@pytest.mark.slow
async def test_checks_and_backups(db: str, database_url: str) -> None:
    size = SIZES["tiny"]
    await networks.claim(await networks.make_network(size, database_url), size.claims)
    figures = await keeping.measure(await networks.known(database_url))
    assert all(each.value > 0 for each in figures)


@pytest.mark.slow
def test_start_and_memory(database_url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(processes, "ROUNDS", 1)
    assert {each.unit for each in processes.start_and_memory(database_url)} <= {"s", "MB"}

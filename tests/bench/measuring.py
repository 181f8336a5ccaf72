"""CPU time of this process, in medians of runs that take turns, so that a busy machine troubles all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booking import db

TIMES = 40  # runs of each; the smoke test sets a few
WARM = 3  # the first runs fill caches and are not counted

Work = Callable[[int], Awaitable[Any]]


@dataclass(frozen=True)
class Figure:
    """One line of the table. `raw` is the limit of the same run, `most` the target: a ratio to it, or an amount."""

    what: str
    value: float
    unit: str = "ms"
    raw: float | None = None
    raw_is: str = ""
    most: float | None = None
    target: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.raw if self.raw else None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.most is None:
            return None
        return (self.value if self.ratio is None else self.ratio) <= self.most


async def interleaved(
    works: Mapping[str, Work], times: int | None = None, *, others: Sequence[int] = ()
) -> dict[str, float]:
    """The median CPU milliseconds of each, all of them taking turns; with those of the `others`, processes by id."""

    def cpu_seconds() -> float:
        return time.process_time() + sum(map(_cpu_seconds_of, others))

    spent: dict[str, list[float]] = {name: [] for name in works}
    for number in range(min(times or TIMES, TIMES) + WARM):
        for name, work in works.items():
            began = cpu_seconds()
            await work(number)
            spent[name].append(cpu_seconds() - began)
    return {name: statistics.median(each[WARM:]) * 1000 for name, each in spent.items()}


async def servers() -> list[int]:
    """The processes of PostgreSQL that work for this database, where they are on this machine and Linux tells."""
    if db.dialect() != "postgres":
        return []
    found = await db.rows("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    return [row["pid"] for row in found if Path(f"/proc/{row['pid']}/schedstat").exists()]


def _cpu_seconds_of(pid: int) -> float:
    """To the nanosecond, where other clocks of a process tick each hundredth of a second."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def ask(
    app: Any, path: str, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """One request, put to the application without a client in between."""
    path, _, query = path.partition("?")
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    said = {
        "host": "localhost:8000",
        "accept-language": "en",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
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

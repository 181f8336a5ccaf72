"""Run the bench, print its table, and on `--write` keep it in docs/performance.md.

    make bench                                  # small: a thousand resources, fifty thousand claims; about a minute
    make bench ARGS="--size full --write"       # 20 000 resources, a million claims; ten minutes and more
    ENGINES=sqlite make bench ARGS="--size tiny"

The targets are goals to plan with; nothing fails when one is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sqlite3
import sys
import time
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from tests.conftest import ENGINES, FOLDER  # sets the environment, so before settings

from booking import db as database  # isort: skip
from tests import networks  # isort: skip
from tests.bench import keeping, kept, processes, rows  # isort: skip
from tests.bench.measuring import Figure  # isort: skip

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
MARK = "<!-- figures -->"
T = TypeVar("T")


async def on(engine: str, name: str, keep: Path | None) -> tuple[list[Figure], str, str]:
    """The figures of one engine, its version, and the address of the database they were taken on."""
    few_url, url = await kept.databases(engine, name, keep)
    async with kept.opened(few_url):
        few = await rows.bookings(await networks.known(few_url))
    async with kept.opened(url):
        network = await networks.known(url)
        figures = await rows.measure(network, networks.SIZES[name], few)
        figures += await keeping.measure(network)
        version = f"SQLite {sqlite3.sqlite_version}"
        if engine == "postgres":
            version = (
                f"PostgreSQL {(await database.rows('SHOW server_version'))[0]['server_version'].split()[0]}"
            )
        return figures, version, url


def _run(work: Coroutine[Any, Any, T]) -> T:
    """In the event loop that the server uses."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


def table(figures: Sequence[Figure]) -> list[str]:
    """The figures as a table that reads well in a terminal and on a page."""
    head = ("What", "Ours", "Raw limit", "Ratio", "Target", "Met")
    lines = [head, tuple("---" for _ in head)]
    for each in figures:
        raw = f"{amount(each.raw, each.unit)} ({each.raw_is})" if each.raw else ""
        ratio = f"{each.ratio:.2f} x" if each.ratio else ""
        met = {None: "", True: "yes", False: "no"}[each.met]
        lines.append((each.what, amount(each.value, each.unit), raw, ratio, each.target, met))
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    return [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in lines
    ]


def amount(value: float, unit: str) -> str:
    if not unit:
        return f"{value:.0f}"
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"


def machine() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists() and "model name" in (text := info.read_text()):
        model = text.split("model name")[1].split(":")[1].splitlines()[0].strip()
    return f"{os.cpu_count()} x {model}, {platform.system()}, Python {platform.python_version()}"


def main(arguments: Sequence[str]) -> int:
    wish = argparse.ArgumentParser(
        prog="make bench", description="Measure, beside the raw limits of the same run."
    )
    wish.add_argument("--size", choices=networks.SIZES, default="small")
    wish.add_argument("--write", action="store_true", help="keep the table in docs/performance.md")
    wish.add_argument(
        "--keep", type=Path, help="keep the networks: files in this folder, or databases at PG_DSN"
    )
    chosen = wish.parse_args(arguments)
    size = networks.SIZES[chosen.size]
    told = f"{size.venues:,} venues, {size.resources:,} resources, {size.claims:,} claims"
    written = [f"{datetime.now(UTC):%d %B %Y}. {machine()}. {told}."]
    try:
        for engine in ENGINES:
            began = time.monotonic()
            figures, version, url = _run(on(engine, chosen.size, chosen.keep))
            figures += processes.start_and_memory(url)
            lines = [f"### {version}", "", *table(figures), ""]
            sys.stdout.write("\n".join(["", *lines, f"({told}; {time.monotonic() - began:.0f} s)", ""]))
            sys.stdout.flush()
            written += ["", *lines]
        if chosen.write:
            around = PAGE.read_text().split(MARK)
            told_now = "\n".join(written).rstrip()
            PAGE.write_text(f"{around[0]}{MARK}\n\n{told_now}\n\n{MARK}{around[2]}")
        return 0
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

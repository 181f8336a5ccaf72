"""What needs a process of its own: the second start, and the memory of a worker before and after work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests import postgres
from tests.bench.measuring import Figure

PAGES = ("/", "/search?where=Brussels", "/venues", "/venues/house-1", "/resources/1", "/search")
ROUNDS = 15


def start_and_memory(url: str) -> list[Figure]:
    """A server on this database, started twice; the second start counts. Its memory at rest, and after some pages."""
    with _server(url):
        pass
    with _server(url) as (server, seconds, base):
        worked = _cpu_seconds(server.pid)
        idle = _memory_mb(server.pid)
        for number in range(ROUNDS):
            for path in PAGES:
                _get(f"{base}{path}{'&' if '?' in path else '?'}day=2026-12-{number + 1:02}")
        busy = _memory_mb(server.pid)
    figures = [Figure("second start to first page", seconds, unit="s", most=3, target="at most 3 s")]
    if idle:
        figures += [
            Figure(
                "the same in CPU time, as on a machine of its own",
                worked,
                unit="s",
                most=3,
                target="at most 3 s",
            ),
            Figure("memory of a worker, idle", idle, unit="MB", most=130, target="at most 130 MB"),
            Figure(
                f"memory after {ROUNDS * len(PAGES)} pages",
                busy,
                unit="MB",
                most=250,
                target="at most 250 MB",
            ),
        ]
    return figures


@contextmanager
def _server(url: str) -> Iterator[tuple[subprocess.Popen[bytes], float, str]]:
    port = postgres.free_port()
    base = f"http://localhost:{port}"
    environment = os.environ | {"DATABASE_URL": url, "BASE_URL": base}
    command = [sys.executable, "-m", "booking", "serve", "--prepare", "--port", str(port)]
    began = time.monotonic()
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not _get(f"{base}/"):
            if server.poll() is not None:
                raise RuntimeError(f"the server ended with {server.returncode}")
            time.sleep(0.02)
        yield server, time.monotonic() - began, base
    finally:
        server.terminate()
        server.wait(60)


def _get(address: str) -> bool:
    try:
        with urlopen(address, timeout=60) as answer:
            answer.read()
        return True
    except OSError:
        return False


def _cpu_seconds(pid: int) -> float:
    """What the process has worked, on Linux; elsewhere 0."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    """Resident memory, on Linux; elsewhere 0."""
    status = Path(f"/proc/{pid}/status")
    return int(status.read_text().split("VmRSS:")[1].split()[0]) / 1024 if status.exists() else 0

"""serve and jobs as real processes: where they refuse to start, what they print, and how they end."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(url: str, folder: Path, **values: str) -> dict[str, str]:
    given = {"SECRET_KEY": "x", "DATABASE_URL": url, "DEMO": "false", "MAIL_DIR": str(folder)} | values
    return {name: value for name, value in os.environ.items() if name != "BASE_URL"} | given


def called(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "booking", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=SECONDS_MAX, check=False
    )


@contextmanager
def running(arguments: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "booking", *arguments],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def answer(url: str) -> httpx.Response:
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        try:
            return httpx.get(url, timeout=10)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    said, _nothing = process.communicate(timeout=SECONDS_MAX)
    return process.returncode, said


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_it_works(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    with running(["serve", "--port", str(port), "--prepare"], environment(database_url, tmp_path)) as process:
        assert answer(f"http://127.0.0.1:{port}/health").status_code == 200
        assert answer(f"http://127.0.0.1:{port}/").status_code == 200
        code, said = ended(process)
    assert code == 0, said
    assert said.startswith(f"Share the desk is at http://localhost:{port}\n")
    assert "demonstration" not in said


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("trusted", "refused"), [("192.0.2.1", True), ("127.0.0.1", False)])
def test_only_a_trusted_proxy_says_who_asks(
    database_url: str, tmp_path: Path, trusted: str, refused: bool
) -> None:
    """Ten sign-ins a minute are for one address: who is no proxy of ours cannot say that it is another each time."""
    port = free_port()
    env = environment(database_url, tmp_path, TRUSTED_PROXIES=trusted)
    home = f"http://127.0.0.1:{port}"
    with running(["serve", "--port", str(port)], env) as process:
        assert answer(f"{home}/health").status_code == 200
        got = [
            httpx.post(
                f"{home}/sign-in",
                data={"email": f"someone-{number}@example.org"},
                headers={
                    "X-Forwarded-For": f"198.51.100.{number}",
                    "X-Forwarded-Proto": "https",
                    "X-Forwarded-Host": "evil.example",
                    "Origin": f"http://localhost:{port}",
                },
                timeout=20,
            )
            for number in range(12)
        ]
        ended(process)
    assert [each.status_code for each in got] == [303] * 10 + [429 if refused else 303] * 2
    assert "evil" not in "".join(str(each.headers) for each in got)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_two_workers_and_the_jobs_beside_them(database_url: str, tmp_path: Path) -> None:
    port, env = free_port(), environment(database_url, tmp_path)
    with (
        running(["jobs"], env) as jobs,
        running(["serve", "--port", str(port), "--workers", "2"], env) as web,
    ):
        assert answer(f"http://127.0.0.1:{port}/health").status_code == 200
        assert jobs.stdout is not None
        assert jobs.stdout.readline().startswith("Running ")
        time.sleep(4)
        # uvicorn's supervisor of several processes ends by the signal it was sent.
        assert ended(web)[0] in (0, -signal.SIGTERM)
        assert ended(jobs)[0] == 0
    listed = called(["jobs", "--list", "--json"], env)
    assert '"last_at": "2' in listed.stdout


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_several_workers_need_postgresql(database_url: str, tmp_path: Path) -> None:
    done = called(["serve", "--workers", "2"], environment(database_url, tmp_path))
    assert (done.returncode, "PostgreSQL" in done.stderr) == (3, True)
    done = called(["jobs"], environment(database_url, tmp_path))
    assert (done.returncode, "inside `serve`" in done.stderr) == (3, True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_the_demonstration_only_on_its_own_database(database_url: str, tmp_path: Path) -> None:
    env = environment(database_url, tmp_path, DEMO="true")
    done = called(["serve", "--port", str(free_port())], env)
    assert (done.returncode, "the demonstration did not make this database" in done.stderr) == (3, True)
    done = called(["serve", "--host", "0.0.0.0", "--port", str(free_port())], env)
    assert (done.returncode, "runs on localhost only" in done.stderr) == (3, True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_port_that_is_taken(database_url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = called(["serve", "--port", str(port)], environment(database_url, tmp_path))
    assert (done.returncode, f"port {port} cannot be used" in done.stderr) == (3, True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_jobs_once(database_url: str, tmp_path: Path) -> None:
    done = called(["jobs", "--once", "--json"], environment(database_url, tmp_path))
    assert done.returncode == 0, done.stderr
    assert '"expire_holds"' in done.stdout.splitlines()[-1]

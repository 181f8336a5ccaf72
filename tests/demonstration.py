"""A server of the demonstration, for browsers: a process of its own, on a database that goes away with it.

Beside it a double of Stripe, so that the house in Lille takes cards. The server speaks one language more, where it is
asked to: see `pseudo`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import holidays
from playwright.sync_api import Browser, Page, Playwright

from tests.postgres import free_port

ROOT = Path(__file__).parent.parent
READY_WITHIN_SECONDS = 180
# The sandbox does not work for root; nothing but our own pages is opened. Date fields read as in the United States.
FLAGS = ["--disable-gpu", "--disable-background-networking", "--no-first-run", "--no-sandbox", "--lang=en-US"]


class Home(str):
    """The address of the server, and where its database lies."""

    folder: Path


@contextmanager
def demonstration() -> Iterator[Home]:
    """The address of a server of the demonstration. What it logs is told when it does not start."""
    port, stripe_port = free_port(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="desk-demonstration-"))
    environment = os.environ | {
        "SECRET_KEY": "only-for-browsers",
        "DEMO": "true",
        "DATABASE_URL": f"sqlite://{folder}/demo.sqlite3",
        "MAIL_DIR": str(folder / "mails"),
        "MEDIA_DIR": str(folder / "media"),
        "MAIL_URL": "",
        "BASE_URL": f"http://localhost:{port}",
        "STRIPE_KEYS": "smartfr:sk_test_browsers:whsec_browsers",
        "STRIPE_API": f"http://localhost:{stripe_port}",
    }
    booking = [sys.executable, "-m", "booking"]
    quiet = {"cwd": ROOT, "env": environment, "stdout": subprocess.DEVNULL}
    subprocess.run([*booking, "migrate"], check=True, **quiet)
    subprocess.run([*booking, "demo"], check=True, **quiet)
    double = [*booking, "stripe-double", "--port", str(stripe_port), "--file", str(folder / "stripe.sqlite3")]
    stripe = subprocess.Popen([*double, "--webhooks", f"http://localhost:{port}"], **quiet)
    log = folder / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.pseudo", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=said,
            stderr=said,
        )
    try:
        if not _answers(f"http://localhost:{port}/health", server):
            raise RuntimeError(f"The server did not start:\n{log.read_text()}")
        home = Home(f"http://localhost:{port}")
        home.folder = folder
        yield home
    finally:
        stripe.terminate()
        stripe.wait(30)
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def serving(folder: Path, **more: str) -> Iterator[Home]:
    """The address of a server on the database `many.sqlite3` in this folder, which is no demonstration; `more` are its
    other settings."""
    port = free_port()
    environment = os.environ | {
        "SECRET_KEY": "only-for-browsers",
        "DEMO": "false",
        "DATABASE_URL": f"sqlite://{folder}/many.sqlite3",
        "MAIL_DIR": str(folder / "mails"),
        "MEDIA_DIR": str(folder / "media"),
        "MAIL_URL": "",
        "BASE_URL": f"http://localhost:{port}",
        **more,
    }
    log = folder / "server.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "booking", "serve", "--prepare", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        if not _answers(f"http://localhost:{port}/health", server):
            raise RuntimeError(f"The server did not start:\n{log.read_text()}")
        home = Home(f"http://localhost:{port}")
        home.folder = folder
        yield home
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _answers(url: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(url, timeout=5).close()
            return True
        except (URLError, OSError):
            time.sleep(0.1)
    return False


def chromium(playwright: Playwright, flags: Sequence[str] = FLAGS) -> Browser:
    """The system's Chromium: Playwright's own is not needed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise RuntimeError("Chromium is needed: make browser")
    return playwright.chromium.launch(executable_path=found, args=list(flags))


def open_tuesday() -> date:
    """The next Tuesday but today's and tomorrow's on which houses in Belgium and France are open."""
    day = date.today() + timedelta(days=2)
    closed = holidays.country_holidays("BE") | holidays.country_holidays("FR")
    while (
        day.weekday() != 1
        or day in closed
        or (day.month, day.day) >= (12, 20)
        or (day.month, day.day) <= (1, 6)
    ):
        day += timedelta(days=1)
    return day


def open_free_form(page: Page, room: str) -> None:
    """The booking form of a room (its address) on the first open Tuesday when it is still free at some time.

    Neighbours of the demonstration and other tests may have taken all of the next one.
    """
    day = open_tuesday()
    for _week in range(6):
        page.goto(f"{room}/reserve?day={day}")
        if not page.locator(".refusal").count():
            return
        day += timedelta(days=7)
    raise AssertionError(f"{room} is taken on six Tuesdays")

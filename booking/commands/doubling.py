"""stripe-double: the stand-in for Stripe by itself, and beside the server of a demonstration."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from booking.commands import DONE
from booking.commands.running import NotPossible, complain, load_settings, say

HOST = "127.0.0.1"
PORT = 8001
PORTS_TRIED = 20
READY_WITHIN_SECONDS = 20
PARENT_EVERY_SECONDS = 0.5
ROOT = Path(__file__).parents[2]
# The entities of the demonstration that are still there; keys of others may be added to STRIPE_KEYS by hand.
ENTITIES = ("smartcoop-be", "smartde", "smartib", "smartit", "smartnl", "smartat", "smartse", "smartfr")


def double(wish: Namespace) -> int:
    if wish.make_keys:
        keys = (f"{name}:sk_test_{secrets.token_hex(12)}:whsec_{secrets.token_hex(16)}" for name in ENTITIES)
        say(f"STRIPE_KEYS={','.join(keys)}\nSTRIPE_API=http://localhost:{PORT}")
        return DONE
    webhooks = _webhooks(load_settings(), wish.webhooks) if wish.webhooks else []
    if wish.parent:
        _end_with(wish.parent)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wish.port))
        except OSError as wrong:
            raise NotPossible(f"Port {wish.port} cannot be used: {wrong.strerror or wrong}.") from wrong
    import uvicorn

    from booking.stripe_double import create_app

    url = f"http://localhost:{wish.port}"
    app = create_app(str(wish.file), webhooks, url)
    # One host only, whatever is asked: whoever reaches it may say that anything was paid.
    config = uvicorn.Config(
        app, host=HOST, port=wish.port, log_config=None, access_log=False, server_header=False
    )
    if not wish.parent:
        say(
            f"A double of Stripe, not Stripe, is at {url} (payments and events: {url}/_double/). Stop with Ctrl-C."
        )
    server = uvicorn.Server(config)
    signal.signal(signal.SIGTERM, lambda *_: None)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    return DONE


def _webhooks(settings: Any, base_url: str) -> list[tuple[str, str, str]]:
    """(secret key, address, signing secret) of each entity. Raises NotPossible where STRIPE_KEYS cannot be read."""
    found = []
    for part in filter(None, (each.strip() for each in str(settings.STRIPE_KEYS).split(","))):
        words = part.split(":")
        if len(words) != 3:
            raise NotPossible("STRIPE_KEYS must be like entity:sk_test_…:whsec_…, separated by commas.")
        entity, key, secret = words
        found.append((key, f"{base_url.rstrip('/')}/webhooks/stripe/{entity}", secret))
    return found


def _end_with(parent: int) -> None:
    """End this process when the parent has, however that ended: the demonstration leaves nothing running."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_EVERY_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def beside(settings: Any, port: int, *, wanted: bool) -> Iterator[str]:
    """The demonstration's double on the next free port, for as long as the server runs; its address, or "".

    Only with DEMO, and only where STRIPE_API is an address of this machine: with real test keys and without STRIPE_API
    the same code talks to Stripe, and none is started.
    """
    host = urlsplit(settings.STRIPE_API).hostname
    if not (
        wanted and settings.DEMO and str(settings.STRIPE_KEYS) and host in ("localhost", "127.0.0.1", "::1")
    ):
        yield ""
        return
    at = _free_port(port + 1)
    url = f"http://localhost:{at}"
    command = [sys.executable, "-m", "booking", "stripe-double", "--port", str(at), "--file", str(_file(settings)),
               "--webhooks", settings.BASE_URL, "--parent", str(os.getpid())]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        if _answers(f"http://{HOST}:{at}/_double/health", process):
            settings.STRIPE_API = os.environ["STRIPE_API"] = url  # the environment is for the workers
        else:
            complain("The double of Stripe did not start; cards cannot be paid in this demonstration.")
            url = ""
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _file(settings: Any) -> Path:
    """Beside the demonstration's database: demo.sqlite3, demo.stripe.sqlite3."""
    url = str(settings.DATABASE_URL)
    if not url.startswith("sqlite://"):
        return ROOT / "stripe-double.sqlite3"
    path = Path(url.removeprefix("sqlite://").partition("?")[0])
    return (ROOT / path).with_suffix(".stripe.sqlite3")


def _free_port(first: int) -> int:
    for port in range(first, min(first + PORTS_TRIED, 65536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise NotPossible(f"No port from {first} on is free for the double of Stripe.")


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urlopen(url, timeout=2).close()  # noqa: S310
            return True
        except (URLError, OSError):
            time.sleep(0.05)
    return False

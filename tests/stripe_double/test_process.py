"""The double as a process: what it remembers over a restart, and how it lives and dies with the demonstration."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.commands.test_serve import answer, called, environment
from tests.commands.test_serve import running as booking_running
from tests.postgres import free_port
from tests.stripe import KEY, receiving, running
from tests.stripe_double.conftest import paid, session

ROOT = Path(__file__).parents[2]
KEYS = "smartcoop-be:sk_test_demo:whsec_demo"


async def test_it_survives_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "double.sqlite3")
    with running(file) as double:
        made = await session(double.client().v1)
        intent = await paid(double.client().v1)
        first = await double.client().v1.customers.create_async({"name": "Ada"}, {"idempotency_key": "k"})
        await double.close()
    with running(file) as double:
        api = double.client().v1
        assert (await api.payment_intents.retrieve_async(intent.id)).status == "succeeded"
        assert (await api.customers.create_async({"name": "Ada"}, {"idempotency_key": "k"})).id == first.id
        assert double.pay(made.url.replace(made.url.split("/c/")[0], double.url)).status_code == 303
        await double.close()


async def test_events_that_waited_are_sent_after_a_restart(tmp_path: Path) -> None:
    file = str(tmp_path / "double.sqlite3")
    with receiving() as webhook:
        hooks = [(KEY, webhook.url, "whsec_known")]
        with running(file, hooks) as double:
            double.ask("hold", hold=True)
            await paid(double.client().v1)
            await double.close()
        with running(file, hooks) as double:
            double.ask("hold", hold=False)
            webhook.wait_for(4)


def gone(url: str, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False, timeout=2)
        except httpx.TransportError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("end", [pytest.param(signal.SIGTERM, marks=pytest.mark.slow), signal.SIGKILL])
def test_it_ends_with_the_demonstration(tmp_path: Path, end: signal.Signals) -> None:
    """Started beside it on the next port, with its webhooks; ended with it, even when that is killed."""
    port = two_free_ports()
    env = environment(f"sqlite://{tmp_path}/demo.sqlite3", tmp_path, DEMO="true", STRIPE_KEYS=KEYS,
                      STRIPE_API="http://localhost:8001")  # fmt: skip
    with booking_running(["serve", "--port", str(port), "--prepare"], env) as process:
        assert process.stdout is not None
        said = ""
        while "Stop with Ctrl-C" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        (url,) = re.findall(r"Cards are paid at a double of Stripe.*?(http://localhost:\d+)/_double/", said)
        assert url == f"http://localhost:{port + 1}"
        assert answer(f"{url}/_double/health").json()["double"] == "of Stripe"
        listed = httpx.get(f"{url}/v1/webhook_endpoints", auth=("sk_test_demo", ""), trust_env=False).json()
        assert [hook["url"] for hook in listed["data"]] == [
            f"http://localhost:{port}/webhooks/stripe/smartcoop-be"
        ]
        process.send_signal(end)
        process.communicate(timeout=30)
        assert gone(f"{url}/_double/health")
    assert (tmp_path / "demo.stripe.sqlite3").exists()


def two_free_ports() -> int:
    while True:
        port = free_port()
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def test_not_with_keys_for_stripe_itself(tmp_path: Path) -> None:
    """Real test keys and no STRIPE_API: the product talks to Stripe, and no double is started."""
    from booking.commands import doubling

    class Settings:
        DEMO, STRIPE_KEYS, STRIPE_API = True, KEYS, ""

    with doubling.beside(Settings, 1, wanted=True) as url:
        assert url == ""
    Settings.STRIPE_API = "https://stripe.example"
    with doubling.beside(Settings, 1, wanted=True) as url:
        assert (url, Settings.STRIPE_API) == ("", "https://stripe.example")
    Settings.DEMO, Settings.STRIPE_API = False, "http://localhost:8001"
    with doubling.beside(Settings, 1, wanted=True) as url:
        assert url == ""


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = ["stripe-double", "--port", str(port), "--file", str(tmp_path / "x.sqlite3")]
        done = called(arguments, dict(os.environ))
    assert (done.returncode, f"Port {port} cannot be used" in done.stderr) == (3, True)
    assert not (tmp_path / "x.sqlite3").exists()


def test_keys_for_the_demonstration() -> None:
    command = [sys.executable, "-m", "booking", "stripe-double", "--make-keys"]
    first, second = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert first != second
    keys, api = first.splitlines()
    assert api == "STRIPE_API=http://localhost:8001"
    for part in keys.removeprefix("STRIPE_KEYS=").split(","):
        entity, key, secret = part.split(":")
        assert (key[:8], secret[:6], bool(entity)) == ("sk_test_", "whsec_", True)


@pytest.mark.parametrize("keys", ["smartcoop", "be:sk_test_x", "be:sk_test_x:whsec_y:z"])
def test_keys_that_cannot_be_read(tmp_path: Path, keys: str) -> None:
    env = environment(f"sqlite://{tmp_path}/x.sqlite3", tmp_path, STRIPE_KEYS=keys)
    done = called(["stripe-double", "--webhooks", "http://localhost:1", "--port", str(free_port())], env)
    assert (done.returncode, "STRIPE_KEYS must be like" in done.stderr) == (3, True)
    assert keys not in done.stderr, "no key is told"

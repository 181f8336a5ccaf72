"""Signing in by a real provider program, a process of its own on loopback; and what happens when it goes away."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from booking.members import oidc_provider
from booking.members.models import Identity, Member
from tests import make
from tests.postgres import free_port
from tests.web.test_oidc import configure, go

READY_WITHIN_SECONDS = 60


@contextmanager
def running() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a provider, and its process."""
    port = free_port()
    # It warns of its own libraries; what it says is its own affair.
    started = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            assert started.poll() is None
            assert time.monotonic() < deadline
            try:
                httpx.get(f"{address}/.well-known/openid-configuration", trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield address, started
    finally:
        started.terminate()
        started.wait(10)


@pytest.fixture(scope="module")
def program() -> Iterator[str]:
    with running() as (address, _process):
        yield address


@pytest.fixture
async def there(db: str, app: Any, program: str, monkeypatch: pytest.MonkeyPatch) -> str:
    configure(monkeypatch, program)
    # Its clock is the machine's.
    app.state.clock = lambda: datetime.now(UTC)
    return program


async def visit(address: str, email: str, **claims: Any) -> str:
    """Sign in there as a person does, by its own page: path and query of the way back."""
    provider = f"http://{urlsplit(address).netloc}"
    async with httpx.AsyncClient(trust_env=False) as browser:
        told = await browser.put(
            f"{provider}/users/{email}", json={"email": email, "email_verified": True, **claims}
        )
        assert told.status_code in (200, 201, 204), told.text
        assert (await browser.get(address)).status_code == 200
        answer = await browser.post(address, data={"sub": email})
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == "http://localhost:8000"
    return f"{back.path}?{back.query}"


async def test_it_works(client: httpx.AsyncClient, there: str) -> None:
    alice = await make.member()
    answer = await client.get(await visit(await go(client, next="/settings"), alice.email))
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert alice.email in (await client.get("/settings")).text
    known = await Identity.get()
    assert (known.issuer, known.subject, known.member_id) == (there, alice.email, alice.id)


async def test_who_is_not_verified(client: httpx.AsyncClient, there: str) -> None:
    alice = await make.member()
    answer = await client.get(await visit(await go(client), alice.email, email_verified=False))
    assert answer.status_code == 409
    assert "has not verified your e-mail address" in answer.text
    assert await Identity.all().count() == 0


async def test_who_says_no_there(client: httpx.AsyncClient, there: str) -> None:
    address = await go(client)
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.post(address, data={"action": "deny"})
    back = urlsplit(answer.headers["location"])
    state = dict(part.split("=", 1) for part in urlsplit(address).query.split("&"))["state"]
    query = back.query if "state=" in back.query else f"{back.query}&state={state}"
    answer = await client.get(f"{back.path}?{query}")
    assert answer.status_code == 409
    assert "You did not go on" in answer.text


async def test_a_code_works_once(client: httpx.AsyncClient, client_of: Any, there: str) -> None:
    alice = await make.member()
    back = await visit(await go(client), alice.email)
    code = dict(part.split("=", 1) for part in urlsplit(back).query.split("&"))["code"]
    assert (await client.get(back)).status_code == 303
    again = await client_of()
    own = dict(part.split("=", 1) for part in urlsplit(await go(again)).query.split("&"))["state"]
    answer = await again.get(f"/sign-in/oidc/back?code={code}&state={own}")
    assert answer.status_code == 409
    assert (await again.get("/settings")).status_code == 303


async def test_it_goes_away_meanwhile(
    client: httpx.AsyncClient, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between the way there and the way back."""
    alice = await make.member()
    with running() as (address, process):
        configure(monkeypatch, address)
        back = await visit(await go(client), alice.email)
        process.terminate()
        process.wait(10)
        answer = await client.get(back)
    assert answer.status_code == 503
    assert "Sign in by e-mail instead" in answer.text
    oidc_provider.forget_everything()
    assert (await client.post("/sign-in/oidc")).status_code == 503
    assert await Member.all().count() == 1
    assert await Identity.all().count() == 0

"""Guessing one account's code from many places at once: what belongs to an account is counted together (U1)."""

from __future__ import annotations

from typing import Any

import httpx

from booking import notifications
from booking.members.models import Session
from booking.web import sign_in as pages
from tests import make


def from_address(app: Any, address: str) -> httpx.AsyncClient:
    """A browser somewhere else in the world."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(address, 4711)),
        base_url="http://localhost:8000",
        headers={"Sec-Fetch-Site": "same-origin"},
    )


async def test_it_works(db: str, app: Any, monkeypatch: Any) -> None:
    codes = []

    async def send_sign_in(email: str, name: str, code: str, *_more: Any) -> None:
        codes.append(code)

    monkeypatch.setattr(notifications, "send_sign_in", send_sign_in)
    alice = await make.member()
    asked, looked_at = 0, 0
    for number in range(40):
        async with from_address(app, f"198.51.100.{number}") as client:
            answer = await client.post("/sign-in", data={"email": alice.email})
            await pages.finish_sending()
            if answer.status_code != 303:
                assert answer.status_code == 429
                continue
            asked += 1
            for guess in range(3):
                wrong = f"{(int(codes[-1]) + 1 + guess) % 1_000_000:06}"
                told = await client.post(answer.headers["location"], data={"code": wrong})
                looked_at += told.status_code == 409
    # Ten mails and ten looks at a code in a quarter of an hour, of a million codes each.
    assert (asked, looked_at) == (10, 10)
    assert await Session.all().count() == 0


async def test_another_account_is_not_kept_waiting(db: str, app: Any) -> None:
    for number in range(12):
        async with from_address(app, f"198.51.100.{number}") as client:
            await client.post("/sign-in", data={"email": "alice@example.org"})
    async with from_address(app, "203.0.113.9") as client:
        assert (await client.post("/sign-in", data={"email": "bob@example.org"})).status_code == 303
    await pages.finish_sending()

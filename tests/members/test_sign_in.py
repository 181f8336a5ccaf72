"""The operations of signing in, below the pages: what the database keeps, and races."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from booking.errors import NotFound, TooMany
from booking.members import sign_in
from booking.members.models import SignIn
from tests import make
from tests.conftest import NOW


async def ask(email: str, **values: object) -> sign_in.Asked:
    told = {"browser": "b" * 43, "next_path": "/", "language": "en", "at": NOW, **values}
    return await sign_in.ask(email, **told)  # type: ignore[arg-type]


async def test_it_works(db: str) -> None:
    alice = await make.member(language="de")
    asked = await ask(f" {alice.email.upper()}", next_path="/budgets")
    assert asked.member == alice
    assert asked.language == "de"
    assert (await sign_in.check_link(asked.link_token, NOW)).email == alice.email
    member, path = await sign_in.use_link(asked.link_token, NOW)
    assert (member, path) == (alice, "/budgets")


async def test_a_link_is_used_once_however_many_press_at_once(db: str) -> None:
    asked = await ask((await make.member()).email)
    done = await asyncio.gather(
        *(sign_in.use_link(asked.link_token, NOW) for _press in range(20)), return_exceptions=True
    )
    assert sum(not isinstance(one, BaseException) for one in done) == 1
    assert sum(isinstance(one, sign_in.LinkUsed) for one in done) == 19


async def test_parallel_guesses_do_not_share_a_count(db: str) -> None:
    asked = await ask((await make.member()).email)
    guesses = [f"{number:06}" for number in range(9) if f"{number:06}" != asked.code]
    done = await asyncio.gather(
        *(sign_in.use_code(asked.sign_in_id, guess, browser="b" * 43, at=NOW) for guess in guesses),
        return_exceptions=True,
    )
    looked_at = [one for one in done if isinstance(one, sign_in.CodeWrong)]
    assert len(looked_at) <= 4
    assert (await SignIn.get()).attempts <= 5
    assert all(isinstance(one, sign_in.CodeWrong | sign_in.CodeSpent) for one in done)


async def test_another_browser(db: str) -> None:
    asked = await ask((await make.member()).email)
    with pytest.raises(NotFound):
        await sign_in.use_code(asked.sign_in_id, asked.code, browser="c" * 43, at=NOW)
    with pytest.raises(NotFound):
        await sign_in.use_code(uuid4(), asked.code, browser="b" * 43, at=NOW)
    assert (await SignIn.get()).attempts == 0


async def test_the_hash_of_a_code_needs_the_servers_key(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await ask((await make.member()).email)
    monkeypatch.setattr("settings.SECRET_KEY", "another")
    with pytest.raises(sign_in.CodeWrong):
        await sign_in.use_code(asked.sign_in_id, asked.code, browser="b" * 43, at=NOW)


async def test_a_member_suspended_meanwhile(db: str) -> None:
    alice = await make.member()
    asked = await ask(alice.email)
    alice.suspended_at = NOW
    await alice.save(update_fields=["suspended_at"])
    with pytest.raises(sign_in.LinkUsed):
        await sign_in.use_link(asked.link_token, NOW)
    with pytest.raises(sign_in.CodeSpent):
        await sign_in.use_code(asked.sign_in_id, asked.code, browser="b" * 43, at=NOW)


async def test_ten_asks_per_address_and_window(db: str) -> None:
    for _ask in range(10):
        await ask("alice@example.org", browser=uuid4().hex)
    with pytest.raises(TooMany):
        await ask("ALICE@example.org", browser=uuid4().hex)
    await ask("bob@example.org")
    await ask("alice@example.org", at=NOW + timedelta(minutes=15))
    await ask("alice@example.org", known=True)
    assert await SignIn.all().count() == 13


@pytest.mark.parametrize("token", ["", "x", "x" * 500, "\x00", "é"])
async def test_no_such_link(db: str, token: str) -> None:
    with pytest.raises(sign_in.LinkUsed):
        await sign_in.use_link(token, NOW)


async def test_forgetting(db: str) -> None:
    await ask("alice@example.org")
    assert await sign_in.forget(at=NOW + timedelta(hours=24)) == 0
    assert await sign_in.forget(at=NOW + timedelta(hours=25)) == 1

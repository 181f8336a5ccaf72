"""Sessions: tokens kept as hashes, sliding, ended one by one or all at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from booking.errors import NotFound
from booking.members import sessions
from booking.members.models import Session
from tests import make
from tests.conftest import NOW


async def test_it_works(db: str) -> None:
    alice = await make.member()
    token = await sessions.start(alice, agent="Firefox" * 100, at=NOW)
    found = await sessions.member_of(token, NOW)
    assert found is not None
    assert found.id == alice.id
    kept = await Session.get()
    assert len(token) >= 43
    assert kept.token_hash == sessions.digest(token) != token
    assert len(kept.agent) == 200


@pytest.mark.parametrize("token", ["", "x", "x" * 101, "\x00", "é" * 20])
async def test_no_such_token(db: str, token: str) -> None:
    await sessions.start(await make.member(), agent="", at=NOW)
    assert await sessions.member_of(token, NOW) is None


async def test_it_ends_thirty_days_after_its_last_use(db: str) -> None:
    token = await sessions.start(await make.member(), agent="", at=NOW)
    last = NOW + timedelta(days=29)
    assert await sessions.member_of(token, last)
    assert await sessions.member_of(token, last + timedelta(days=30) - timedelta(seconds=1))
    again = await sessions.start(await make.member(), agent="", at=NOW)
    assert await sessions.member_of(again, NOW + timedelta(days=30)) is None


async def test_it_is_written_at_most_once_an_hour(db: str) -> None:
    token = await sessions.start(await make.member(), agent="", at=NOW)
    await sessions.member_of(token, NOW + timedelta(minutes=59))
    assert (await Session.get()).seen_at == NOW
    await sessions.member_of(token, NOW + timedelta(minutes=60))
    assert (await Session.get()).seen_at == NOW + timedelta(minutes=60)


async def test_ending(db: str) -> None:
    alice, bob = await make.member(), await make.member("Bob")
    tokens = [await sessions.start(alice, agent="", at=NOW) for _one in range(4)]
    bobs = await sessions.start(bob, agent="", at=NOW)
    await sessions.end(tokens[0], NOW)
    assert await sessions.member_of(tokens[0], NOW) is None
    first = (await sessions.list_for(alice, NOW))[-1]
    await sessions.revoke(first.id, alice, NOW)
    assert len(await sessions.list_for(alice, NOW)) == 2
    assert await sessions.revoke_all(alice, NOW, but=tokens[3]) == 1
    assert await sessions.member_of(tokens[3], NOW)
    assert await sessions.member_of(bobs, NOW)
    with pytest.raises(NotFound):
        await sessions.revoke((await Session.get(member_id=bob.id)).id, alice, NOW)


async def test_an_ended_session_stays_ended(db: str) -> None:
    token = await sessions.start(await make.member(), agent="", at=NOW)
    await sessions.end(token, NOW)
    await sessions.end(token, NOW + timedelta(days=1))
    assert (await Session.get()).revoked_at == NOW


async def test_renewing_once(db: str) -> None:
    token = await sessions.start(await make.member(), agent="x", at=NOW)
    later = NOW + timedelta(minutes=10)
    session = await sessions.find(token, later)
    assert session is not None
    assert await sessions.renew(session, None, later) is None
    assert await sessions.renew(session, NOW, later) is None
    new = await sessions.renew(session, NOW + timedelta(minutes=5), later)
    assert new is not None
    assert await sessions.renew(session, NOW + timedelta(minutes=5), later) is None
    assert await sessions.member_of(token, later + timedelta(seconds=59))
    assert await sessions.member_of(token, later + timedelta(seconds=60)) is None
    assert await sessions.member_of(new, later + timedelta(days=1))


async def test_forgetting(db: str) -> None:
    await sessions.start(await make.member(), agent="", at=NOW)
    assert await sessions.forget(at=NOW + timedelta(days=59)) == 0
    assert await sessions.forget(at=NOW + timedelta(days=61)) == 1

"""Idempotency-Key: sent again, a request is done once and answered the same."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.api import once, operations
from booking.api import reservations as door
from booking.api.models import KeyedRequest
from booking.errors import Busy
from booking.ledger import Transfer
from booking.reservations import Reservation
from tests import make
from tests.api.conftest import problem, wish
from tests.make import NOW

KEY = {"Idempotency-Key": "8f6a1c1e"}


async def test_it_works(program, alice, room, money):
    client = await program(alice)
    first = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert first.status_code == 201
    assert "idempotent-replayed" not in first.headers
    again = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert await Reservation.all().count() == 1
    assert await Transfer.filter(kind="pend").count() == 1


async def test_a_refusal_is_kept_too(program, alice, room, money):
    blocked = await make.reservation(room, await make.member("Bob"))
    client = await program(alice)
    first = await client.post("/reservations", json=wish(room, money), headers=KEY)
    problem(first, 409, "taken")
    await reservations.cancel(blocked.id, by=await blocked.member, at=NOW)
    again = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert (again.status_code, again.content) == (409, first.content)
    assert again.headers["content-type"] == "application/problem+json"
    anew = await client.post("/reservations", json=wish(room, money), headers={"Idempotency-Key": "another"})
    assert anew.status_code == 201


async def test_another_request_under_the_same_key(program, alice, room, money):
    client = await program(alice)
    done = await client.post("/reservations", json=wish(room, money), headers=KEY)
    problem(
        await client.post("/reservations", json=wish(room, money, people=2), headers=KEY), 422, "key_reused"
    )
    address = f"/reservations/{done.json()['id']}"
    problem(await client.patch(address, json={"people": 2}, headers=KEY), 422, "key_reused")
    problem(await client.post(f"{address}/cancel", json={}, headers=KEY), 422, "key_reused")
    [row] = await Reservation.all()
    assert (row.people, row.state) == (1, "confirmed")


async def test_what_could_not_be_read_keeps_nothing(program, alice, room, money):
    client = await program(alice)
    problem(await client.post("/reservations", json={}, headers=KEY), 422, "invalid")
    assert not await KeyedRequest.exists()
    assert (await client.post("/reservations", json=wish(room, money), headers=KEY)).status_code == 201


async def test_another_members_key(program, alice, room, money):
    bob = await make.member("Bob")
    bobs = await make.activity(bob, of=room.venue.entity)
    first = await (await program(alice)).post("/reservations", json=wish(room, money), headers=KEY)
    body = wish(room, bobs, begins="14:00", ends="15:00")
    second = await (await program(bob)).post("/reservations", json=body, headers=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


async def test_the_same_member_with_another_token(program, alice, room, money):
    first = await (await program(alice)).post("/reservations", json=wish(room, money), headers=KEY)
    second = await (await program(alice)).post("/reservations", json=wish(room, money), headers=KEY)
    assert second.content == first.content


@pytest.mark.parametrize("sent", ["", "x" * 256, "\x7f", "é"])
async def test_what_is_no_key(program, alice, room, money, sent):
    answer = await (await program(alice)).post(
        "/reservations", json=wish(room, money), headers={"Idempotency-Key": sent.encode("latin-1")}
    )
    said = problem(answer, 422, "invalid")
    assert said["errors"][0]["field"] == "Idempotency-Key"
    assert not await Reservation.exists()


async def test_while_it_runs(program, alice, room, money, monkeypatch):
    client, goes_on, whole = await program(alice), asyncio.Event(), door.reservations.reserve

    async def slow(*args, **values):
        await goes_on.wait()
        return await whole(*args, **values)

    monkeypatch.setattr(door.reservations, "reserve", slow)
    first = asyncio.create_task(client.post("/reservations", json=wish(room, money), headers=KEY))
    while not await KeyedRequest.exists():  # noqa: ASYNC110  a row cannot be waited for otherwise
        await asyncio.sleep(0.01)
    second = await client.post("/reservations", json=wish(room, money), headers=KEY)
    problem(second, 409, "request_running")
    assert second.headers["retry-after"] == "1"
    goes_on.set()
    assert (await first).status_code == 201
    assert (await client.post("/reservations", json=wish(room, money), headers=KEY)).status_code == 201
    assert await Reservation.all().count() == 1


async def test_a_mishap_is_kept(program, alice, room, money, monkeypatch):
    client = await program(alice)

    async def broken(*args, **values):
        raise RuntimeError("a mistake of ours")

    with monkeypatch.context() as patched:
        patched.setattr(door.reservations, "reserve", broken)
        problem(await client.post("/reservations", json=wish(room, money), headers=KEY), 500, "mishap")
    again = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert again.status_code == 500
    assert again.headers["idempotent-replayed"] == "true"
    assert not await Reservation.exists()


async def test_what_was_too_busy_is_not_kept(program, alice, room, money, monkeypatch):
    client = await program(alice)

    async def busy(*args, **values):
        raise Busy

    with monkeypatch.context() as patched:
        patched.setattr(door.reservations, "reserve", busy)
        answer = await client.post("/reservations", json=wish(room, money), headers=KEY)
    problem(answer, 503, "busy")
    assert answer.headers["retry-after"]
    assert (await client.post("/reservations", json=wish(room, money), headers=KEY)).status_code == 201


async def test_killed_before_the_answer_was_kept(program, app, alice, room, money):
    """What was done is found by the id that comes from the key, once the lease is over."""
    client = await program(alice)
    done = await client.post("/reservations", json=wish(room, money), headers=KEY)
    await KeyedRequest.all().update(finished_at=None, status=None, body="")
    problem(await client.post("/reservations", json=wish(room, money), headers=KEY), 409, "request_running")
    app.state.clock = lambda: NOW + once.LEASE + timedelta(seconds=1)
    again = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert (again.status_code, again.json()["id"]) == (201, done.json()["id"])
    assert await Reservation.all().count() == 1
    assert await Transfer.filter(kind="pend").count() == 1


async def test_forgotten_after_two_days(program, app, alice, room, money):
    client = await program(alice)
    done = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert await once.forget(NOW + timedelta(hours=24)) == 0
    assert await once.forget(NOW + timedelta(hours=49)) == 1
    # Even then the very same request finds what it booked, and another one is another.
    again = await client.post("/reservations", json=wish(room, money), headers=KEY)
    assert again.json()["id"] == done.json()["id"]
    other = await client.post(
        "/reservations", json=wish(room, money, begins="14:00", ends="15:00"), headers=KEY
    )
    assert other.json().get("code") == "key_reused"


@pytest.mark.parametrize("number", [40, pytest.param(2000, marks=pytest.mark.slow)])
async def test_sent_up_to_five_times(program, alice, room, monkeypatch, number):
    """Each 1 to 5 times, some at the same instant, some with another body, some cut before the answer: once each."""
    monkeypatch.setattr(operations, "RATES", dict.fromkeys(operations.RATES, 10**6))
    money = await make.activity(alice, of=room.venue.entity, cents=10_000_000)
    client, seed = await program(alice), random.randrange(2**32)
    chance = random.Random(seed)
    print("seed", seed)
    booked: set[str] = set()
    for place in range(number):
        # Each has its own quarter of an hour, so that only its own repetition could be in its way.
        span = make.span("08:00", "08:15", days=1 + place // 56)
        begins = span.begins_at + timedelta(minutes=15 * (place % 56))
        body = wish(room, money) | {
            "begins_at": begins.isoformat(),
            "ends_at": (begins + timedelta(minutes=15)).isoformat(),
        }
        headers = {"Idempotency-Key": str(uuid4())}

        def send(body=body, headers=headers):
            return client.post("/reservations", json=body, headers=headers)

        together = chance.randint(2, 5) if chance.random() < 0.2 else 1
        tasks = [asyncio.create_task(send()) for _ in range(together)]
        if chance.random() < 0.2:  # the caller goes away; the operation may be anywhere
            await asyncio.sleep(chance.random() * 0.01)
            tasks[0].cancel()
        answers = [
            each for each in await asyncio.gather(*tasks, return_exceptions=True) if hasattr(each, "json")
        ]
        if not any(each.status_code == 201 for each in answers):
            await KeyedRequest.filter(finished_at__isnull=True).update(started_at=NOW - timedelta(minutes=2))
            answers.append(await send())
        answers += [await send() for _ in range(chance.randint(0, 3))]
        done = {each.content for each in answers if each.status_code == 201}
        assert len(done) == 1, [each.text for each in answers]
        assert {each.status_code for each in answers} <= {201, 409}
        booked |= {each.json()["id"] for each in answers if each.status_code == 201}
        if chance.random() < 0.1:
            changed = await client.post("/reservations", json=body | {"people": 3}, headers=headers)
            problem(changed, 422, "key_reused")
    assert (
        len(booked) == await Reservation.all().count() == await Transfer.filter(kind="pend").count() == number
    )

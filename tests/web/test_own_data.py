"""All that is kept about a member, as a file."""

from __future__ import annotations

import json
from typing import Any

from booking import members
from tests import make, queries
from tests.make import NOW


async def test_it_works(client_of: Any) -> None:
    alice = await make.member(name="Alice")
    booked = await make.reservation(
        await make.resource(), alice, title="Rehearsal", note="Please open the window"
    )
    await members.tokens.make(alice, name="Agenda", scopes=["read"], days=30, at=NOW)
    client = await client_of(alice)
    answer = await client.get("/settings/data.json")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="share-the-desk-')
    assert answer.headers["cache-control"] == "no-store"
    kept = answer.json()
    assert kept["you"]["email"] == alice.email
    [one] = kept["bookings"]
    assert (one["id"], one["title"], one["note"]) == (str(booked.id), "Rehearsal", "Please open the window")
    assert one["booked_by_you"] is True
    assert [key["name"] for key in kept["keys"]] == ["Agenda"]
    assert len(kept["signed_in"]) == 1
    assert "/settings/data.json" in (await client.get("/settings")).text


async def test_nothing_of_others_and_no_secrets(client_of: Any) -> None:
    alice, bob = await make.member(name="Alice"), await make.member(name="Bob")
    await make.reservation(await make.resource(), bob, title="Of Bob")
    _token, secret = await members.tokens.make(alice, name="Agenda", scopes=["read"], days=30, at=NOW)
    client = await client_of(alice)
    text = (await client.get("/settings/data.json")).text
    assert "Of Bob" not in text
    assert secret not in text
    assert "hash" not in text
    assert json.loads(text)["bookings"] == []


async def test_nobody_is_sent_to_sign_in(client: Any) -> None:
    answer = await client.get("/settings/data.json")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_questions_do_not_grow_with_the_bookings(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    room = await make.resource()

    async def asked() -> int:
        with queries.counted() as sent:
            assert (await client.get("/settings/data.json")).status_code == 200
        return len(sent)

    pays = await make.activity(alice, of=room.venue.entity)
    await make.reservation(room, alice, on=pays)
    few = await asked()
    for days in range(2, 8):
        await make.reservation(room, alice, make.span(days=days), on=pays)
    assert await asked() == few

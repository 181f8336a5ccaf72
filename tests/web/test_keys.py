"""The page of keys for programs."""

import re

from booking import members
from booking.events import Event
from booking.members import ApiToken, tokens
from tests import make
from tests.make import NOW

ASKED = {"name": "Agenda", "scopes": ["read", "book"], "days": "30"}


async def test_it_works(client_of):
    alice = await make.member("Alice")
    client = await client_of(alice)
    answer = await client.post("/settings/keys", data=ASKED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings/keys")
    shown = await client.get("/settings/keys")
    text = re.search(r'value="(desk_[^"]{43})"', shown.text)[1]
    again = await client.get("/settings/keys")
    assert text not in again.text
    assert "Agenda" in again.text
    assert text[:11] in again.text
    [token] = await ApiToken.all()
    assert (token.scopes, (token.expires_at - NOW).days) == (["read", "book"], 30)
    works = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
    assert works.json()["token_name"] == "Agenda"
    assert "Last used" in (await client.get("/settings/keys")).text
    assert not [event for event in await Event.all() if text in str(event.data)]


async def test_what_is_wrong(client_of):
    client = await client_of(await make.member("Alice"))
    answer = await client.post("/settings/keys", data={"name": "", "scopes": ["everything"], "days": "4000"})
    assert answer.status_code == 422
    assert answer.text.count("field-error") >= 3
    assert not await ApiToken.exists()


async def test_too_many(client_of):
    alice = await make.member("Alice")
    for _ in range(tokens.TOKENS_MAX):
        await tokens.make(alice, name="x", scopes=["read"], days=1, at=NOW)
    answer = await (await client_of(alice)).post("/settings/keys", data=ASKED)
    assert answer.status_code == 409
    assert "You have 20 keys already" in answer.text


async def test_take_back(client_of):
    alice, bob = await make.member("Alice"), await make.member("Bob")
    token, text = await tokens.make(alice, name="Agenda", scopes=["read"], days=1, at=NOW)
    assert (await (await client_of(bob)).post(f"/settings/keys/{token.id}")).status_code == 404
    client = await client_of(alice)
    assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})).status_code == 200
    assert (await client.post(f"/settings/keys/{token.id}")).status_code == 303
    assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})).status_code == 401
    assert (await client.post(f"/settings/keys/{token.id}")).status_code == 404


async def test_for_members_only(client):
    assert (await client.get("/settings/keys")).status_code == 303
    assert (await client.post("/settings/keys", data=ASKED)).status_code == 303
    assert not await ApiToken.exists()


async def test_a_manager_shows_a_passkey_first(client_of):
    """A key writes with the role for months, so a browser left open is not enough to make one."""
    stella = await make.manager(await make.venue())
    answer = await (await client_of(stella, confirmed=False)).post("/settings/keys", data=ASKED)
    assert answer.status_code == 403
    assert not await ApiToken.exists()
    assert (await (await client_of(stella)).post("/settings/keys", data=ASKED)).status_code == 303


async def test_recovery_ends_them(client_of):
    alice, ada = await make.member("Alice"), await make.member("Ada")
    await make.role("administrator", ada)
    _token, text = await tokens.make(alice, name="Agenda", scopes=["read"], days=1, at=NOW)
    await members.recovery.recover(alice, by=None, reason="A stolen laptop", at=NOW)
    assert await tokens.find(text, NOW) is None

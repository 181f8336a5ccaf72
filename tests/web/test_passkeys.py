"""Passkeys on the settings page and the sign-in page, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from booking.members.models import Challenge, Passkey, Session
from tests import make
from tests.authenticator import Authenticator
from tests.conftest import NOW
from tests.web.test_confirming import ELSEWHERE, register


async def sign_in(client: httpx.AsyncClient, device: Authenticator, **more: str) -> httpx.Response:
    """Show a passkey as the script of the sign-in page does."""
    asked = (await client.post("/sign-in/passkey/options", json={})).json()
    answer = {"challenge": asked["challenge"], "credential": device.get(asked["options"]), **more}
    return await client.post("/sign-in/passkey", json=answer)


async def test_it_works(client_of: Any, client: httpx.AsyncClient) -> None:
    alice, device = await make.member(language="nl"), Authenticator()
    assert (await register(await client_of(alice), device, name="Phone")).status_code == 200
    assert "/sign-in/passkey/options" in (await client.get("/sign-in")).text
    answer = await sign_in(client, device, next="/settings?x=1")
    assert (answer.status_code, answer.json()) == (200, {"next": "/settings?x=1"})
    page = (await client.get("/settings")).text
    assert alice.email in page
    assert "Phone" in page
    assert 'lang="nl"' in page
    session = await Session.filter(member_id=alice.id).order_by("-id").first()
    assert session is not None
    # To sign in with a passkey is to confirm with it.
    assert (session.confirmed_at, session.confirmed_by_id) == (NOW, (await Passkey.get()).id)


async def test_a_new_token_at_each_sign_in(client_of: Any, client: httpx.AsyncClient) -> None:
    device = Authenticator()
    await register(await client_of(await make.member()), device)
    tokens = []
    for _time in range(2):
        await sign_in(client, device)
        tokens.append(client.cookies["desk_session"])
    old = await client_of()
    old.cookies.set("desk_session", tokens[0])
    assert tokens[0] != tokens[1]
    assert (await old.get("/settings")).status_code == 303


async def test_only_in_the_browser_that_asked(client_of: Any, client: httpx.AsyncClient) -> None:
    device = Authenticator()
    await register(await client_of(await make.member()), device)
    asked = (await client.post("/sign-in/passkey/options", json={})).json()
    answer = {"challenge": asked["challenge"], "credential": device.get(asked["options"])}
    elsewhere = await (await client_of()).post("/sign-in/passkey", json=answer)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "challenge_spent")
    assert (await client.post("/sign-in/passkey", json=answer)).status_code == 200
    again = await client.post("/sign-in/passkey", json=answer)
    assert (again.status_code, again.json()["code"]) == (409, "challenge_spent")


async def test_nobody_by_an_unknown_passkey(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client, Authenticator(user="x"))
    assert answer.status_code == 409
    assert "We do not know this passkey" in answer.json()["sentence"]
    assert await Session.all().count() == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"challenge": 3}',
        b'{"challenge": "x", "credential": {}}',
        b'{"challenge": "' + ELSEWHERE.encode() + b'", "credential": []}',
        b"[" * 50_000,
    ],
)
async def test_damaged_answers(client_of: Any, body: bytes) -> None:
    client = await client_of(await make.member())
    for path in ("/sign-in/passkey", "/confirm", "/settings/passkeys"):
        answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422
        assert answer.json()["sentence"]
    assert await Passkey.all().count() == 0


async def test_ten_tries_a_minute(client: httpx.AsyncClient) -> None:
    answers = [
        await client.post("/sign-in/passkey", json={"challenge": ELSEWHERE, "credential": {}})
        for _number in range(12)
    ]
    assert [answer.status_code for answer in answers] == [409] * 10 + [429] * 2
    asked = [await client.post("/sign-in/passkey/options", json={}) for _number in range(12)]
    assert [answer.status_code for answer in asked] == [200] * 10 + [429] * 2
    assert await Challenge.all().count() == 10


async def test_nobody_is_sent_to_sign_in(client: httpx.AsyncClient) -> None:
    for path in ("/settings/passkeys", "/settings/passkeys/options", "/confirm", "/confirm/options"):
        assert (await client.post(path, json={})).headers["location"].startswith("/sign-in")


async def test_naming_and_removing(client_of: Any) -> None:
    client, device = await client_of(await make.member()), Authenticator()
    await register(client, device, name="<Phone>")
    key = await Passkey.get()
    path = f"/settings/passkeys/{key.id}"
    assert "&lt;Phone&gt;" in (await client.get("/settings")).text
    assert "&lt;Phone&gt;" in (await client.get(path)).text
    assert (await client.post(path, data={"name": " "})).status_code == 422
    assert (await client.post(path, data={"name": "x" * 81})).status_code == 422
    assert (await client.post(path, data={"name": "My key"})).status_code == 303
    assert (await Passkey.get()).name == "My key"
    assert (await client.post(f"{path}/remove")).status_code == 303
    page = (await client.get("/settings")).text
    assert "My key is removed" in page
    assert "Rename or remove" not in page
    assert (await client.get(path)).status_code == 404


async def test_those_of_others_do_not_exist(client_of: Any) -> None:
    await register(await client_of(await make.member()), Authenticator(), name="Alice's")
    key = await Passkey.get()
    bob = await client_of(await make.member("Bob"))
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/remove")):
        answer = await bob.request(method, f"/settings/passkeys/{key.id}{path}", data={"name": "x"})
        assert answer.status_code == 404
    assert ((await Passkey.get()).name, (await Passkey.get()).revoked_at) == ("Alice's", None)


async def test_a_browser_left_open_changes_nothing(client_of: Any, app: Any) -> None:
    client = await client_of(await make.member())
    await register(client, Authenticator())
    app.state.clock = lambda: NOW + timedelta(hours=1)
    key = await Passkey.get()
    page = await client.post(f"/settings/passkeys/{key.id}/remove")
    assert page.status_code == 409
    assert "sign in again first" in page.text
    assert (await register(client, Authenticator())).json()["code"] == "not_fresh"
    assert "To add one, sign in again first" in (await client.get("/settings")).text
    assert [one.revoked_at for one in await Passkey.all()] == [None]


async def test_markup_for_those_without_scripts(client: httpx.AsyncClient) -> None:
    page = (await client.get("/sign-in")).text
    assert "A passkey needs JavaScript, which is switched off in this browser." in page
    assert "Your browser cannot use passkeys." in page

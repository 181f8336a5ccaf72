"""Bearer tokens at the door: what is said to a missing, an unknown, an ended, a taken back and a suspended one."""

from datetime import timedelta

import pytest

from booking import members
from booking.members import ApiToken, tokens
from tests import make
from tests.api.conftest import key, problem
from tests.make import NOW


async def test_it_works(program, alice):
    said = (await (await program(alice, "read", "money")).get("/me")).json()
    assert (said["name"], said["email"], said["scopes"]) == ("Alice", alice.email, ["read", "money"])
    assert said["expires_at"] == "2026-12-23T08:00:00Z"
    assert (await ApiToken.get()).used_at == NOW


async def test_only_its_hash_is_kept(db, alice):
    text = await key(alice)
    assert text.startswith("desk_")
    assert len(text) == 48
    row = (await ApiToken.all().values())[0]
    assert text not in str(row)
    assert row["token_hint"] == text[:11]


async def test_what_is_open_to_everyone(program):
    nobody = await program()
    for address in ("/", "/openapi.json", "/problems", "/problems/taken"):
        answer = await nobody.get(address)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    problem(await nobody.get("/problems/none"), 404, "not_found")
    assert (await nobody.get("/problems/taken")).json()["status"] == 409


async def test_no_key(program):
    answer = await (await program()).get("/me")
    problem(answer, 401, "token_missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="desk"'


@pytest.mark.parametrize(
    "sent",
    [
        "Bearer",
        "Bearer desk_",
        "Bearer x",
        "Basic YTpi",
        "Bearer desk_" + "é" * 43,
        "Bearer desk_" + "x" * 200,
    ],
)
async def test_a_key_that_nobody_made(program, sent):
    client = await program()
    answer = await client.get("/me", headers={"Authorization": sent.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_dead_keys(program, alice, app):
    text = await key(alice, days=1)
    client = await program(Authorization=f"Bearer {text}")
    assert (await client.get("/me")).status_code == 200
    app.state.clock = lambda: NOW + timedelta(days=1)
    answer = await client.get("/me")
    problem(answer, 401, "token_invalid")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    app.state.clock = lambda: NOW
    await tokens.revoke((await ApiToken.get()).id, by=alice, at=NOW)
    problem(await client.get("/me"), 401, "token_invalid")


async def test_suspended_at_once(program, alice):
    client = await program(alice)
    await members.suspend(alice, by=None, at=NOW)
    problem(await client.get("/me"), 401, "token_invalid")
    problem(await client.post("/reservations", json={}), 401, "token_invalid")


async def test_a_role_counts_only_while_it_is_held(program, alice, room):
    stella = await make.manager(room.venue)
    client = await program(stella)
    assert (await client.get("/me")).json()["roles"] == ["manager"]
    await members.revoke(stella.email, "manager", f"venue:{room.venue.key}", by=None, at=NOW)
    assert (await client.get("/me")).json()["roles"] == []


async def test_wrong_addresses_and_methods(program, alice):
    client = await program(alice)
    problem(await client.get("/nowhere"), 404, "not_found")
    problem(await client.get("/venues/"), 404, "not_found")
    problem(await client.get("/resources/9999999999"), 404, "not_found")
    answer = await client.put("/reservations", json={})
    problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    head = await client.head("/venues")
    assert (head.status_code, head.content) == (200, b"")


async def test_nobody_reads_it_from_another_site(program, alice):
    client = await program(alice, Origin="https://evil.example")
    answer = await client.get("/me")
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    problem(await client.options("/reservations"), 405, "method_not_allowed")


async def test_rates_are_per_key(program, alice):
    first, second = await program(alice), await program(alice)
    for _ in range(120):
        assert (await first.get("/search?limit=0")).status_code == 422
    answer = await first.get("/search")
    problem(answer, 429, "too_many_requests")
    assert (await second.get("/search")).status_code == 200


async def test_making_them_has_limits(db, alice):
    for scopes, days in ((["read"], 0), (["read"], 366), ([], 30), (["read", "everything"], 30)):
        with pytest.raises(ValueError, match="a token needs"):
            await tokens.make(alice, name="x", scopes=scopes, days=days, at=NOW)
    for _ in range(tokens.TOKENS_MAX):
        await key(alice)
    with pytest.raises(tokens.TokensEnough):
        await key(alice)
    assert await ApiToken.all().count() == tokens.TOKENS_MAX

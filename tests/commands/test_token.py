"""token: makes a key that works, lists and takes back; what is not possible changes nothing."""

import asyncio
import json
from pathlib import Path

import pytest

from booking import db as database
from booking.members import ApiToken, tokens
from tests import make
from tests.commands.test_serve import called, environment


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_it_works(db: str, database_url: str, tmp_path: Path) -> None:
    alice = await make.member("Alice")
    env = environment(database_url, tmp_path)

    async def token(*words: str) -> tuple[int, str]:
        done = await asyncio.to_thread(called, ["token", *words], env)
        return done.returncode, done.stdout + done.stderr

    code, said = await token(
        alice.email, "--scope", "read", "--scope", "book", "--days", "7", "--name", "Sync", "--json"
    )
    assert code == 0, said
    [key] = json.loads(said)["keys"]
    row = await ApiToken.get()
    assert (row.name, row.scopes, (row.expires_at - row.created_at).days) == ("Sync", ["read", "book"], 7)
    assert (await tokens.find(key["token"], row.created_at)).id == row.id
    code, said = await token(alice.email, "--list")
    assert "Sync" in said
    assert key["token"] not in said
    assert (await token(alice.email, "--revoke", str(row.id)))[0] == 0
    assert (await token(alice.email, "--revoke", str(row.id)))[0] == 3
    assert (await token("nobody@example.org"))[0] == 3
    code, said = await token(alice.email, "--scope", "everything")
    assert (code, "No such scope" in said) == (3, True)
    assert (await token(alice.email, "--days", "366"))[0] == 2
    assert await ApiToken.all().count() == 1
    assert database.dialect() == "sqlite"

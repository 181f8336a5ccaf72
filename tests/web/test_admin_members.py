"""Members, for administrators: finding, recovering, shutting out; for nobody else there is such a page."""

from __future__ import annotations

from typing import Any

import pytest

from booking import events
from booking.members import Member
from booking.members.models import Passkey, Session
from tests import make, queries
from tests.authenticator import Authenticator
from tests.conftest import NOW
from tests.web.test_confirming import register


@pytest.fixture
async def ada(db: str) -> Member:
    made = await make.member("Ada")
    await make.role("administrator", made)
    return made


async def test_it_works(client_of: Any, ada: Member) -> None:
    place = await make.venue(name="Quai 17", city="Lille")
    stella = await make.manager(place)
    theirs = await client_of(stella)
    await register(theirs, Authenticator(), name="Phone")
    client = await client_of(ada)
    found = (await client.get("/admin/members", params={"q": stella.email[:9].upper()})).text
    path = f"/admin/members/{stella.id}"
    assert f'href="{path}"' in found
    page = (await client.get(path)).text
    for words in (stella.email, "Manages Quai 17, Lille", "Phone", "Confirmed by passkey", "Passkey added"):
        assert words in page
    answer = await client.post(f"{path}/recover", data={"reason": "Her phone <was> stolen."})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert (await theirs.get("/settings")).status_code == 303
    page = (await client.get(path)).text
    assert "Stella can now sign in by e-mail only" in page
    assert "Recovered by an administrator" in page
    assert "Her phone &lt;was&gt; stolen." in page
    assert "Phone</h3>" not in page


async def test_no_secret_is_shown(client_of: Any, ada: Member) -> None:
    alice, device = await make.member(), Authenticator()
    theirs = await client_of(alice)
    await register(theirs, device)
    page = (await (await client_of(ada)).get(f"/admin/members/{alice.id}")).text
    key, session = await Passkey.get(), await Session.filter(member_id=alice.id).order_by("-id").first()
    assert session is not None
    for secret in (key.credential_id, key.public_key, session.token_hash, theirs.cookies["desk_session"]):
        assert secret not in page


@pytest.mark.parametrize("what", ["recover", "suspend", "unsuspend"])
async def test_nobody_else(client_of: Any, what: str) -> None:
    place = await make.venue()
    alice = await make.member()
    for person in (await make.manager(place), alice):
        client = await client_of(person)
        for method, path in (("GET", ""), ("GET", f"/{alice.id}"), ("POST", f"/{alice.id}/{what}")):
            answer = await client.request(method, f"/admin/members{path}", data={"reason": "Because."})
            assert answer.status_code == 404
    assert await events.history(f"member:{alice.id}") == []
    assert "/admin/members" not in (await client.get("/settings")).text


@pytest.mark.parametrize("reason", ["", "  ", "no", "x" * 501])
async def test_a_reason_is_needed(client_of: Any, ada: Member, reason: str) -> None:
    alice = await make.member()
    theirs = await client_of(alice)
    answer = await (await client_of(ada)).post(f"/admin/members/{alice.id}/recover", data={"reason": reason})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert (await theirs.get("/settings")).status_code == 200
    assert await events.history(f"member:{alice.id}") == []


async def test_not_oneself(client_of: Any, ada: Member) -> None:
    client = await client_of(ada)
    path = f"/admin/members/{ada.id}"
    assert "Ask another administrator." in (await client.get(path)).text
    for what in ("recover", "suspend", "unsuspend"):
        answer = await client.post(f"{path}/{what}", data={"reason": "Because I can."})
        assert answer.status_code == 409
        assert "Ask another administrator." in answer.text
    assert (await client.get("/settings")).status_code == 200


async def test_shutting_out_and_letting_in(client_of: Any, ada: Member) -> None:
    alice = await make.member()
    theirs, client = await client_of(alice), await client_of(ada)
    path = f"/admin/members/{alice.id}"
    assert (await client.post(f"{path}/suspend")).status_code == 303
    assert (await theirs.get("/settings")).status_code == 303
    assert "Shut out since" in (await client.get(path)).text
    # Who is shut out is still found.
    assert "Shut out" in (await client.get("/admin/members", params={"q": "alice"})).text
    assert (await client.post(f"{path}/unsuspend")).status_code == 303
    assert "Shut out since" not in (await client.get(path)).text
    assert (await theirs.get("/settings")).status_code == 303


async def test_finding(client_of: Any, ada: Member) -> None:
    client = await client_of(ada)
    assert "at least three letters" in (await client.get("/admin/members?q=al")).text
    assert "Nobody of that name" in (await client.get("/admin/members?q=xyz")).text
    assert (await client.get("/admin/members", params={"q": "x" * 200})).status_code == 422
    assert (await client.get("/admin/members/999999")).status_code == 404


async def test_few_questions(client_of: Any, ada: Member) -> None:
    client = await client_of(ada)
    asked = []
    for _times in range(2):
        for _person in range(8):
            await make.member("Marta")
        with queries.counted() as seen:
            assert (await client.get("/admin/members?q=marta")).status_code == 200
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 6
    many = await make.member("Mo")
    for number in range(5):
        await Passkey.create(
            member_id=many.id, credential_id=f"c{number}", public_key="x", name="Key", created_at=NOW
        )
        await client_of(many)
    with queries.counted() as seen:
        assert (await client.get(f"/admin/members/{many.id}")).status_code == 200
    assert len(seen) <= 10

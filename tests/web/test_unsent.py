"""A session that ends while a form is filled in: what was typed waits in the browser, and comes back afterwards."""

from __future__ import annotations

from typing import Any

import pytest

import settings
from booking import members
from booking.reservations import Reservation
from booking.web import session
from tests import make
from tests.make import NOW, span

COOKIE = session.cookie_name("unsent")
TYPED = {
    "id": "9d3ddf4e-5a1c-4a55-8d7e-3a3ef43bd0a3",
    "day": "2026-11-24",
    "begins": "10:00",
    "ends": "12:00",
    "people": "3",
    "title": "Storyboard",
    "note": "Two chairs, été & <b>",
}


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource()


def back_again(client: Any, stranger: Any) -> Any:
    """The same browser, signed in again."""
    client.cookies.set(COOKIE, stranger.cookies[COOKIE], domain="localhost.local")
    return client


async def test_it_works(client_of: Any, room: Any) -> None:
    alice, address = await make.member("Alice"), f"/resources/{room.id}/reserve"
    stranger = await client_of()
    page = f"http://localhost:8000{address}?from=2026-11-24T09:00Z&until=2026-11-24T11:00Z"
    lost = await stranger.post(address, data=TYPED, headers={"Referer": page})
    assert lost.status_code == 303
    assert lost.headers["location"].startswith("/sign-in?next=")
    assert "Storyboard" not in lost.headers["location"]
    assert "chairs" not in lost.headers["location"]
    assert "HttpOnly" in lost.headers["set-cookie"]
    assert await Reservation.all().count() == 0
    client = back_again(await client_of(alice), stranger)
    form = (await client.get(page)).text
    assert "What you typed is here again" in form
    assert 'value="Storyboard"' in form
    assert "Two chairs, été &amp; &lt;b&gt;" in form
    assert f'value="{TYPED["id"]}"' in form
    assert '<option value="10:00" selected>' in form
    # Once: the next time the form is as the address says.
    assert COOKIE not in client.cookies
    assert "Storyboard" not in (await client.get(page)).text
    assert await Reservation.all().count() == 0


async def test_a_change_comes_back_too(client_of: Any, room: Any) -> None:
    alice = await make.member("Alice")
    made = await make.reservation(room, alice, span("10:00", "12:00"))
    address = f"/reservations/{made.id}/change"
    stranger = await client_of()
    sent = {"day": "2026-11-24", "begins": "14:00", "ends": "15:30", "people": "2", "title": "Rehearsal"}
    assert (await stranger.post(address, data=sent)).headers[
        "location"
    ] == f"/sign-in?next={address}".replace("/reservations", "%2Freservations").replace(
        "/change", "%2Fchange"
    ).replace(f"/{made.id}", f"%2F{made.id}")
    form = (await back_again(await client_of(alice), stranger).get(address)).text
    assert 'value="Rehearsal"' in form
    assert '<option value="14:00" selected>' in form
    await made.refresh_from_db()
    assert made.title != "Rehearsal"


async def test_nobody_else_writes_it_and_nobody_signed_out_sees_it(client_of: Any, room: Any) -> None:
    address = f"/resources/{room.id}/reserve"
    stranger = await client_of()
    await stranger.post(address, data=TYPED)
    assert "Storyboard" not in (await stranger.get(address)).text
    client = back_again(await client_of(await make.member()), stranger)
    signed, _dot, body = stranger.cookies[COOKIE].partition(".")
    for forged in (f"{'0' * len(signed)}.{body}", body, f"{signed}.{body[:-4]}", "."):
        client.cookies.set(COOKIE, forged, domain="localhost.local")
        answer = await client.get(address)
        assert (answer.status_code, "Storyboard" in answer.text) == (200, False)


async def test_it_stays_on_its_own_form(client_of: Any, room: Any) -> None:
    other = await make.resource(at=room.venue)
    stranger = await client_of()
    await stranger.post(f"/resources/{room.id}/reserve", data=TYPED)
    client = back_again(await client_of(await make.member()), stranger)
    assert "Storyboard" not in (await client.get(f"/resources/{other.id}/reserve")).text
    assert "Storyboard" in (await client.get(f"/resources/{room.id}/reserve")).text


async def test_signing_out_throws_it_away(client_of: Any, room: Any) -> None:
    stranger = await client_of()
    await stranger.post(f"/resources/{room.id}/reserve", data=TYPED)
    client = back_again(await client_of(await make.member()), stranger)
    await client.post("/sign-out")
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("sent", [{"note": ""}, {"note": "x" * 1000}, {"note": "\U0001f600 š" * 300}])
async def test_long_notes_fit(client_of: Any, room: Any, sent: dict[str, str]) -> None:
    stranger = await client_of()
    await stranger.post(f"/resources/{room.id}/reserve", data=TYPED | sent)
    assert len(stranger.cookies[COOKIE]) < 4_000


async def test_what_no_cookie_holds_is_not_kept(client_of: Any, room: Any) -> None:
    import random

    noise = "".join(chr(random.Random(n).randrange(0x4E00, 0x9FFF)) for n in range(4_000))
    stranger = await client_of()
    answer = await stranger.post(f"/resources/{room.id}/reserve", data=TYPED | {"note": noise})
    assert answer.status_code == 303
    assert COOKIE not in stranger.cookies
    json = await stranger.post(f"/resources/{room.id}/reserve", json=TYPED)
    assert (json.status_code, COOKIE in stranger.cookies) == (303, False)


async def test_it_does_not_wait_for_ever(client_of: Any, room: Any, monkeypatch: Any) -> None:
    from datetime import timedelta

    from booking.web import unsent

    stranger = await client_of()
    await stranger.post(f"/resources/{room.id}/reserve", data=TYPED)
    monkeypatch.setattr(unsent, "WAITS", timedelta(seconds=-1))
    client = back_again(await client_of(await make.member()), stranger)
    assert "Storyboard" not in (await client.get(f"/resources/{room.id}/reserve")).text
    assert NOW


async def test_what_is_far_too_long_is_not_kept_either(client_of: Any, room: Any) -> None:
    stranger, address = await client_of(), f"/resources/{room.id}/reserve"
    # Packed, it is next to nothing.
    await stranger.post(address, data=TYPED | {"note": "x" * 40_000, "title": "y" * 40_000})
    client = await client_of(await make.member())
    if told := stranger.cookies.get(COOKIE):
        client.cookies.set(COOKIE, told, domain="localhost.local")
    assert (await client.get(address)).status_code == 200
    assert COOKIE not in stranger.cookies


async def test_somebody_else_at_the_same_browser_does_not_see_it(client_of: Any, room: Any) -> None:
    alice, bob = await make.member("Alice"), await make.member("Bob")
    address = f"/resources/{room.id}/reserve"
    browser = await client_of(alice)
    await members.sessions.end(browser.cookies[session.cookie_name("session")], NOW)
    await browser.post(address, data=TYPED)
    client = back_again(await client_of(bob), browser)
    answer = await client.get(address)
    assert (answer.status_code, "Storyboard" in answer.text) == (200, False)
    assert COOKIE not in client.cookies
    assert "Storyboard" in (await back_again(await client_of(alice), browser).get(address)).text


async def test_signing_in_on_another_way_throws_it_away(
    client_of: Any, room: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    bob, address = await make.member("Bob", demo=True), f"/resources/{room.id}/reserve"
    for next_path, kept in (("/reservations", False), (f"{address}?people=2", True)):
        stranger = await client_of()
        await stranger.post(address, data=TYPED)
        await stranger.post("/sign-in/demo", data={"email": bob.email, "next": next_path})
        assert session.cookie_name("session") in stranger.cookies
        assert (COOKIE in stranger.cookies) is kept


async def test_letters_that_are_none_are_no_mishap(client_of: Any, room: Any) -> None:
    stranger = await client_of()
    part = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n\\ud800\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b; charset=unicode_escape"
    answer = await stranger.post(
        f"/resources/{room.id}/reserve", content=part, headers={"Content-Type": kind}
    )
    assert answer.status_code == 303

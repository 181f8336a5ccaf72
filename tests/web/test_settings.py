"""What members change about themselves, and what strangers may choose too."""

from __future__ import annotations

from typing import Any

import pytest

from booking import events
from booking.members.models import Member
from booking.web.settings import browser_name
from tests import make


async def test_it_works(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    told = {"name": "  Alice   Two ", "language": "nl", "home_city": "Gent"}
    answer = await client.post("/settings", data=told)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    kept = await Member.get(id=alice.id)
    assert (kept.name, kept.language, kept.home_city) == ("Alice Two", "nl", "Gent")
    page = (await client.get("/settings")).text
    assert '<html lang="nl"' in page
    assert 'value="Alice Two"' in page
    [happened] = await events.history(f"member:{alice.id}")
    assert happened.data == {"changed": ["home_city", "language", "name"]}
    await client.post("/settings", data=told)
    assert len(await events.history(f"member:{alice.id}")) == 1


async def test_nobody_is_sent_to_sign_in(client: Any) -> None:
    answer = await client.post("/settings", data={"name": "X", "language": "nl"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


async def test_every_wrong_field_at_once(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    answer = await client.post("/settings", data={"name": "", "language": "xx", "home_city": "y" * 90})
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 3
    assert "y" * 90 in answer.text
    assert (await Member.get(id=alice.id)).name == "Alice"
    assert await events.history(f"member:{alice.id}") == []


async def test_other_fields_change_nothing(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    sent = {
        "name": "Alice",
        "language": "en",
        "category": "staff",
        "email": "x@example.org",
        "id": "1",
        "demo": "1",
    }
    assert (await client.post("/settings", data=sent)).status_code == 303
    kept = await Member.get(id=alice.id)
    assert (kept.email, kept.category, kept.demo) == (alice.email, "member", False)


async def test_markup_in_a_name_stays_text(client_of: Any) -> None:
    client = await client_of(await make.member())
    await client.post("/settings", data={"name": "<script>alert(1)</script>", "language": "en"})
    page = (await client.get("/settings")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_the_language_of_a_stranger(client: Any) -> None:
    answer = await client.post("/settings/language", data={"language": "sv", "next": "/help?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/help?x=1")
    assert '<html lang="sv"' in (await client.get("/help")).text


async def test_the_language_of_a_member_is_kept(client_of: Any) -> None:
    alice = await make.member()
    await (await client_of(alice)).post("/settings/language", data={"language": "it"})
    assert (await Member.get(id=alice.id)).language == "it"


@pytest.mark.parametrize(
    ("accepts", "spoken"),
    [
        ("nl-BE,nl;q=0.9,fr;q=0.8", "nl"),
        ("pt, fr;q=0.5", "fr"),
        ("ja", "en"),
        ("", "en"),
        ("de;q=0, es;q=0.1", "es"),
    ],
)
async def test_the_browsers_language(client_of: Any, accepts: str, spoken: str) -> None:
    client = await client_of(**{"Accept-Language": accepts})
    assert f'<html lang="{spoken}"' in (await client.get("/help")).text


async def test_a_language_we_do_not_speak(client: Any) -> None:
    answer = await client.post("/settings/language", data={"language": "xx", "next": "/help"})
    assert answer.status_code == 303
    assert '<html lang="en"' in (await client.get("/help")).text


async def test_the_theme(client: Any) -> None:
    assert 'data-theme="auto"' in (await client.get("/help")).text
    answer = await client.post("/settings/theme", data={"theme": "dark", "next": "/help"})
    assert answer.headers["location"] == "/help"
    assert 'data-theme="dark"' in (await client.get("/help")).text
    await client.post("/settings/theme", data={"theme": "pink"})
    assert 'data-theme="dark"' in (await client.get("/help")).text


@pytest.mark.parametrize("place", ["/settings/language", "/settings/theme"])
async def test_no_choice_leads_to_another_site(client: Any, place: str) -> None:
    answer = await client.post(place, data={"language": "nl", "theme": "dark", "next": "//evil.example"})
    assert answer.headers["location"] == "/"


async def test_where_one_is_signed_in(client_of: Any) -> None:
    alice, bob = await make.member(), await make.member("Bob")
    client = await client_of(alice)
    await client_of(alice)
    await client_of(bob)
    page = (await client.get("/settings")).text
    assert page.count("Sign out there") == 1
    assert page.count("This browser") == 1


def test_names_of_browsers() -> None:
    windows = (
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 (KHTML, like Gecko) Chrome/150 Safari/537 Edg/150"
    )
    assert browser_name(windows) == "Edge, Windows"
    assert (
        browser_name("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26 Safari/604")
        == "Safari, iPhone"
    )
    assert browser_name("<b>x</b>") == "An unknown browser"

"""Hostile words in every text that people write: no page makes an element, an attribute or an address of them."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from booking.budgets import Activity
from booking.calendars.models import Feed
from booking.members.models import Member
from booking.places.models import Closure, Entity, Resource, Unit, Venue
from booking.reservations import Reservation
from booking.web import session
from tests.permissions import table
from tests.permissions.test_matrix import address
from tests.permissions.world import World, build

HOSTILE = [
    "<script>alert(1)</script>",
    "<canary>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    '"><canary>',
    "'><canary>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<canary>",
    "</title><canary>",
    "</textarea><canary>",
    "</script><canary>",
    "</style><canary>",
    "--><canary>",
    "]]><canary>",
    "<!--<canary>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<canary>'>",
    "<math><canary>",
    "<form action=//evil.example><input name=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=//evil.example>",
    "<object data=//evil.example>",
    "{{ 7 * 7 }}{% raise %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%(name)s %s %d %",
    "&lt;canary&gt;",
    "&#60;canary&#62;",
    "\\x3ccanary\\x3e",
    "\\u003ccanary\\u003e",
    "<canary\tonclick=alert(1)>",
    "<CANARY>",
    "<canary/onclick=alert(1)>",
    "`onmouseover=alert(1)`",
    "</option></select><canary>",
    "</li></ul></main><canary>",
]
PEOPLE = ("nobody", "member", "manager", "treasurer", "administrator")


class Reader(HTMLParser):
    """What a browser would make of a page, as far as hostile words could have a part in it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("canary", "iframe", "object", "base", "math", "form") and (
            tag != "form" or "evil" in (values.get("action") or "")
        ):
            self.found.append(f"<{tag}>")
        if tag == "script" and not values.get("src") and values.get("type") != "application/json":
            self.found.append("<script>")
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{tag} {name}={value}")
            plain = (value or "").strip().lower()
            if name in ("href", "src", "action", "formaction") and (
                plain.startswith(("javascript:", "data:text", "//evil"))
            ):
                self.found.append(f"{tag} {name}={value}")


def found_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.found


def test_hostile_words_would_be_seen() -> None:
    """Of the words as they are, put bare into a page, most are found: the test can fail."""
    bare = [text for text in HOSTILE if found_in(f'<p title="{text}">{text}</p>')]
    assert len(bare) >= 25


async def make_hostile(first: int) -> None:
    """Each text that somebody can write is another of the hostile words, from the first one on."""
    turn = iter(HOSTILE[(first + place) % len(HOSTILE)] for place in range(1000))

    async def write(model: Any, *columns: str) -> None:
        for row in await model.all():
            for column in columns:
                most = getattr(model._meta.fields_map[column], "max_length", None)
                words = next(turn)[:most]
                setattr(row, column, {"en": words} if column in ("names", "descriptions") else words)
            await row.save(update_fields=list(columns))

    await write(Member, "name", "home_city")
    await write(Entity, "name", "legal_name", "vat_number", "website")
    await write(
        Venue, "name", "names", "descriptions", "operator", "street", "postal_code", "district", "city"
    )
    await write(Venue, "contact_name", "contact_phone", "contact_email", "website", "status_note")
    await write(Resource, "name", "names", "descriptions", "located_in", "existence_note")
    await write(Unit, "name")
    await write(Closure, "reason")
    await write(Activity, "name")
    await write(Reservation, "title", "note", "reason")
    await write(Feed, "fetched_by")
    for row in await Venue.all():
        row.access = {"door": next(turn), "key": next(turn)}
        row.facts = [{"key": next(turn), "value": next(turn)}]
        row.features = [next(turn)]
        await row.save(update_fields=["access", "facts", "features"])


@pytest.mark.parametrize("first", range(0, len(HOSTILE), 8))
async def test_it_works(db: str, client_of: Callable[..., Any], first: int) -> None:
    world: World = await build()
    await make_hostile(first)
    wrong: list[str] = []
    for person in PEOPLE:
        client: httpx.AsyncClient = await client_of()
        if token := world.tokens.get(person):
            client.cookies.set(session.cookie_name(), token)
        for row in table.PAGES:
            if row.method != "GET":
                continue
            answer = await client.get(address(row, world))
            assert answer.status_code < 500, (person, row.route)
            if answer.headers.get("content-type", "").startswith("text/html"):
                wrong += [f"{row.route} for {person}: {each}" for each in found_in(answer.text)]
                assert "7*7=49" not in answer.text.replace(" ", "")
    assert not wrong, "\n".join(sorted(set(wrong)))

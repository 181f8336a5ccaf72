"""Fields that nobody asked for, in every form as its page shows it: none is kept, or changes a price or a role.

The pages are asked for their forms, so what is sent is what a browser would send, and more.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from booking import db as database
from booking.ledger import Account
from booking.members import Member, Role
from booking.reservations import Reservation
from booking.web import session
from tests.permissions import table
from tests.permissions.test_matrix import address
from tests.permissions.test_programs import programs  # noqa: F401
from tests.permissions.world import World, build
from tests.web.test_cross_origin import _tables

NUMBER, WORD = 771177, "smuggled"
EXTRAS: dict[str, Any] = {
    "role": WORD,
    "is_admin": WORD,
    "tenant_id": NUMBER,
    "member_id": NUMBER,
    "entity_id": NUMBER,
    "venue_id": NUMBER,
    "activity_id": NUMBER,
    "created_by": NUMBER,
    "by_id": NUMBER,
    "price": NUMBER,
    "price_cents": NUMBER,
    "net_cents": NUMBER,
    "total_cents": NUMBER,
    "fee_cents": NUMBER,
    "balance": NUMBER,
    "credits_posted_cents": NUMBER,
    "limit_cents": NUMBER,
    "state": WORD,
    "guest": WORD,
    "token_hash": WORD,
    "overrides": WORD,
}
LEAVE_OUT = (
    "/sign-out",
    "/settings/sessions",
    "/settings/leave",
    "/sign-in",
    "/settings/language",
    "/settings/theme",
)
PEOPLE = ("member", "manager", "treasurer", "administrator")


class Forms(HTMLParser):
    """The forms of a page that write, each with its address and what a browser would send."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self.inside = False
        self.area = self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        had = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = had.get("method", "").lower() == "post" and "multipart" not in had.get(
                "enctype", ""
            )
            if self.inside:
                self.found.append((had.get("action", ""), {}))
        if not self.inside:
            return
        sent, name = self.found[-1][1], had.get("name", "")
        if tag == "input" and name and had.get("type") not in ("submit", "button", "file"):
            if had.get("type") not in ("checkbox", "radio") or "checked" in had:
                sent.setdefault(name, []).append(had.get("value", "on"))
        elif tag == "textarea":
            self.area = name
            sent.setdefault(name, []).append("")
        elif tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and ("selected" in had or self.choice not in sent):
            sent[self.choice] = [had.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.choice = ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.found[-1][1][self.area][-1] += data


async def forms_of(client: httpx.AsyncClient, world: World) -> dict[str, dict[str, list[str]]]:
    """Every form that this visitor is shown, by its address."""
    found: dict[str, dict[str, list[str]]] = {}
    for row in table.PAGES:
        if row.method == "GET":
            answer = await client.get(address(row, world))
            if answer.headers.get("content-type", "").startswith("text/html"):
                reader = Forms()
                reader.feed(answer.text)
                found |= {path: sent for path, sent in reader.found if path.startswith("/")}
    return {path: sent for path, sent in found.items() if not path.startswith(LEAVE_OUT)}


async def smuggled(engine: str) -> list[str]:
    """Every row of every table in which one of the values stands."""
    found = []
    for name in await _tables(engine):
        for row in await database.rows(f'SELECT * FROM "{name}"'):
            text = json.dumps(row, default=str)
            if str(NUMBER) in text or WORD in text:
                found.append(f"{name}: {text[:200]}")
    return found


@pytest.fixture
async def world(db: str) -> World:
    return await build()


async def test_it_works(world: World, client_of: Callable[..., Any], db: str) -> None:
    before = {each.id: each.member_id for each in await Reservation.all()}
    roles = {(each.member_id, each.kind, each.entity_id, each.venue_id) for each in await Role.all()}
    money = sum(each.credits_posted_cents for each in await Account.filter(kind="budget"))
    asked = done = 0
    for person in PEOPLE:
        client = await client_of()
        client.cookies.set(session.cookie_name(), world.tokens[person])
        for path, sent in (await forms_of(client, world)).items():
            more = {name: str(value) for name, value in EXTRAS.items() if name not in sent}
            answer = await client.post(path, data={**sent, **more})
            assert answer.status_code < 500, (person, path)
            asked, done = asked + 1, done + (answer.status_code == 303)
    assert asked > 100, "the pages show their forms no more"
    assert done > 60, "hardly anything was saved, so hardly anything could have been smuggled in"
    assert await smuggled(db) == []
    assert {each.id: each.member_id for each in await Reservation.filter(id__in=list(before))} == before
    assert {(each.member_id, each.kind, each.entity_id, each.venue_id) for each in await Role.all()} <= roles
    assert sum(each.credits_posted_cents for each in await Account.filter(kind="budget")) == money


async def test_the_search_finds_what_it_looks_for(world: World, db: str) -> None:
    await Member.filter(name="Zoe").update(home_city=WORD)
    assert [line.partition(":")[0] for line in await smuggled(db)] == ["member"]


async def test_programs_are_told(world: World, programs: dict[str, httpx.AsyncClient], db: str) -> None:  # noqa: F811
    """The door for programs refuses what it does not know, by name."""
    for number, row in enumerate(row for row in table.API if row.method != "GET"):
        answer = await programs["administrator"].request(
            row.method, address(row, world), json=EXTRAS, headers={"Idempotency-Key": f"extra-{number}"}
        )
        if "administrator" in row.who:
            assert answer.status_code == 422, (row.route, answer.text)
            assert "created_by" in answer.text
    assert [line for line in await smuggled(db) if not line.startswith("keyed_request")] == []

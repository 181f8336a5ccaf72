"""GET /budgets, /budgets/{id} and /budgets/{id}.csv."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from booking import budgets, reservations
from tests import make
from tests.make import NOW
from tests.queries import counted


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24)


@pytest.fixture
async def project(room: Any, alice: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=10_000, name="Comics")


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    early = NOW - timedelta(days=2)
    await make.reservation(room, alice, make.span("10:00", "11:00", days=-1), on=project, moment=early)
    await reservations.post_started(NOW - timedelta(hours=3))
    await make.reservation(room, alice, make.span(days=2), on=project, moment=NOW - timedelta(hours=2))
    dropped = await make.reservation(
        room, alice, make.span(days=3), on=project, moment=NOW - timedelta(hours=1)
    )
    await reservations.cancel(dropped.id, by=alice, at=NOW)
    client = await client_of(alice)

    cards = await client.get("/budgets")
    assert cards.status_code == 200
    for words in ("Comics", "€63.70", "€24.20", "€12.10", "Yours", f'href="/budgets/{project.id}"'):
        assert words in cards.text, words

    page = await client.get(f"/budgets/{project.id}")
    assert page.status_code == 200
    table = page.text.split("<tbody>")[1].split("</tbody>")[0]
    rows = [row for row in table.split("<tr>") if "<th" in row]
    assert len(rows) == 4
    assert "Freed" in rows[0]
    assert "Reserved" in rows[1]
    assert "(€24.20)" in rows[1]
    assert "Settled" in rows[2]
    assert "€12.10" in rows[2]
    assert "€87.90" in rows[2]
    assert "Allotment" in rows[3]
    assert "€100.00" in rows[3]
    assert "Quai" in rows[0]
    assert f"/reservations/{dropped.id}" in rows[0]


async def test_the_period(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    await make.reservation(room, alice, on=project)
    client = await client_of(alice)
    page = await client.get(f"/budgets/{project.id}", params={"first": "2026-11-23", "last": "2026-11-23"})
    assert "Balance before this period: €100.00." in page.text
    assert "Allotment" not in page.text.split("<tbody>")[1].split("</tbody>")[0]
    assert f"/budgets/{project.id}.csv?first=2026-11-23&amp;last=2026-11-23" in page.text
    wrong = await client.get(f"/budgets/{project.id}", params={"first": "2026-11-23", "last": "2026-11-01"})
    assert wrong.status_code == 422
    assert "The last day must not be before the first." in wrong.text
    assert (await client.get(f"/budgets/{project.id}", params={"first": "soon"})).status_code == 422


async def test_the_file(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    room.name = "=HYPERLINK(1)"
    await room.save(update_fields=["name"])
    await make.reservation(room, alice, on=project)
    answer = await (await client_of(alice)).get(f"/budgets/{project.id}.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="statement-{project.number}.csv"'
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == 3
    assert rows[0][0] == "Date"
    assert rows[1][2] == "Allotment"
    assert rows[2][1].startswith("'=HYPERLINK(1)")
    assert rows[2][-3:] == ["24.20", "100.00", "EUR"]


async def test_the_owner_sees_who_may_book(client_of: Any, alice: Any, project: Any) -> None:
    bob = await make.member("Bob")
    await budgets.share_with(project, bob.id, reservation_limit_cents=5000, at=NOW)
    page = (await (await client_of(alice)).get(f"/budgets/{project.id}")).text
    assert "Who may book on it" in page
    assert "Bob" in page
    assert "€50.00" in page
    theirs = (await (await client_of(bob)).get(f"/budgets/{project.id}")).text
    assert "Who may book on it" not in theirs
    assert "€50.00" not in theirs


async def test_a_user_finds_no_link_to_bookings_of_others(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    bob = await make.member("Bob")
    await budgets.share_with(project, bob.id, at=NOW)
    booked = await make.reservation(room, alice, on=project)
    page = (await (await client_of(bob)).get(f"/budgets/{project.id}")).text
    assert "(€24.20)" in page
    assert str(booked.id) not in page


async def test_the_treasurer_reads_those_of_the_entity(client_of: Any, alice: Any, project: Any) -> None:
    theo = await make.member("Theo")
    await make.role("treasurer", theo, entity=project.entity)
    client = await client_of(theo)
    assert "Comics" in (await client.get("/budgets")).text
    assert (await client.get(f"/budgets/{project.id}")).status_code == 200
    assert (await client.get(f"/budgets/{project.id}.csv")).status_code == 200
    elsewhere = await make.activity(await make.member("Bob"), name="Canary song")
    assert "Canary" not in (await client.get("/budgets")).text
    assert (await client.get(f"/budgets/{elsewhere.id}")).status_code == 404


@pytest.mark.parametrize("path", ["", ".csv"])
async def test_nobody_else_learns_that_it_exists(client_of: Any, project: Any, path: str) -> None:
    client = await client_of(await make.member("Charlie"))
    theirs = await client.get(f"/budgets/{project.id}{path}")
    nothing = await client.get(f"/budgets/999999{path}")
    assert theirs.status_code == nothing.status_code == 404
    assert "Comics" not in theirs.text
    assert "Comics" not in (await client.get("/budgets")).text


async def test_a_stranger_signs_in_first(client: Any, project: Any) -> None:
    for path in ("/budgets", f"/budgets/{project.id}", f"/budgets/{project.id}.csv"):
        assert (await client.get(path)).status_code == 303


async def test_no_activity_yet(client_of: Any, alice: Any) -> None:
    page = await (await client_of(alice)).get("/budgets")
    assert "No Activity yet" in page.text
    assert "Find an adviser" in page.text


async def test_as_many_queries_for_many_as_for_few(client_of: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)

    async def asked(path: str) -> int:
        with counted() as queries:
            assert (await client.get(path)).status_code == 200
        return len(queries)

    async def allot(first: int, last: int) -> None:
        for number in range(first, last):
            await budgets.allot(f"many-{number}", project, 100, at=NOW - timedelta(days=9))

    paths = ("/budgets", f"/budgets/{project.id}", f"/budgets/{project.id}.csv")
    await allot(0, 10)
    few = [await asked(path) for path in paths]
    await allot(10, 300)
    assert [await asked(path) for path in paths] == few
    second = (await client.get(f"/budgets/{project.id}?page=2")).text
    assert "page=3" in second


async def test_the_statement_speaks_the_readers_language(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    room.names = {"en": room.name, "fr": "Salle du quai"}
    await room.save(update_fields=["names"])
    await make.reservation(room, alice, on=project)
    alice.language = "fr"
    await alice.save(update_fields=["language"])
    client = await client_of(alice)
    page = (await client.get(f"/budgets/{project.id}")).text
    assert "Salle du quai" in page
    rows = list(csv.reader(io.StringIO((await client.get(f"/budgets/{project.id}.csv")).text)))
    assert [row[2] for row in rows[1:]] == ["Dotation", "Réservé"]
    assert rows[2][1].startswith("Salle du quai, ")

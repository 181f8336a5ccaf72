"""GET /budgets/{id}.pdf: a statement on paper, read back as text."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from pypdf import PdfReader

from booking import budgets, reservations
from tests import make
from tests.make import NOW

MM = 72 / 25.4


@pytest.fixture
async def alice(db: str) -> Any:
    return await make.member("Alice")


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai", free_until_hours=24)


@pytest.fixture
async def project(room: Any, alice: Any) -> Any:
    return await make.activity(alice, of=room.venue.entity, cents=10_000, name="Comics")


def pages_of(octets: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(octets)).pages]


async def test_it_works(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    early = NOW - timedelta(days=2)
    await make.reservation(room, alice, make.span("10:00", "11:00", days=-1), on=project, moment=early)
    await reservations.post_started(NOW - timedelta(hours=3))
    await make.reservation(room, alice, make.span(days=2), on=project, moment=NOW - timedelta(hours=2))
    client = await client_of(alice)
    page = await client.get(f"/budgets/{project.id}")
    assert f'href="/budgets/{project.id}.pdf"' in page.text

    answer = await client.get(f"/budgets/{project.id}.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="statement-{project.number}.pdf"'
    assert answer.headers["cache-control"] == "private, no-store"
    paper = PdfReader(io.BytesIO(answer.content))
    [sheet] = paper.pages
    assert (round(sheet.mediabox.width / MM), round(sheet.mediabox.height / MM)) == (210, 297)
    assert paper.metadata is not None
    assert paper.metadata.title == "Statement: Comics"
    text = sheet.extract_text()
    for words in (
        "Comics",
        f"Activity {project.number} at {room.venue.entity.name}",
        "Everything",
        "Allotment €100.00 €100.00",
        "Settled €12.10 €87.90",
        "Reserved €24.20 €87.90",
        "Quai, ",
        "In all €12.10 €100.00 €24.20 €87.90",
        "Page 1 of 1",
    ):
        assert words in text, text
    assert (await client.get(f"/budgets/{project.id}.pdf")).content == answer.content


async def test_the_same_rows_as_the_csv(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    for day in range(1, 4):
        await make.reservation(
            room, alice, make.span(days=day), on=project, moment=NOW - timedelta(days=4 - day)
        )
    client = await client_of(alice)
    for asked in ({}, {"first": "2026-11-21", "last": "2026-11-22"}, {"first": "2027-01-01"}):
        table = (await client.get(f"/budgets/{project.id}.csv", params=asked)).text
        rows = list(csv.reader(io.StringIO(table)))[1:]
        [text] = pages_of((await client.get(f"/budgets/{project.id}.pdf", params=asked)).content)
        told = [words for words in text.splitlines() if words.startswith(("Reserved €", "Allotment €"))]
        assert [words.split()[0] for words in told] == [row[2] for row in rows]
        assert [words.split()[-1] for words in told] == [f"€{row[7]}" for row in rows]
        assert ("Nothing has moved in this time." in text) == (not rows)
    assert "Balance before this period €100.00" in text
    assert "From Fri, 1 Jan 2027 on" in text


async def test_a_long_one_goes_over_pages(client_of: Any, alice: Any, project: Any) -> None:
    for number in range(120):
        await budgets.allot(f"many-{number}", project, 100 + number, at=NOW - timedelta(days=9))
    pages = pages_of((await (await client_of(alice)).get(f"/budgets/{project.id}.pdf")).content)
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert "Date Entry State Out In Reserved Balance" in text
        assert f"Page {number} of {len(pages)}" in text
    assert sum(text.count("Allotment €") for text in pages) == 121
    assert ["In all €" in text for text in pages] == [False] * (len(pages) - 1) + [True]


async def test_too_long_for_paper(
    client_of: Any, alice: Any, project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "PDF_LINES_MAX", 1)
    await budgets.allot("second", project, 100, at=NOW - timedelta(days=9))
    client = await client_of(alice)
    answer = await client.get(f"/budgets/{project.id}.pdf")
    assert answer.status_code == 422
    assert "A PDF holds at most 1 movements." in answer.text
    assert "<h1>Comics</h1>" in answer.text
    assert (await client.get(f"/budgets/{project.id}.csv")).status_code == 200


async def test_a_wrong_period_shows_the_page(client_of: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    answer = await client.get(
        f"/budgets/{project.id}.pdf", params={"first": "2026-11-23", "last": "2026-11-01"}
    )
    assert answer.status_code == 422
    assert "The last day must not be before the first." in answer.text
    assert 'value="2026-11-23"' in answer.text


async def test_who_may_have_it(client_of: Any, room: Any, alice: Any, project: Any) -> None:
    theo, bob = await make.member("Theo"), await make.member("Bob")
    await make.role("treasurer", theo, entity=project.entity)
    await budgets.share_with(project, bob.id, at=NOW)
    stella = await make.manager(room.venue)
    who = [(None, 303), (await make.member("Charlie"), 404), (stella, 404), (theo, 200), (bob, 200)]
    for member, status in who:
        answer = await (await client_of(member)).get(f"/budgets/{project.id}.pdf")
        assert answer.status_code == status
        assert status == 200 or "Comics" not in answer.text
    assert (await (await client_of(alice)).get("/budgets/999999.pdf")).status_code == 404


async def test_in_the_readers_language_and_never_as_markup(
    client_of: Any, room: Any, alice: Any, project: Any
) -> None:
    room.names = {"en": room.name, "fr": "Salle *du* #quai $x$"}
    await room.save(update_fields=["names"])
    await make.reservation(room, alice, on=project)
    alice.language = "fr"
    await alice.save(update_fields=["language"])
    [text] = pages_of((await (await client_of(alice)).get(f"/budgets/{project.id}.pdf")).content)
    assert "Salle *du* #quai $x$" in text
    assert "Date Opération État Sorties Entrées Réservé Solde" in text
    assert "Page 1 sur 1" in text


async def test_not_without_end(client_of: Any, alice: Any, project: Any) -> None:
    client = await client_of(alice)
    answers = [
        await client.get(f"/budgets/{project.id}.pdf?first=2026-11-02&last=2026-11-01") for _ in range(21)
    ]
    assert [answer.status_code for answer in answers] == [422] * 20 + [429]

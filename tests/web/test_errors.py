"""Every exception as an answer with a way out, in the visitor's language, as a page or as a part of one."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import OperationalError

from booking.errors import Busy, NotFound, Refused, SignInNeeded, TooMany
from booking.i18n import lazy
from tests import make

NOWHERE = ["/no-such-page", "/sign-in/not-a-uuid", "/sign-in/demo/x", "/static/x.css", "/%00", "/é"]
KINDS = ["multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain", ""]


class Full(Refused):
    code = "full"
    text = lazy("%(name)s is full.")
    rule = lazy("At most %(most)d people.")


def raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Make the page /help fail in this way."""

    async def broken(*_args: Any, **_more: Any) -> Any:
        raise error

    # Only the operation below the page is replaced, so the way from exception to answer is the real one.
    monkeypatch.setattr("booking.members.sign_in.ask", broken)


async def ask(client: Any, **headers: str) -> Any:
    return await client.post("/sign-in", data={"email": "x@example.org"}, headers=headers)


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (Full(name="Quai", most=8), 409, "Quai is full."),
        (NotFound(), 404, "Nothing here"),
        (TooMany(90), 429, "in 2 minutes"),
        (Busy(), 503, "Nothing was done"),
        (ZeroDivisionError("secret detail"), 500, "Something broke"),
        (OperationalError(ConnectionRefusedError()), 503, "Nothing was done"),
        (asyncpg.DeadlockDetectedError(), 503, "Nothing was done"),
    ],
)
async def test_it_works(
    client: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, says: str
) -> None:
    raising(monkeypatch, error)
    answer = await ask(client)
    assert answer.status_code == status
    assert says in answer.text
    assert 'href="/"' in answer.text
    assert "<h1>" in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


async def test_when_to_come_back(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, TooMany(90))
    assert (await ask(client)).headers["retry-after"] == "90"
    raising(monkeypatch, Busy())
    assert (await ask(client)).headers["retry-after"] == "5"


async def test_a_mishap_tells_its_number(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, RuntimeError())
    answer = await ask(client)
    assert answer.headers["x-request-id"] in answer.text


async def test_the_log_holds_the_trace_and_no_values(
    client: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, RuntimeError("told"))
    await client.post(
        "/sign-in", data={"email": "canary@example.org"}, headers={"Cookie": "desk_session=canary-token"}
    )
    said = capsys.readouterr().out
    assert "RuntimeError" in said
    assert "sign_in.py" in said
    assert "canary" not in said


async def test_sign_in_needed(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, SignInNeeded("/reservations?x=1"))
    answer = await ask(client)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Freservations%3Fx%3D1")


async def test_a_form_leads_back_to_its_page(client: Any) -> None:
    came_from = {"Referer": "http://localhost:8000/resources/7?day=2026-11-24"}
    answer = await client.post("/settings", data={}, headers=came_from)
    assert answer.headers["location"] == "/sign-in?next=%2Fresources%2F7%3Fday%3D2026-11-24"
    foreign = await client.post("/settings", data={}, headers={"Referer": "http://evil.example/resources/7"})
    assert foreign.headers["location"] == "/sign-in"


async def test_a_part_of_a_page_takes_the_whole_page_along(client: Any) -> None:
    part = {"HX-Request": "true", "HX-Current-URL": "http://localhost:8000/resources/7"}
    answer = await client.get("/settings", headers=part)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/sign-in?next=%2Fresources%2F7")


async def test_a_part_of_a_page_gets_a_part(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raising(monkeypatch, Full(name="Quai", most=8))
    answer = await ask(client, **{"HX-Request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert "Quai is full." in answer.text
    assert "HX-Request" in answer.headers["vary"]
    raising(monkeypatch, RuntimeError())
    assert "<html" not in (await ask(client, **{"HX-Request": "true"})).text


@pytest.mark.parametrize(
    "path", ["/no-such-page", "/sign-in/not-a-uuid", "/sign-in/demo/x", "/static/x.css", "/%00", "/é"]
)
async def test_nothing_there(client: Any, path: str) -> None:
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/resources/" + "9" * 30, "/budgets/" + "9" * 30, "/venues/" + "x" * 3000, "/venues/%00", "/manage/%00"],
)
async def test_an_address_that_no_row_can_have(client_of: Any, path: str) -> None:
    client = await client_of(await make.member("Alice"))
    assert (await client.get(path)).status_code == 404


async def test_a_wrong_method(client: Any) -> None:
    answer = await client.delete("/sign-in")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) >= {"GET"}
    assert "<h1>" in answer.text


async def test_missing_and_forbidden_look_alike(client_of: Any) -> None:
    client = await client_of(await make.member())
    missing = await client.get("/no-such-page")
    forbidden = await client.get("/demo/mails")
    assert (missing.status_code, forbidden.status_code) == (404, 404)
    assert missing.text.replace("/no-such-page", "") == forbidden.text.replace("/demo/mails", "")


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain", ""]
)
async def test_bodies_that_cannot_be_read(client: Any, kind: str) -> None:
    answer = await client.post("/sign-in", content=b"\x00\xff--x\r\n{", headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


async def test_too_many_fields(client: Any) -> None:
    answer = await client.post("/sign-in", data={f"field{number}": "x" for number in range(300)})
    assert answer.status_code == 400


async def test_files_are_not_taken(client: Any) -> None:
    answer = await client.post("/sign-in", data={"email": "x@example.org"}, files={"file": b"x"})
    assert answer.status_code == 400


async def test_in_the_visitors_language(client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await client_of(**{"Accept-Language": "nl"})
    for error in (RuntimeError(), NotFound(), Busy()):
        raising(monkeypatch, error)
        assert '<html lang="nl"' in (await ask(client)).text


async def test_without_a_database(client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await client_of(await make.member())

    async def gone(*_args: Any) -> Any:
        raise OperationalError(ConnectionRefusedError("no database"))

    monkeypatch.setattr("booking.members.sessions.find", gone)
    answer = await client.get("/help")
    assert answer.status_code == 503
    assert "no database" not in answer.text
    assert (await client.get("/health")).status_code == 200
    assert (await client.get("/robots.txt")).status_code == 200


async def test_an_error_page_that_fails_is_still_an_answer(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise LookupError("no template")

    monkeypatch.setattr("booking.web.pages.render", broken)
    answer = await client.get("/help")
    assert (answer.status_code, answer.text) == (500, "500")

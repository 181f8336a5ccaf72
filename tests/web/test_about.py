"""Pages about the service, the demonstration's mails, and what machines ask."""

from __future__ import annotations

import ast
import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

import settings
from booking import db as database
from booking.web import about


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/help", "For members and guests"),
        ("/accessibility", "WCAG 2.2"),
        ("/sources", "Natural Earth"),
        ("/sources", "GeoNames"),
        ("/privacy", "Your rights"),
    ],
)
async def test_it_works(client: Any, path: str, says: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert says in answer.text


async def test_all_licences_have_their_line(client: Any) -> None:
    page = (await client.get("/sources")).text
    for name in ("CC BY 4.0", "SIL Open Font License", "ISC", "Unicode License", "Belgium", "Sweden"):
        assert name in page


@pytest.fixture
def mails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demonstration with two mails, the older one with markup in it."""
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    for age, (name, subject, text) in enumerate(
        [
            ("newer", "Your booking", "Dear Alice,\n\nhttps://desk.example/x\n"),
            ("older", "<b>Old</b>", '<script>alert(1)</script> http://x.example/"onclick=1'),
        ]
    ):
        message = EmailMessage()
        message["To"], message["Subject"] = "Alice <alice@example.org>", subject
        message.set_content(text)
        message.add_attachment(
            b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="booking.ics"
        )
        path = tmp_path / f"{name}.eml"
        path.write_bytes(bytes(message))
        os.utime(path, (1_700_000_000 - age, 1_700_000_000 - age))
    return tmp_path


async def test_the_mails_of_the_demonstration(client: Any, mails: Path) -> None:
    page = (await client.get("/demo/mails")).text
    assert page.index("Your booking") < page.index("&lt;b&gt;Old")
    one = (await client.get("/demo/mails/newer")).text
    assert 'href="https://desk.example/x"' in one
    assert "booking.ics" in one


async def test_mails_hold_no_markup(client: Any, mails: Path) -> None:
    page = (await client.get("/demo/mails/older")).text
    assert "<script>alert" not in page
    assert '"onclick' not in page


async def test_no_mails_yet(client: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "DEMO", True)
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path / "not-there")
    assert "No mails yet" in (await client.get("/demo/mails")).text


@pytest.mark.parametrize("name", ["unknown", "..%2f..%2fetc%2fpasswd", "newer.eml", "%00"])
async def test_no_other_files(client: Any, mails: Path, name: str) -> None:
    assert (await client.get(f"/demo/mails/{name}")).status_code == 404


async def test_no_mails_outside_the_demonstration(
    client: Any, mails: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DEMO", False)
    assert (await client.get("/demo/mails")).status_code == 404
    assert (await client.get("/demo/mails/newer")).status_code == 404


async def test_alive_and_ready(client: Any) -> None:
    assert (await client.get("/health")).json() == {"alive": True}
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "database": True, "migrated": True})


async def test_not_ready_before_the_migrations(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(about, "expected_migrations", lambda: frozenset({"9999_future"}))
    answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": True, "migrated": False})


async def test_not_ready_without_tables(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    real = database.rows

    async def no_tables(sql: str, *values: Any) -> Any:
        if "tortoise" in sql:
            raise LookupError("no such table")
        return await real(sql, *values)

    monkeypatch.setattr(database, "rows", no_tables)
    assert (await client.get("/ready")).json() == {"ready": False, "database": True, "migrated": False}


async def test_not_ready_without_a_database(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_args: Any) -> Any:
        raise ConnectionRefusedError("postgres://user:secret@host")

    monkeypatch.setattr(database, "rows", gone)
    answer = await client.get("/ready")
    assert answer.status_code == 503
    assert "secret" not in answer.text
    assert (await client.get("/health")).status_code == 200


async def test_robots(client: Any) -> None:
    text = (await client.get("/robots.txt")).text
    assert "Disallow: /reservations" in text
    assert "Disallow: /venues" not in text


async def test_the_manifest(client: Any) -> None:
    answer = await client.get("/manifest.webmanifest")
    assert answer.headers["content-type"] == "application/manifest+json"
    told = answer.json()
    assert told["start_url"] == "/"
    assert (await client.get(told["icons"][0]["src"])).status_code == 200


def test_the_privacy_page_names_every_cookie() -> None:
    """Each call of `set_cookie` in the pages, by the name it gives."""
    found = set()
    for path in Path("booking/web").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "set_cookie":
                name = node.args[1]
                found.add(name.value if isinstance(name, ast.Constant) else constants[ast.unparse(name)])
    assert found == set(about.COOKIES)


async def test_the_privacy_page_shows_them(client: Any) -> None:
    page = (await client.get("/privacy")).text
    assert all(f"desk_{name}" in page for name in about.COOKIES)

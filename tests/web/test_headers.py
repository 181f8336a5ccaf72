"""Headers and cookies of every answer: pages, files, redirects, errors."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.convertors import StringConvertor, UUIDConvertor
from starlette.routing import Mount, Route

import settings
from booking.api import webhooks
from booking.api.problems import BASE
from booking.api.routes import routes as api_routes
from booking.app import create_app
from booking.convertors import Id, Key, StayId
from booking.web import session
from booking.web.assets import asset
from booking.web.middleware import masked
from booking.web.routes import routes
from tests import make
from tests.conftest import NOW

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
FILLED = {Id: "1", StayId: "1", Key: "unknown", UUIDConvertor: str(uuid4()), StringConvertor: "unknown"}
OTHER_HOSTS = [
    "evil.example",
    "localhost.evil.example",
    "localhost:8000.evil.example",
    "",
    "evil.example:8000",
]


def every_request() -> list[tuple[str, str]]:
    """(method, path) of every route, with something in each place."""
    found = []
    programs = [(BASE, route) for route in api_routes]
    for base, route in [*programs, *(("", route) for route in [*webhooks.routes, *routes])]:
        if isinstance(route, Route):
            path = base + route.path_format
            for name, convertor in route.param_convertors.items():
                path = path.replace(f"{{{name}}}", FILLED[type(convertor)])
            found += [(method, path) for method in sorted(route.methods or [])]
        else:
            assert isinstance(route, Mount)
            found += [("GET", f"{route.path}/unknown.css"), ("GET", asset("app.css"))]
    return [*found, ("GET", "/no-such-page"), ("PUT", "/sign-in"), ("TRACE", "/"), ("POST", "/%00")]


def is_covered(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert len(headers["x-request-id"]) == 32
    for cookie in headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie


async def test_it_works(client_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger, member = await client_of(), await client_of(await make.member())
    for method, path in every_request():
        for client in (stranger, member):
            answer = await client.request(method, path)
            assert answer.status_code < 500, (method, path)
            is_covered(answer)


async def test_token_pages_tell_nobody(client: Any) -> None:
    for path in ("/sign-in/link/" + "x" * 43, "/feeds/" + "x" * 43 + ".ics"):
        assert (await client.get(path)).headers["referrer-policy"] == "no-referrer"


async def test_on_mishaps_too(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("booking.members.sign_in.ask", broken)
    answer = await client.post("/sign-in", data={"email": "x@example.org"})
    assert answer.status_code == 500
    is_covered(answer)


async def test_on_a_wrong_host_and_a_body_too_long(client: Any) -> None:
    wrong_host = await client.get("/help", headers={"Host": "evil.example"})
    too_long = await client.post("/sign-in", content=b"x" * (1024 * 1024 + 1))
    assert (wrong_host.status_code, too_long.status_code) == (400, 413)
    is_covered(wrong_host)
    is_covered(too_long)


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:8000.evil.example", "", "evil.example:8000"]
)
async def test_other_hosts(client: Any, host: str) -> None:
    answer = await client.get("/help", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


async def test_a_forged_host_reaches_no_page(client: Any) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = await client.get("/settings", headers=forged)
    assert answer.headers["location"].startswith("/sign-in")
    assert "evil" not in (await client.get("/help", headers=forged)).text


async def test_cookies_without_tls(client_of: Any, db: str) -> None:
    client = await client_of(await make.member())
    answer = await client.post("/sign-out")
    names = [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
    assert sorted(names) == ["desk_flash", "desk_session", "desk_unsent"]  # and what was typed goes with it
    assert "strict-transport-security" not in answer.headers


async def test_cookies_and_headers_with_tls(db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "BASE_URL", "https://desk.example")
    monkeypatch.setattr(settings, "DEMO", True)
    alice = await make.member(demo=True)
    app = create_app()
    app.state.clock = lambda: NOW
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
        answers = [
            await client.post(
                "/sign-in/demo", data={"email": alice.email}, headers={"Origin": "https://desk.example"}
            ),
            await client.post("/sign-in", data={"email": "x@example.org"}),
            await client.post("/settings/theme", data={"theme": "dark"}),
        ]
        assert (await client.get("/settings")).status_code == 200
        foreign = await client.post("/sign-out", headers={"Origin": "http://desk.example.evil"})
        assert foreign.status_code == 403
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) >= 5
    for cookie in cookies:
        assert cookie.startswith("__Host-desk_")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Domain" not in cookie
    for answer in answers:
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_private_pages_are_not_stored(client_of: Any) -> None:
    member, stranger = await client_of(await make.member()), await client_of()
    assert (await member.get("/settings")).headers["cache-control"] == "no-store"
    assert (await member.get("/help")).headers["cache-control"] == "no-store"
    assert (await stranger.get("/help")).headers["cache-control"] == "private, no-cache"
    assert (await stranger.get("/settings")).headers["cache-control"] == "no-store"


async def test_html_is_packed(client: Any) -> None:
    plain = await client.get("/help", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/help", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.text == plain.text
    assert "Accept-Encoding" in plain.headers["vary"]
    refused = await client.get("/help", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers
    assert gzip.compress(plain.content, 5, mtime=0)


async def test_only_html_is_packed_here(client: Any) -> None:
    for path in ("/robots.txt", "/health", "/manifest.webmanifest"):
        assert "content-encoding" not in (await client.get(path)).headers


async def test_one_id_from_browser_to_log(client: Any) -> None:
    given = await client.get("/help", headers={"X-Request-ID": "abc-12345678"})
    assert given.headers["x-request-id"] == "abc-12345678"
    forged = await client.get("/help", headers={"X-Request-ID": 'x" injected=1'})
    assert len(forged.headers["x-request-id"]) == 32


def test_secrets_stay_out_of_the_log() -> None:
    assert masked("/feeds/abcdefghijkl.ics") == "/feeds/abcdef…"
    assert masked("/sign-in/link/abcdefghijkl") == "/sign-in/link/abcdef…"
    assert masked("/mails/1.reminders.abcdefghijkl") == "/mails/1.remi…"
    assert masked("/reservations/abcdefghijkl") == "/reservations/abcdefghijkl"


@pytest.mark.parametrize("text", ["", "x", "a.b", "0" * 32 + ".W10", "0" * 32 + ".%%%", "ü.ü"])
def test_nobody_else_writes_flashes(text: str) -> None:
    assert session.read_flashes(text) == []

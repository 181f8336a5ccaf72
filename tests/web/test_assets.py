"""The built front end as a browser gets it: hashed addresses, compressed twins, long memory."""

import gzip
import json

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from booking.web import assets

CSS = b"body{color:red}"


@pytest.fixture
def dist(tmp_path, monkeypatch):
    """A built front end of one stylesheet with its twins, one font, and one file without a hash."""
    (tmp_path / "manifest.json").write_text(
        json.dumps({"app.css": "app-1234.css", "a.woff2": "a-5678.woff2"})
    )
    (tmp_path / "app-1234.css").write_bytes(CSS)
    (tmp_path / "app-1234.css.br").write_bytes(b"brotli bytes")
    (tmp_path / "app-1234.css.gz").write_bytes(gzip.compress(CSS))
    (tmp_path / "a-5678.woff2").write_bytes(b"font")
    (tmp_path / "europe.json").write_text("{}")
    monkeypatch.setattr(assets, "DIST", tmp_path)
    assets.manifest.cache_clear()
    yield tmp_path
    assets.manifest.cache_clear()


async def get(path: str, **headers: str) -> httpx.Response:
    app = Starlette(routes=[Mount(assets.MOUNT, assets.static_files())])
    headers.setdefault("accept-encoding", "identity")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://desk.example"
    ) as client:
        return await client.get(path, headers=headers)


async def test_it_works(dist):
    assert assets.asset("app.css") == "/static/app-1234.css"
    answer = await get("/static/app-1234.css")
    assert answer.status_code == 200
    assert answer.content == CSS
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accept", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
async def test_the_best_encoding_the_browser_takes(dist, accept, encoding):
    app = Starlette(routes=[Mount(assets.MOUNT, assets.static_files())])
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk.example") as client,
        client.stream("GET", "/static/app-1234.css", headers={"accept-encoding": accept}) as answer,
    ):
        body = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    name = {"br": "app-1234.css.br", "gzip": "app-1234.css.gz", None: "app-1234.css"}[encoding]
    assert body == (dist / name).read_bytes()


async def test_a_font_is_sent_as_it_is(dist):
    answer = await get("/static/a-5678.woff2", **{"accept-encoding": "br"})
    assert answer.headers["content-type"] == "font/woff2"
    assert "vary" not in answer.headers
    assert "content-encoding" not in answer.headers


async def test_not_modified(dist):
    first = await get("/static/app-1234.css")
    again = await get("/static/app-1234.css", **{"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["vary"] == "Accept-Encoding"


async def test_a_name_without_a_hash_is_asked_for_again(dist):
    assert (await get("/static/europe.json")).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/", "/static/..%2fsecret.txt"])
async def test_nothing_else_is_served(dist, path):
    (dist.parent / "secret.txt").write_text("secret")
    answer = await get(path)
    assert answer.status_code == 404
    assert b"secret" not in answer.content


def test_without_a_build_it_says_what_to_do(dist):
    (dist / "manifest.json").unlink()
    with pytest.raises(assets.AssetsMissing, match="make setup"):
        assets.asset("app.css")
    with pytest.raises(assets.AssetsMissing, match="make setup"):
        assets.static_files()


def test_an_unknown_name_is_an_error(dist):
    with pytest.raises(assets.AssetsMissing, match=r"app\.cs "):
        assets.asset("app.cs")

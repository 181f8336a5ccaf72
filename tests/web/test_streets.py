"""Routes are found by the first piece of their path, and the answers are those of Starlette's own search."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route, Router

from booking.web.routes import routes
from booking.web.streets import Streets
from tests.bench.measuring import ask


async def said(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {sorted(request.path_params.items())}")


OURS = [
    Route("/", said),
    Route("/a/b", said),
    Route("/a/{name}", said),
    Route("/a/{name}", said, methods=["POST"]),
    Route("/b", said),
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/a/b", "/a/c", "/a/c/", "/b", "/b/", "/c", "//", "/a"])
async def test_it_works(path: str, method: str) -> None:
    plain, sorted_ = Router(OURS), Router([Streets(OURS)])
    assert await ask(sorted_, path, method) == await ask(plain, path, method)


def test_a_path_that_begins_with_a_parameter_has_no_street() -> None:
    with pytest.raises(ValueError, match="fixed piece"):
        Streets([Route("/{anything}", said)])


def test_every_route_of_ours_has_one() -> None:
    streets = Streets(routes)
    assert sum(len(each) for each in streets.by_first.values()) == len(routes)
    scope = {"type": "http", "path": "/nowhere", "method": "GET"}
    assert streets.matches(scope)[0] is Match.NONE

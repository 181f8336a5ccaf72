"""The OpenAPI description: valid, complete, and nothing in it that is not so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from starlette.routing import Route

from booking.api import describing, problems
from booking.api.routes import OPERATIONS, routes
from booking.members import tokens

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return describing.describe(OPERATIONS)


async def test_it_works(program):
    nobody = await program()
    answer = await nobody.get("/openapi.json")
    assert answer.json()["openapi"] == "3.1.0"
    assert answer.json() == describing.describe(OPERATIONS)
    again = await nobody.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_it_is_valid(document):
    schemathesis.openapi.from_dict(document).validate()
    document = describing.describe(OPERATIONS)
    document["paths"]["/me"]["get"]["parameters"] = [{"name": "x"}]
    with pytest.raises(Exception, match=r"(?i)param|valid|oneOf|anyOf"):
        schemathesis.openapi.from_dict(document).validate()


def test_each_route_is_in_it(document):
    served = {
        (re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path), method.lower())
        for route in routes
        if isinstance(route, Route) and route.path != "/openapi.json"
        for method in (route.methods or set()) - {"HEAD"}
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert told == served
    assert len(told) == len(OPERATIONS)


def test_every_reference_leads_somewhere(document):
    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*(references(each) for each in part.values()))
        return set().union(*(references(each) for each in part)) if isinstance(part, list) else set()

    for reference in references(document):
        found: Any = document
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]


def test_each_operation_says_what_it_does_and_needs(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"].endswith(".")
    for operation in OPERATIONS:
        assert operation.scope in {"", *tokens.SCOPES}
        assert operation.writes <= bool(operation.body and operation.scope)


def test_every_code_is_in_the_documentation():
    text = (ROOT / "docs" / "api.md").read_text()
    told = {
        (code, int(status)) for code, status in re.findall(r"^\| `([a-z_]+)` \| (\d+) \|", text, re.MULTILINE)
    }
    assert told == {(code, status) for code, (status, _meaning) in problems.codes().items()}


def test_every_scope_and_operation_is_in_the_documentation():
    text = (ROOT / "docs" / "api.md").read_text()
    for scope in tokens.SCOPES:
        assert re.search(rf"^\| `{scope}` \|", text, re.MULTILINE)
    for operation in OPERATIONS:
        path = re.sub(r"\{(\w+):\w+\}", r"{\1}", operation.path)
        assert f"`{operation.method} {path}`" in text, path

"""From a row of the table to an answer: who asks, may their key do that, what do they ask, act, answer.

Every operation goes through `run`, in this order: token (401), scope (403), rate (429), query and body (413, 415, 422),
and the key of a writing request. The operation's own function gets a `Call` and gives back what is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from booking import i18n, limits, members
from booking.api import once, reading
from booking.api.problems import Failed
from booking.api.shapes import Asked
from booking.members import ApiToken, Member, Roles

# How often per minute and token, by kind.
RATES = {"read": 300, "search": 120, "write": 60}
RATE_SECONDS = 60


@dataclass
class Call:
    """One request as its operation sees it: `query` and `body` are in the shapes that the table names."""

    request: Request
    at: datetime
    token: ApiToken | None = None
    query: Any = None
    body: Any = None
    raw: bytes = b""
    _roles: Roles | None = field(default=None, repr=False)

    @property
    def member(self) -> Member:
        """Who acts. Only for operations that ask for a scope."""
        assert self.token is not None
        return self.token.member

    @property
    def path(self) -> dict[str, Any]:
        return self.request.path_params

    async def roles(self) -> Roles:
        """What the member may do now."""
        if self._roles is None:
            self._roles = await members.active(self.member, self.at)
        return self._roles

    def new_id(self) -> UUID:
        """The id of what this request makes."""
        return once.id_for(self.request, self.raw, self.member.id)


@dataclass(frozen=True)
class Made:
    """Something new, and its address."""

    told: BaseModel
    location: str


@dataclass(frozen=True)
class Accepted:
    """Understood, and to be done when somebody has paid: 202 with what stands until then."""

    told: BaseModel


Act = Callable[[Call], Awaitable[BaseModel | Made | Accepted]]


@dataclass(frozen=True)
class Operation:
    """One row of the table. `name` is the operationId; no `scope`: open to everyone. `refuses`: a reading that a rule
    may refuse, as writing may. `accepts`: when it answers 202, in words."""

    name: str
    method: str
    path: str
    act: Act
    told: type[BaseModel]
    summary: str
    tag: str
    scope: str = ""
    query: type[Asked] | None = None
    body: type[Asked] | None = None
    status: int = 200
    rate: str = "read"
    refuses: bool = False
    accepts: str = ""

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def routes_of(operations: Sequence[Operation]) -> list[BaseRoute]:
    """One route per address, so that it knows all its methods. GET answers HEAD too."""
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    return [_route(path, found) for path, found in by_path.items()]


def _route(path: str, found: dict[str, Operation]) -> BaseRoute:
    async def endpoint(request: Request) -> Response:
        return await run(found["GET" if request.method == "HEAD" else request.method], request)

    return Route(path, endpoint, methods=list(found), name=next(iter(found.values())).name)


async def run(operation: Operation, request: Request) -> Response:
    """The whole way of one request. Raises what `problems.answer_to` turns into answers."""
    call = Call(request, request.scope["desk.at"])
    speaking: Any = nullcontext()
    if operation.scope:
        call.token = await _token(request, operation.scope, call.at)
        request.scope["desk.token"] = call.token
        if "accept-language" not in request.headers:
            request.scope["desk.speaks"] = call.member.language, call.member.clock_hours
            speaking = i18n.speaking_to(call.member)
    with speaking:
        if call.token:
            rate = "write" if operation.writes else operation.rate
            await limits.count(
                f"api:{rate}:{call.token.id}", most=RATES[rate], per_seconds=RATE_SECONDS, at=call.at
            )
        if operation.query:
            call.query = reading.query_of(request, operation.query)
        if operation.body:
            call.raw = await reading.body_of(request)
            call.body = reading.shaped(call.raw, operation.body)

        async def act() -> Response:
            return _answer(operation, await operation.act(call))

        if not operation.writes:
            return await act()
        return await once.once(request, call.raw, act, member_id=call.member.id, at=call.at)


async def _token(request: Request, scope: str, at: datetime) -> ApiToken:
    """The living token of the request. Raises Failed with 401 or 403."""
    kind, _blank, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text.strip():
        raise Failed("token_missing", {"WWW-Authenticate": 'Bearer realm="desk"'})
    token = await members.tokens.find(text.strip(), at)
    if token is None:
        raise Failed("token_invalid", {"WWW-Authenticate": 'Bearer realm="desk", error="invalid_token"'})
    if scope not in token.scopes:
        asks = f'Bearer realm="desk", error="insufficient_scope", scope="{scope}"'
        raise Failed("scope_missing", {"WWW-Authenticate": asks}, scope=scope)
    return token


def _answer(operation: Operation, done: BaseModel | Made | Accepted) -> Response:
    headers = {"Cache-Control": "no-store" if operation.scope else "public, max-age=300"}
    if isinstance(done, Made):
        headers["Location"] = done.location
        done = done.told
    status = operation.status
    if isinstance(done, Accepted):
        assert operation.accepts, f"{operation.name} does not say that it may answer 202"
        status, done = 202, done.told
    return Response(
        done.model_dump_json(), status_code=status, media_type="application/json", headers=headers
    )

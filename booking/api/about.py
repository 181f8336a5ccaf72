"""What the API says about itself: where to begin, who a token is, what each problem means."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

import settings
from booking.api.operations import Call
from booking.api.problems import BASE, codes, title_of, type_of
from booking.api.shapes import Told
from booking.errors import NotFound


class Start(Told):
    """Where to begin."""

    name: str
    description: str = Field(description="The address of the OpenAPI description.")
    problems: str
    keys: str = Field(description="Where members make their tokens.")


class Me(Told):
    """Whose token this is, and what it may do."""

    name: str
    email: str
    language: str
    category: str
    roles: list[str] = Field(description="host, manager, treasurer, administrator: those in force now")
    token_name: str
    scopes: list[str]
    expires_at: datetime


class ProblemKind(Told):
    """One kind of problem."""

    type: str
    code: str
    title: str
    status: int
    meaning: str


class ProblemKinds(Told):
    """Every kind of problem that an answer may have."""

    items: list[ProblemKind]


async def start(call: Call) -> Start:
    """Where to begin."""
    return Start(
        name=settings.NETWORK_NAME,
        description=f"{settings.BASE_URL}{BASE}/openapi.json",
        problems=f"{settings.BASE_URL}{BASE}/problems",
        keys=f"{settings.BASE_URL}/settings/keys",
    )


async def me(call: Call) -> Me:
    """Whose token this is, and what it may do."""
    assert call.token is not None
    return Me(
        name=call.member.name,
        email=call.member.email,
        language=call.member.language,
        category=call.member.category,
        roles=list((await call.roles()).names),
        token_name=call.token.name,
        scopes=list(call.token.scopes),
        expires_at=call.token.expires_at,
    )


async def list_problems(call: Call) -> ProblemKinds:
    """Every kind of problem, ours first, then those of the rules."""
    return ProblemKinds(items=[_kind(code, status, meaning) for code, (status, meaning) in codes().items()])


async def show_problem(call: Call) -> ProblemKind:
    """What a problem's `type` means."""
    known = codes()
    code = call.path["code"]
    if code not in known:
        raise NotFound
    return _kind(code, *known[code])


def _kind(code: str, status: int, meaning: str) -> ProblemKind:
    return ProblemKind(type=type_of(code), code=code, title=title_of(code), status=status, meaning=meaning)

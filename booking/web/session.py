"""Who is asking, in which language, and what the last page had to tell them. One `Visit` per request.

The middleware makes the visit before any page runs; these functions only read it, except `sign_in`, `sign_out`,
`choose_language` and `choose_theme`, whose cookies go out with the answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

import settings
from booking import members
from booking.errors import NotFound, PasskeyNeeded, SignInNeeded
from booking.i18n import LANGUAGES, best_language
from booking.members import Member, Roles, Session

SCOPE_KEY = "desk.visit"
THEMES = ("light", "dark", "auto")
A_YEAR = 365 * 24 * 60 * 60
FLASHES_MAX = 4
FLASH_LETTERS_MAX = 400
KNOWN_MAX = 5
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class Visit:
    """All that a request carries about its visitor. `flashes` are (kind, text), or
    (kind, text, path of the form that takes it back), shown once, on the next full page."""

    at: datetime
    request_id: str = ""
    token: str = ""
    session: Session | None = None
    member: Member | None = None
    roles: Roles = field(default_factory=Roles)
    language: str = "en"
    clock_hours: int = 24
    theme: str = "auto"
    flashes: list[tuple[str, ...]] = field(default_factory=list)
    flashes_shown: bool = False
    flashes_sent: list[tuple[str, ...]] = field(default_factory=list)
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)


def visit_of(connection: HTTPConnection) -> Visit:
    """The visit of a request that came through the middleware."""
    return connection.scope[SCOPE_KEY]


def at(request: Request) -> datetime:
    """The instant this request came in: the same wherever it is asked."""
    return visit_of(request).at


async def visitor(request: Request) -> Member | None:
    """The member who is signed in, or None."""
    return visit_of(request).member


def asker(request: Request, member: Member | None) -> str:
    """Who asks, for limits and counts: a member, or an address of the net."""
    return f"member:{member.id}" if member else f"address:{request.client.host if request.client else ''}"


async def signed_in(request: Request) -> Member:
    """The member who is signed in. Raises SignInNeeded, which brings the visitor back here afterwards."""
    member = visit_of(request).member
    if member is None:
        raise SignInNeeded(way_back(request))
    return member


def roles(request: Request) -> Roles:
    """What the visitor may do; nothing much for nobody."""
    return visit_of(request).roles


async def confirmed(request: Request) -> Member:
    """The member, acting as manager, treasurer or administrator: looking is free, writing needs a passkey first.

    Call it where such a role is asked for, after finding that the visitor has it, at the top of GET and POST alike. A
    write in a session that was not confirmed with a passkey within the last hours raises PasskeyNeeded, which keeps
    what was typed, asks for the passkey and sends the form again. What a host does needs none; nor does anything
    where the settings say so.
    """
    member = await signed_in(request)
    if request.method not in SAFE_METHODS and not is_confirmed(request):
        raise PasskeyNeeded(way_back(request))
    return member


async def acting_for_long(request: Request) -> Member:
    """The member, where they make what goes on acting for them without a browser: keys for programs and the like.

    Whoever has a role that asks for a passkey shows it first, as the key will write with that role: PasskeyNeeded.
    """
    return await (confirmed(request) if roles(request).asks_for_passkey else signed_in(request))


async def administering(request: Request) -> Member:
    """The member, who must be an administrator, and confirmed to write. Raises NotFound for everybody else."""
    await signed_in(request)
    if not roles(request).administrator:
        raise NotFound
    return await confirmed(request)


def is_confirmed(request: Request) -> bool:
    """Whether this session may write with roles that ask for a passkey."""
    visit = visit_of(request)
    if not settings.PASSKEYS_REQUIRED:
        return True
    return visit.session is not None and members.sessions.is_confirmed(visit.session, visit.at)


def may_change_passkeys(request: Request, held: int) -> bool:
    """Whether this session may add or remove passkeys, where its member holds so many.

    Who has a role that asks for a passkey, and has one, shows it first; a first one, and any of a member without such a
    role, needs a sign-in of the last hour. So neither a browser left open nor a read mailbox is enough to get in.
    """
    visit = visit_of(request)
    if visit.session is None:
        return False
    if visit.roles.asks_for_passkey and held:
        return members.sessions.is_confirmed(visit.session, visit.at)
    return members.sessions.is_fresh(visit.session, visit.at)


def here(request: Request) -> str:
    """The path and query of this page, as a local path."""
    query = request.url.query
    return local_path(request.url.path + (f"?{query}" if query else ""))


def way_back(request: Request) -> str:
    """The page this request belongs to: itself, or for a form or a fragment the page it came from."""
    if request.method == "GET" and "hx-request" not in request.headers:
        return here(request)
    came_from = urlsplit(request.headers.get("hx-current-url") or request.headers.get("referer") or "")
    if came_from.netloc and came_from.netloc != request.headers.get("host", ""):
        return "/"
    return local_path(came_from.path + (f"?{came_from.query}" if came_from.query else ""))


def local_path(text: str, fallback: str = "/") -> str:
    """The text if it is a path of this site and nothing else; else the fallback.

    Browsers read a backslash as a slash and drop tabs and line ends, so anything but printable ASCII is refused.
    """
    fine = text.startswith("/") and not text.startswith("//") and len(text) <= 500
    if not fine or "\\" in text or any(not "!" <= letter <= "~" for letter in text):
        return fallback
    return text


def flash(request: Request, kind: str, text: Any, *, undo: str = "") -> None:
    """Say something at the top of the next page. kind: success, info, warning, error.

    `undo` is the path of the form that takes back what was done: its button stands beside the words.
    """
    said = (kind, str(text)[:FLASH_LETTERS_MAX])
    visit_of(request).flashes_sent.append((*said, local_path(undo)) if undo else said)


async def sign_in(
    request: Request, member: Member, *, confirmed: bool = False, passkey_id: int | None = None
) -> None:
    """Sign this browser in under a new token; an old one of the same browser ends. `confirmed`: by a passkey."""
    visit = visit_of(request)
    if visit.token:
        await members.sessions.end(visit.token, visit.at)
    visit.token = await members.sessions.start(
        member,
        agent=request.headers.get("user-agent", ""),
        at=visit.at,
        confirmed_at=visit.at if confirmed else None,
        confirmed_by_id=passkey_id,
    )
    visit.member = member
    visit.language, visit.clock_hours = member.language, member.clock_hours
    visit.roles = await members.active(member, visit.at)
    set_cookie(visit, "session", visit.token, seconds=members.sessions.LASTS.days * 24 * 60 * 60)
    set_cookie(visit, "language", member.language, seconds=A_YEAR)
    _know(visit, member.email)


async def confirm(request: Request, passkey_id: int) -> None:
    """This session was just confirmed with one of its member's passkeys: it goes on under a new token."""
    visit = visit_of(request)
    if renewed := await members.sessions.confirm(visit.token, passkey_id, visit.at):
        visit.token = renewed
        set_cookie(visit, "session", renewed, seconds=members.sessions.LASTS.days * 24 * 60 * 60)


async def sign_out(request: Request) -> None:
    """Sign this browser out."""
    visit = visit_of(request)
    if visit.token:
        await members.sessions.end(visit.token, visit.at)
    visit.token, visit.session, visit.member, visit.roles = "", None, None, Roles()
    set_cookie(visit, "session", "", seconds=0)
    set_cookie(visit, "unsent", "", seconds=0)


async def choose_language(request: Request, language: str) -> None:
    """Speak this language from now on: in this browser, and to this member everywhere. Others are ignored."""
    visit = visit_of(request)
    if language not in LANGUAGES:
        return
    visit.language = language
    set_cookie(visit, "language", language, seconds=A_YEAR)
    if visit.member:
        await members.speak(visit.member, language)


def choose_theme(request: Request, theme: str) -> None:
    """Light, dark, or as the device says. Others are ignored."""
    visit = visit_of(request)
    if theme in THEMES:
        visit.theme = theme
        set_cookie(visit, "theme", theme, seconds=A_YEAR)


def browser(request: Request) -> str:
    """The secret of this browser, made when it is first asked for: a sign-in code works only where it was asked."""
    visit = visit_of(request)
    found = visit.cookies.get(cookie_name("browser"), "")
    if not 20 <= len(found) <= 100:
        found = secrets.token_urlsafe(32)
        visit.cookies[cookie_name("browser")] = found
        set_cookie(visit, "browser", found, seconds=A_YEAR)
    return found


def is_known(request: Request, email: str) -> bool:
    """Whether someone has signed in with this address in this browser before."""
    return _mark(email) in visit_of(request).cookies.get(cookie_name("known"), "").split(".")


def _know(visit: Visit, email: str) -> None:
    marks = [mark for mark in visit.cookies.get(cookie_name("known"), "").split(".") if len(mark) == 32]
    marks = [_mark(email), *[mark for mark in marks if mark != _mark(email)]][:KNOWN_MAX]
    set_cookie(visit, "known", ".".join(marks), seconds=A_YEAR)


def _mark(email: str) -> str:
    return signature("known", email.strip().lower().encode())


# --- cookies ---------------------------------------------------------------------------------------


def secure() -> bool:
    """Whether this installation is reached by https."""
    return settings.BASE_URL.startswith("https://")


def cookie_name(name: str = "session") -> str:
    """`__Host-` binds a cookie to this host and to https; browsers refuse it without TLS."""
    return f"__Host-desk_{name}" if secure() else f"desk_{name}"


def set_cookie(visit: Visit, name: str, value: str, *, seconds: int, strict: bool = False) -> None:
    """Send a cookie with the answer; zero seconds takes it away. No script may read any of ours.

    `strict`: no link from another site brings it along.
    """
    jar: SimpleCookie = SimpleCookie()
    whole = cookie_name(name)
    jar[whole] = value
    jar[whole]["path"] = "/"
    jar[whole]["max-age"] = seconds
    jar[whole]["httponly"] = True
    jar[whole]["samesite"] = "Strict" if strict else "Lax"
    if secure():
        jar[whole]["secure"] = True
    visit.set_cookies.append(jar[whole].OutputString())


def signature(purpose: str, message: bytes) -> str:
    """What only this installation can have written beside the message."""
    return hmac.new(f"{purpose} {settings.SECRET_KEY}".encode(), message, hashlib.sha256).hexdigest()[:32]


def write_flashes(visit: Visit) -> None:
    """The cookie that carries what is to be said on the next page, signed so that nobody else puts words there."""
    waiting = visit.flashes_sent if visit.flashes_shown else [*visit.flashes, *visit.flashes_sent]
    if visit.flashes_sent:
        body = base64.urlsafe_b64encode(json.dumps(waiting[-FLASHES_MAX:]).encode()).decode().rstrip("=")
        set_cookie(visit, "flash", f"{signature('flash', body.encode())}.{body}", seconds=600)
    elif visit.flashes_shown and visit.flashes:
        set_cookie(visit, "flash", "", seconds=0)


def read_flashes(text: str) -> list[tuple[str, ...]]:
    """What the flash cookie says; nothing when somebody else wrote it."""
    given, _dot, body = text.partition(".")
    if not body or not hmac.compare_digest(given.encode(), signature("flash", body.encode()).encode()):
        return []
    return [tuple(map(str, said)) for said in json.loads(base64.urlsafe_b64decode(body + "=="))]


def stranger(connection: HTTPConnection, *, now: datetime, request_id: str) -> Visit:
    """A visit by cookies and headers alone: the language, the theme, what is to be said. No query."""
    cookies = connection.cookies
    visit = Visit(now.astimezone(UTC), request_id, cookies=dict(cookies))
    chosen = cookies.get(cookie_name("language"), "")
    visit.language = (
        chosen if chosen in LANGUAGES else best_language(connection.headers.get("accept-language", ""))
    )
    theme = cookies.get(cookie_name("theme"), "")
    visit.theme = theme if theme in THEMES else "auto"
    visit.flashes = read_flashes(cookies.get(cookie_name("flash"), ""))
    connection.scope[SCOPE_KEY] = visit
    return visit


async def begin(connection: HTTPConnection, *, now: datetime, request_id: str) -> Visit:
    """The same, and who is signed in with which roles: one query, and none for a stranger."""
    visit = stranger(connection, now=now, request_id=request_id)
    token = visit.cookies.get(cookie_name("session"), "")
    session = await members.sessions.find(token, visit.at) if token else None
    if session is None:
        return visit
    visit.token, visit.session = token, session
    visit.member, visit.language = session.member, session.member.language
    visit.clock_hours = session.member.clock_hours
    visit.roles, changed_at = await members.roles.with_last_change(
        session.member, visit.at, session.every_role
    )
    if renewed := await members.sessions.renew(session, changed_at, visit.at):
        visit.token = renewed
        set_cookie(visit, "session", renewed, seconds=members.sessions.LASTS.days * 24 * 60 * 60)
    return visit

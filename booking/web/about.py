"""Pages about the service itself, the demonstration's mails, and what machines ask."""

from __future__ import annotations

import asyncio
import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

import settings
from booking import db, members
from booking.errors import NotFound
from booking.i18n import _, country, lazy
from booking.web import session
from booking.web.assets import asset
from booking.web.pages import page, url

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
MAILS_MAX = 100
# When the list of docs/accessibility.md was last gone through as a whole.
ACCESSIBILITY_ON = datetime(2026, 11, 26, tzinfo=UTC)
READY_SECONDS_MAX = 3
# Where ideas and words come from: what it is, whose it is, its licence, what we use it for.
SOURCES = [
    (
        lazy("Places of the network"),
        "Smart, annual report 2020",
        lazy("Facts, told in our own words"),
        lazy("Names, cities, kinds of spaces and figures of the demonstration, as of the end of 2020"),
    ),
    (
        lazy("Coordinates and towns"),
        "GeoNames, geonames.org",
        "CC BY 4.0",
        lazy("Where a place stands on the map"),
    ),
    (
        lazy("Land and borders"),
        "Natural Earth, naturalearthdata.com",
        lazy("Public domain"),
        lazy("The map of Europe. Borders are dashed, and none of them is a statement of ours"),
    ),
    (
        lazy("Languages, dates and amounts"),
        "Unicode CLDR (Babel)",
        "Unicode License 3.0, BSD-3-Clause",
        lazy("How your language writes a date, an amount or a city"),
    ),
    (lazy("Time zones"), "IANA Time Zone Database", lazy("Public domain"), lazy("When the clocks change")),
    (lazy("Public holidays"), "holidays", "MIT", lazy("Days on which places are closed")),
    (
        lazy("Headings"),
        "Bricolage Grotesque (Mathieu Triay)",
        "SIL Open Font License 1.1",
        lazy("A typeface"),
    ),
    (
        lazy("Text"),
        "Atkinson Hyperlegible Next (Braille Institute)",
        "SIL Open Font License 1.1",
        lazy("A typeface"),
    ),
    (lazy("Icons"), "Lucide", "ISC", lazy("Small drawings beside words")),
    (
        lazy("Small updates of a page"),
        "htmx (Big Sky Software)",
        "0BSD",
        lazy("The only script library on most pages"),
    ),
]


@dataclass(frozen=True)
class Mail:
    """A mail the demonstration kept: `name` is its file's, `text` its words, `attachments` names and types."""

    name: str
    at: datetime
    to: str
    subject: str
    text: str
    attachments: tuple[tuple[str, str], ...]


async def accessibility(request: Request) -> Response:
    return page(request, "about/accessibility.html", contact=contact(), made_on=ACCESSIBILITY_ON)


async def sources(request: Request) -> Response:
    heads = [{"label": _("What")}, {"label": _("Whose")}, {"label": _("Licence")}, {"label": _("What for")}]
    return page(
        request,
        "about/sources.html",
        heads=heads,
        rows=SOURCES,
        countries=[country(code) for code in ("BE", "FR", "DE", "ES", "IT", "NL", "AT", "SE")],
    )


# Every cookie that any page sets: what it is for, and how long it stays. A test holds the list complete.
_A_YEAR, _MINUTES = lazy("A year."), lazy("Minutes, until it is shown.")
COOKIES: dict[str, tuple[Any, Any]] = {
    "session": (lazy("That you are signed in."), lazy("Thirty days after the last use.")),
    "browser": (
        lazy("So that a code or a link to sign in works only in the browser that asked for it."),
        _A_YEAR,
    ),
    "known": (
        lazy("That you have signed in here before, so that nobody is warned of your own browser."),
        _A_YEAR,
    ),
    "language": (lazy("Your language."), _A_YEAR),
    "theme": (lazy("Light or dark."), _A_YEAR),
    "flash": (lazy("A message for the next page."), lazy("Ten minutes at most.")),
    "unsent": (
        lazy(
            "What you typed into a booking’s form when you were signed out: it comes back once you are signed in."
        ),
        lazy("Thirty minutes at most."),
    ),
    "new_feed": (lazy("A calendar link that was just made."), _MINUTES),
    "new_key": (lazy("A key for programs that was just made."), _MINUTES),
    "webhook_secret": (lazy("Which webhook’s secret was just made."), _MINUTES),
    "new_display": (lazy("For managers: the code that pairs a display."), _MINUTES),
    "display": (lazy("On a display at a door: which display it is. It belongs to nobody."), _A_YEAR),
}


async def privacy(request: Request) -> Response:
    oidc_name = members.oidc.name() if members.oidc.is_on() else ""
    cookies = [(session.cookie_name(name), *words) for name, words in COOKIES.items()]
    return page(request, "about/privacy.html", contact=contact(), oidc_name=oidc_name, cookies=cookies)


def contact() -> str:
    """The address mails come from, without its name."""
    return email.utils.parseaddr(settings.MAIL_FROM)[1]


# --- the demonstration's mails -----------------------------------------------------------------------


async def demo_mails(request: Request) -> Response:
    if not settings.DEMO:
        raise NotFound
    return page(request, "about/mails.html", mails=await asyncio.to_thread(kept_mails))


async def demo_mail(request: Request) -> Response:
    if not settings.DEMO:
        raise NotFound
    name = request.path_params["name"]
    for mail in await asyncio.to_thread(kept_mails):
        if mail.name == name:
            return page(request, "about/mail.html", mail=mail)
    raise NotFound


def kept_mails() -> list[Mail]:
    """The newest mails that were written as files instead of being sent, the newest first."""
    if not settings.MAIL_DIR.is_dir():
        return []
    files = sorted(settings.MAIL_DIR.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read_mail(path) for path in files[:MAILS_MAX]]


def _read_mail(path: Path) -> Mail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    return Mail(
        name=path.stem,
        at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        text=body.get_content() if body else "",
        attachments=tuple(
            (part.get_filename() or "", part.get_content_type()) for part in message.iter_attachments()
        ),
    )


# --- for machines ------------------------------------------------------------------------------------


async def health(request: Request) -> Response:
    """This process is alive. Asks nothing of anybody."""
    return JSONResponse({"alive": True}, headers={"Cache-Control": "no-store"})


async def ready(request: Request) -> Response:
    """The database answers and has every migration: 200; else 503 and which of the two. Tells no secrets."""
    found = {"database": False, "migrated": False}
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            applied = {row["name"] for row in await db.rows("SELECT name FROM tortoise_migrations")}
        found = {"database": True, "migrated": expected_migrations() <= applied}
    except Exception:
        # Whatever is wrong, the answer is the same: not ready. The log of the database says why.
        found["database"] = await _database_answers()
    status = 200 if all(found.values()) else 503
    return JSONResponse({"ready": status == 200, **found}, status, headers={"Cache-Control": "no-store"})


async def _database_answers() -> bool:
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            await db.rows("SELECT 1 AS one")
    except Exception:
        return False
    return True


@cache
def expected_migrations() -> frozenset[str]:
    """The names of the migrations that this code was written for."""
    return frozenset(path.stem for path in MIGRATIONS.glob("[0-9]*.py"))


async def robots(request: Request) -> Response:
    """Search engines may read the places; nothing that is about a person.

    Feeds are not named: Google's calendar obeys this file, and they say `noindex` themselves.
    """
    closed = (
        "/sign-in",
        "/guest",
        "/settings",
        "/mails",
        "/reservations",
        "/budgets",
        "/calendar",
        "/manage",
        "/demo",
        "/search",
    )
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"Cache-Control": "public, max-age=86400"})


async def manifest(request: Request) -> Response:
    """What a phone needs to put the site on its first screen."""
    told = {
        "name": settings.NETWORK_NAME,
        "short_name": settings.NETWORK_NAME,
        "start_url": "/",
        "display": "minimal-ui",
        "icons": [{"src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        "shortcuts": [
            {"name": _("My bookings"), "url": "/reservations"},
            {"name": _("Find a space"), "url": url("search")},
        ],
    }
    return JSONResponse(told, media_type="application/manifest+json", headers={"Cache-Control": "no-cache"})

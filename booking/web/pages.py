"""Answers: a page from a template, a redirect, an address. What every template may use is put in here, once.

return page(request, "places/show.html", venue=venue)
return page(request, "search/index.html", fragment="search/_results.html", results=results)
return redirect(request, "reservation", reservation_id=done.id)          # always 303
flash(request, "success", _("Booked."))
url("search", where="Lille", people=4)                                   # /search?where=Lille&people=4
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

import settings
from booking import i18n, payments, search
from booking.i18n import _
from booking.timespan import TimeSpan
from booking.web.assets import asset, icon
from booking.web.session import flash, here, local_path, visit_of

__all__ = [
    "flash",
    "fragment_wanted",
    "local_path",
    "page",
    "ready",
    "redirect",
    "redirect_to",
    "render",
    "url",
]

SENT_AGAIN = "desk.sent_again"  # in the scope: Gzip keeps the packed bytes of this answer
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def page(
    request: Request,
    template: str,
    status: int = 200,
    *,
    fragment: str = "",
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> Response:
    """The template as an answer; `fragment` instead, where a part of the page asks for itself.

    Pages of a signed-in member are never stored; others are asked for again each time.
    """
    visit = visit_of(request)
    part = bool(fragment) and fragment_wanted(request)
    if not part:
        visit.flashes_shown = True
    body = render(request, fragment if part else template, **context)
    answer = _headed(request, HTMLResponse(body, status_code=status, headers=dict(headers or {})))
    if fragment:
        answer.headers.add_vary_header("HX-Request")
    return answer


def ready(request: Request, body: bytes) -> Response:
    """A whole page that was made before, and will be sent again: packed only once."""
    request.scope[SENT_AGAIN] = True
    return _headed(request, HTMLResponse(body))


def _headed(request: Request, answer: Response) -> Response:
    private = visit_of(request).member or "secret" in request.path_params
    answer.headers.setdefault("Cache-Control", "no-store" if private else "private, no-cache")
    answer.headers.add_vary_header("Cookie")
    answer.headers.add_vary_header("Accept-Language")
    return answer


def render(request: Request, template: str, **context: Any) -> str:
    """The text of a template, in the language of this visit, with everything a page may use."""
    visit = visit_of(request)
    return (
        environment()
        .get_template(template)
        .render(
            request=request,
            member=visit.member,
            roles=visit.roles,
            at=visit.at,
            lang=visit.language,
            theme=visit.theme,
            clock_hours=visit.clock_hours,
            flash=[*visit.flashes, *visit.flashes_sent],
            nav=tuple(navigation(request)),
            here=here(request),
            help_name=help_name(request.url.path),
            demo=settings.DEMO,
            **context,
        )
    )


def help_name(path: str) -> str:
    """The page of the help that is about a path of the site, or ''."""
    from booking.web import help  # which imports this module

    return help.about(path)


def fragment_wanted(request: Request) -> bool:
    """Whether a part of a page asks for itself, by htmx, and not a whole page."""
    return request.headers.get("hx-request") == "true" and request.headers.get("hx-request-type") != "full"


def redirect(request: Request, name: str, /, **params: Any) -> Response:
    """Go on to a page by the name of its route. 303: the browser asks for it with GET."""
    return redirect_to(request, url(name, **params))


def leave(request: Request, address: str) -> Response:
    """Go on to a page to pay on, which is another site: only those that forms may lead to. Raises ValueError."""
    if not any(address.startswith(f"{origin}/") for origin in payments.page_origins()):
        raise ValueError("not a page to pay on")
    if fragment_wanted(request):
        return Response(status_code=204, headers={"HX-Redirect": address, "Cache-Control": "no-store"})
    return Response(status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


def redirect_to(request: Request, path: str) -> Response:
    """Go on to a path of this site; anything else leads home. A fragment takes the whole page along."""
    path = local_path(path)
    if fragment_wanted(request):
        return Response(status_code=204, headers={"HX-Redirect": path, "Cache-Control": "no-store"})
    return Response(status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


# --- addresses -------------------------------------------------------------------------------------


@cache
def addresses() -> dict[str, str]:
    """Path patterns by route name. Built once, because Starlette's own search costs 0.1 ms an address."""
    from booking.web.routes import routes  # routes.py imports the page modules, and they import this one

    found: dict[str, str] = {}

    def walk(entries: list[Any], prefix: str) -> None:
        for entry in entries:
            if isinstance(entry, Route) and entry.name and entry.name not in found:
                found[entry.name] = prefix + entry.path_format
            elif isinstance(entry, Mount):
                walk(list(entry.routes or []), prefix + entry.path)

    walk(routes, "")
    return found


@cache
def _places(name: str) -> tuple[str, list[str]]:
    """The address of a route with a {} for each parameter of its path, and their names."""
    path = addresses()[name]
    return re.sub(r"\{\w+\}", "{}", path), re.findall(r"\{(\w+)\}", path)


def url(name: str, /, **params: Any) -> str:
    """The address of a route: parameters of its path first, all others as a query (None is left out).

    Raises KeyError for a route that does not exist and for a path parameter that is missing.
    """
    pattern, places = _places(name)
    path = pattern.format(*[quote(_shown(params[place]), safe="") for place in places])
    rest = {key: value for key, value in params.items() if key not in places and value is not None}
    if not rest:
        return path
    plain = {
        key: [_shown(one) for one in value]
        if isinstance(value, list | tuple | set | frozenset)
        else _shown(value)
        for key, value in rest.items()
    }
    return f"{path}?{urlencode(plain, doseq=True)}"


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def navigation(request: Request) -> list[tuple[str, str, str, str, bool]]:
    """The main links: (route name, label, address, icon, whether we are there)."""
    visit = visit_of(request)
    entries: list[tuple[str, str, str, tuple[str, ...]]] = [
        ("search", _("Find a space"), "search", ("/search", "/venues", "/resources"))
    ]
    if not visit.member:
        entries.append(("guest", _("Find your booking"), "calendar-check", ("/guest",)))
    if visit.member:
        entries += [
            ("reservations", _("My bookings"), "calendar-check", ("/reservations",)),
            ("budgets", _("Budgets"), "wallet", ("/budgets",)),
            ("calendar", _("Calendar"), "calendar-days", ("/calendar",)),
        ]
    if visit.roles.keeps_any_books:
        entries.append(("all_books", _("Books"), "receipt", ("/books",)))
    if visit.roles.hosts_anything:
        entries.append(("manage", _("My house"), "building-2", ("/manage",)))
    path = request.url.path
    return [
        (name, label, url(name), icon, any(path == place or path.startswith(f"{place}/") for place in places))
        for name, label, icon, places in entries
    ]


# --- templates -------------------------------------------------------------------------------------


def _compiled() -> jinja2.BytecodeCache | None:
    """Where compiled templates wait for the next process, in a folder of the machine's that is our own alone.

    Else each new process compiles each page when somebody first asks for it: half a second for a page of many parts.
    A template that has changed is compiled anew. None where there is no such folder.
    """
    # What is set below is in the compiled text, and this file says what that is.
    ours = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
    with suppress(OSError, RuntimeError):
        return jinja2.FileSystemBytecodeCache(pattern=f"desk_{ours}_%s.cache")
    return None


@cache
def environment() -> jinja2.Environment:
    """The templates' surroundings. Texts are looked up in the language spoken when they are shown."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=settings.DEBUG,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        bytecode_cache=_compiled(),
    )
    made.policies["ext.i18n.trimmed"] = True
    # Installed once, for good: installing per request would leak one visitor's language to another.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    made.globals |= {
        "asset": asset,
        "draw_icon": icon,
        "written_once": written_once,
        "url": url,
        "languages": list(i18n.LANGUAGES.items()),
        "network_name": settings.NETWORK_NAME,
        "kept": kept,
    }
    made.filters |= {
        "money": i18n.money,
        "number": i18n.number,
        "percent": i18n.percent,
        "date": i18n.day,
        "time": i18n.clock,
        "moment": i18n.moment,
        "span": span,
        "unbroken": unbroken,
        "hours": i18n.duration,
        "duration": i18n.duration,
        "distance": i18n.distance,
        "country": i18n.country,
        "language_name": i18n.language_name,
        "name": i18n.name_of,
        "said": i18n.said_in,
        "foreign": i18n.foreign_language,
        "colon": i18n.colon,
        "city": search.city_of,
        "web": web_address,
    }
    return made


def kept(macro: Callable[..., Markup], most: int = 2048) -> Callable[..., Markup]:
    """A macro that draws the same again for the same arguments, such as an icon: drawn once, and `most` of them kept.

    Its arguments must say it all, words included or the language in which it finds them; a list may be the first.
    """

    @lru_cache(maxsize=most)
    def drawn(*args: Any, **named: Any) -> Markup:
        return macro(*args, **named)

    def draw(first: Any, *args: Any, **named: Any) -> Markup:
        return drawn(tuple(first) if isinstance(first, list) else first, *args, **named)

    return draw


def written_once(name: str, *depends_on: Any, caller: Any) -> Markup:
    """A part of a page that is the same in thousands of answers: written once for each language, clock
    and `depends_on`.

    `depends_on` has to name all that the part takes from around it, but for the language.
    """
    key = (name, i18n.spoken(), depends_on)
    if (found := _kept.get(key)) is None or settings.DEBUG:
        if len(_kept) >= KEPT_MAX:
            _kept.clear()
        found = _kept[key] = caller()
    return found


KEPT_MAX = 2000
_kept: dict[Any, Markup] = {}


def web_address(text: str) -> str:
    """The text if a link may lead there, else nothing: 'javascript:' is an address to a browser too."""
    return text if re.match(r"https?://", text, re.IGNORECASE) else ""


def span(value: Any, zone: str, style: str = "medium") -> str:
    """'Tue 24 Nov 2026, 14:00–16:30' for a TimeSpan, a reservation or a pair of instants."""
    if isinstance(value, tuple):
        value = TimeSpan(*value)
    return i18n.span(value.begins_at, value.ends_at, zone, style)


def unbroken(words: str) -> Markup:
    """Dates and times, none of which breaks in two at the end of a line: that comes between 'Tue, 24 Nov 2026,' and
    '14:00–16:30'."""
    return Markup(" ").join(
        Markup('<span class="nowrap">{}</span>').format(part) for part in re.split(r"(?<=[,–]) ", words)
    )

"""The first page: the map of Europe with the state of every venue, the search, and all cities as a list, ready made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from booking import db, i18n, places, search
from booking.forms import blank
from booking.search.states import Seen
from booking.timespan import local_day
from booking.web import again, session
from booking.web.drawings import drawn_map, placed
from booking.web.home import choices
from booking.web.live import since
from booking.web.pages import environment, page, ready
from booking.web.venue_states import cities_by_country


async def home(request: Request) -> Response:
    """The map with the state of every venue, the search, and all cities as a list."""
    visit = session.visit_of(request)
    shown = await _overview(visit.at)

    async def whole() -> Response:
        return page(
            request,
            "search/home.html",
            shown=shown,
            again=await again.usual(visit.member, visit.at),
            states_since=since(shown.seen.computed_at or visit.at),
        )

    if visit.member or visit.flashes or request.url.query or shown.seen.computed_at is None:
        return await whole()
    # To all strangers it is the same, bytes and all.
    key = (visit.language, visit.theme)
    if key not in _pages or _pages[key][0] is not shown:
        _pages[key] = shown, bytes((await whole()).body)
    return ready(request, _pages[key][1])


async def drawing(request: Request) -> Response:
    """The drawn map alone, for a page that is open while something on it changes."""
    shown = await _overview(session.at(request))
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(shown.drawing, headers=headers)


@dataclass(frozen=True)
class Overview:
    """The first page ready made, in one language and for one day: made again when what it shows has changed."""

    seen: Seen
    day: date
    words: Markup
    search: Markup
    drawing: Markup
    below: Markup


_overviews: dict[str, Overview] = {}  # the newest of each language and clock
_versions: dict[str, tuple[Any, ...]] = {}  # the database's when it was looked at
_pages: dict[tuple[str, str], tuple[Overview, bytes]] = {}  # for strangers, by language and theme


async def _overview(at: datetime) -> Overview:
    """While nothing in the database has changed, that is all that is asked; otherwise what the map shows is read, and
    drawn only where it differs."""
    language, day = i18n.spoken(), local_day(at, "Europe/Brussels")
    version, known = await db.version(), _overviews.get(language)
    if known and known.day == day and _versions[language] == version:
        return known
    seen = await search.seen_on_map()
    if known is None or (known.seen, known.day) != (seen, day):
        known = _overviews[language] = await _made(seen, day, at)
    _versions[language] = version
    return known


async def _made(seen: Seen, day: date, at: datetime) -> Overview:
    venues = await places.venues()
    states = await search.states()
    on_map = tuple(placed(venue, states.get(venue.id), at) for venue in venues)
    part: Any = environment().get_template("search/_home.html").module
    return Overview(
        seen,
        day,
        part.words(sum(venue.kind == "shared_space" and venue.status != "closed" for venue in venues)),
        part.search(blank(day=day, people=1), choices()),
        drawn_map(on_map, zoom=False),
        part.below(
            cities_by_country(venues, states, at),
            sum(one.state == "free" for one in on_map),
            seen.computed_at,
        ),
    )


def forget() -> None:
    """Forget all that was made ready, as a new process would."""
    for kept in (_overviews, _versions, _pages):
        kept.clear()

"""The first page of a house while it is open: its count, its figures, and whether the list of today is still right.

One stream for each open page, of events as `live.py` sends them. It asks only when something in the database has
changed, or the minute has; pages of the same house, language and clock share the answer. The list itself is not put in
anew under somebody's hands: the page says that it has changed, with a link.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from booking import db, i18n, occupancy, reservations
from booking.places import Venue
from booking.timespan import day_span, local_day
from booking.web import manage_today, session
from booking.web.live import EventStream, Hub, refused
from booking.web.manage import house_of, now_of
from booking.web.pages import environment

# Then the page comes back, and shows again that it may.
LONGEST_SECONDS = 300.0
KEPT_MAX = 500
log = structlog.get_logger("booking.web.manage_live")

_told: dict[tuple[int, str, bool], tuple[Any, dict[str, str], str]] = {}


async def live(request: Request) -> Response:
    """The stream of one house, for its hosts. `seen` is what the page's list looked like."""
    _member, venue = await house_of(request)
    hub: Hub = request.app.state.live
    address = request.client.host if request.client else ""
    if full := refused(hub, address):
        return full
    managing = session.roles(request).manages(venue)
    known = request.path_params["seen"]

    async def tell() -> dict[str, str]:
        tags, looks = await _tags(venue, hub.clock(), managing)
        changed = "" if looks == known else _words("house_changed", venue)
        return {**tags, "house-list": changed}

    return HouseStream(hub, address, tell)


async def _tags(venue: Venue, at: datetime, managing: bool) -> tuple[dict[str, str], str]:
    """What stands in the places of the page by their names, and what its list looks like now."""
    key, version = (venue.id, i18n.spoken(), managing), (await db.version(), int(at.timestamp()) // 60)
    if key in _told and _told[key][0] == version:
        return _told[key][1:]
    window = day_span(local_day(at, venue.zone), venue.zone)
    listed = await reservations.at_venue(venue.id, window)
    stays = await occupancy.stays_at(venue.id, window)
    _first, waiting = await reservations.waiting_for_approval([venue.id], most=1)
    now = await now_of(venue, listed, at, managing=managing)
    tags = {name: _words(macro, now) for name, macro in PARTS.items()}
    if len(_told) >= KEPT_MAX:
        _told.clear()
    _told[key] = version, tags, manage_today.seen(listed, stays, waiting)
    return _told[key][1:]


PARTS = {"house-people": "people_now", "house-words": "words_now", "house-figures": "figures_now"}


def _words(macro: str, about: Any) -> str:
    """A part of the page, as the page itself writes it."""
    return str(getattr(environment().get_template("manage/_today.html").module, macro)(about))


class HouseStream(EventStream):
    """What stands on the page; its end after some minutes brings the page back."""

    def __init__(self, hub: Hub, address: str, tell: Callable[[], Awaitable[dict[str, str]]]) -> None:
        super().__init__(hub, address)
        self.tell = tell

    def join(self) -> None:
        self.hub.houses[self.address] += 1

    def leave(self) -> None:
        self.hub.houses[self.address] -= 1
        self.hub.houses += type(self.hub.houses)()  # drops what is nought

    async def speak(self, say: Callable[..., Awaitable[None]], gone: asyncio.Task[None]) -> None:
        hub, loop = self.hub, asyncio.get_running_loop()
        ends_at = loop.time() + min(LONGEST_SECONDS, hub.longest_seconds)
        said_at = loop.time()
        before: dict[str, str] | None = None
        asked: Any = None
        while not (hub.stopping or gone.done()) and loop.time() < ends_at:
            tick = hub.tick
            try:
                version = await db.version(), int(hub.clock().timestamp()) // 60
                tags = before if version == asked else await self.tell()
            except Exception:
                # A database that is away for a moment must not end the stream: it goes on when that is back.
                log.exception("house_look_failed")
                tags, version = before, asked
            if tags != before and tags is not None:
                await say(f"event: states\ndata: {_event(tags, hub.clock())}\n\n")
                said_at = loop.time()
            elif loop.time() - said_at >= hub.heartbeat_seconds:
                await say(": still here\n\n")
                said_at = loop.time()
            before, asked = tags, version
            rung = asyncio.create_task(tick.wait())
            await asyncio.wait({rung, gone}, timeout=hub.look_seconds, return_when=asyncio.FIRST_COMPLETED)
            rung.cancel()


def _event(tags: dict[str, str], at: datetime) -> str:
    told = {
        "at": int(at.timestamp()),
        "venues": [],
        "html": list(tags.values()),
        "tags": {name: number for number, name in enumerate(tags)},
        "summary": "",
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))

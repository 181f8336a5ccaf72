"""New states of places, sent to pages that are open: one stream of server-sent events for each.

One task per process looks for what has changed, every few seconds and only while somebody listens; a stream waits in
memory and holds no database connection. What is sent is the same for all who speak a language, and made once.
"""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from booking import i18n, places, search
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.web.venue_states import by_city, city_key, city_state, map_state, state_words, tag_of, tag_words

LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
LINGER_SECONDS = 120.0  # after the last listener; who comes back within it is told only what changed
LONGEST_SECONDS = 3600.0  # a stream; then the page comes back, maybe to another process
VENUES_READ_SECONDS = 60.0  # how old the names of venues may be
MOST = 1_000  # streams of one process
MOST_OF_ADDRESS = 100  # a house full of people shares one address
KEPT = 50  # changes that a slow listener may be behind; then everything is told
OVERLAP = timedelta(seconds=10)
RETRY_SECONDS = 30
log = structlog.get_logger("booking.web.live")


@dataclass(slots=True)
class Change:
    """What changed at one look, and how that reads, by language."""

    number: int
    at: datetime
    venue_ids: frozenset[int]
    told: dict[str, str] = field(default_factory=dict)


class Hub:
    """Who listens in this process, and the one task that looks for them."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.look_seconds, self.heartbeat_seconds = LOOK_SECONDS, HEARTBEAT_SECONDS
        self.most, self.most_of_address = MOST, MOST_OF_ADDRESS
        self.longest_seconds = LONGEST_SECONDS
        self.listeners: Counter[str] = Counter()
        self.houses: Counter[str] = Counter()  # pages of hosts, which look for themselves: see manage_live.py
        self.stopping = False
        self.task: asyncio.Task[None] | None = None
        self._forget()

    def _forget(self) -> None:
        self.watch = search.Watch()
        self.venues: dict[int, Any] = {}
        self.venues_at: datetime | None = None
        self.began_at: datetime | None = None
        self.changed_at: dict[int, datetime] = {}
        self.changes: deque[Change] = deque(maxlen=KEPT)
        self.number = 0
        self.tick = asyncio.Event()

    def full(self, address: str) -> int:
        """The status that refuses another listener: 503 when the process has enough, 429 for one address; else 0."""
        if self.stopping or self.listeners.total() + self.houses.total() >= self.most:
            return 503
        return 429 if self.listeners[address] + self.houses[address] >= self.most_of_address else 0

    def join(self, address: str) -> None:
        self.listeners[address] += 1
        if self.task is None or self.task.done():
            self._forget()
            self.task = asyncio.create_task(self._look_on())

    def leave(self, address: str) -> None:
        self.listeners[address] -= 1
        self.listeners += Counter()  # drops what is nought

    def stop(self) -> None:
        """Let all streams end and nobody join: the server stops. May be called twice."""
        self.stopping = True
        self._ring()

    async def stopped(self) -> None:
        """Wait until nobody looks any more."""
        self.stop()
        if self.task is not None:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task

    def _ring(self) -> None:
        rung, self.tick = self.tick, asyncio.Event()
        rung.set()

    async def _look_on(self) -> None:
        quiet = 0.0
        while not self.stopping and quiet < LINGER_SECONDS:
            try:
                await self._look()
            except Exception:
                # A database that is away for a moment must not end the streams: they go on when it is back.
                log.exception("live_look_failed")
            quiet = 0.0 if self.listeners else quiet + self.look_seconds
            await asyncio.sleep(self.look_seconds)

    async def _look(self) -> None:
        at = self.clock()
        changed = await self.watch.look(at)
        if changed - self.venues.keys() or self._venues_are_old(at):
            self.venues = {venue.id: venue for venue in await places.venues()}
            self.venues_at = at
        if self.began_at is None:
            self.began_at = at
            self._ring()
        elif changed:
            self.number += 1
            self.changed_at |= dict.fromkeys(changed, at)
            self.changes.append(Change(self.number, at, frozenset(changed)))
            self._ring()

    def _venues_are_old(self, at: datetime) -> bool:
        return self.venues_at is None or (at - self.venues_at).total_seconds() >= VENUES_READ_SECONDS

    def missed(self, since: datetime | None) -> set[int]:
        """The venues that may look different from what a page of that instant says."""
        if self.began_at is None:
            return set()
        if since is None or since - OVERLAP < self.began_at:
            return set(self.watch.states)
        return {venue_id for venue_id, at in self.changed_at.items() if at >= since - OVERLAP}

    def news(self, number: int) -> Iterable[str]:
        """The changes after this number, in the language spoken here."""
        behind = [change for change in self.changes if change.number > number]
        if behind and behind[0].number > number + 1:
            yield told(self.watch.states, self.venues, set(self.watch.states), self.clock())
            return
        for change in behind:
            spoken = i18n.spoken()
            if spoken not in change.told:
                change.told[spoken] = told(self.watch.states, self.venues, change.venue_ids, change.at)
            yield change.told[spoken]


def told(states: Mapping[int, Any], venues: Mapping[int, Any], changed: Iterable[int], at: datetime) -> str:
    """What a page needs of these venues, as JSON, in the language spoken here: no names of people, few bytes.

    `venues` are [id, number] with the number of a [state, words] in `states`; `tags` are what stands on the page under
    a name, by the number of a ready tag in `html`.
    """
    here = [venues[venue_id] for venue_id in sorted(changed) if venue_id in venues]
    pairs: dict[tuple[str, str], int] = {}
    html: dict[str, int] = {}
    rows, tags = [], {}
    for venue in here:
        kept = states.get(venue.id)
        state = map_state(venue, kept)
        pair = state, state_words(state, kept, venue, at)
        rows.append([venue.id, pairs.setdefault(pair, len(pairs))])
        if venue.status != "closed":
            tag = str(tag_of(state, tag_words(venue, kept, at)))
            tags[f"venue-{venue.id}"] = html.setdefault(tag, len(html))
    cities = {(venue.country, venue.city) for venue in here}
    for (country, city), all_there in by_city(list(venues.values())).items():
        if (country, city) in cities:
            state, words = city_state(all_there, states, at)
            if state not in ("none", "closed") or words:
                tag = str(tag_of(state, words))
                tags[city_key(country, city)] = html.setdefault(tag, len(html))
    if here:
        free = sum(seen.state == "free" for seen in states.values())
        summary = ngettext("%(n)s place is free now", "%(n)s places are free now", free) % {"n": free}
        as_of = _("As of %(time)s in Brussels.") % {"time": i18n.clock(at, "Europe/Brussels")}
        tags["as-of"] = html.setdefault(as_of, len(html))
        tags["free-now"] = html.setdefault(summary, len(html))
    else:
        summary = ""
    return json.dumps(
        {
            "at": int(at.timestamp()),
            "states": list(pairs),
            "venues": rows,
            "html": list(html),
            "tags": tags,
            "summary": summary,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def since(at: datetime) -> int:
    """The instant of a page's states, as the page gives it back when it starts to listen."""
    return int(at.timestamp())


async def live(request: Request) -> Response:
    """The stream. `since` is the instant, in seconds, of what the page shows: what changed after it comes first."""
    hub: Hub = request.app.state.live
    address = request.client.host if request.client else ""
    if full := refused(hub, address):
        return full
    given = request.query_params.get("since", "")
    known = (
        datetime.fromtimestamp(int(given), tz=hub.clock().tzinfo)
        if given.isdecimal() and len(given) < 12
        else None
    )
    return Stream(hub, address, known)


def refused(hub: Hub, address: str) -> Response | None:
    """The answer to one listener too many."""
    status = hub.full(address)
    return PlainTextResponse(str(status), status, {"Retry-After": str(RETRY_SECONDS)}) if status else None


class EventStream(Response):
    """Server-sent events until the page goes, or the server does: `speak` says what there is to say."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, address: str) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self.hub, self.address = hub, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))

        async def say(text: str, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

        self.join()
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            await say(": hello\n\n")
            await self.speak(say, gone)
            if not gone.done():
                await say("", more=False)
        except OSError:
            pass  # the page went while we spoke
        finally:
            self.leave()
            gone.cancel()

    def join(self) -> None:
        self.hub.join(self.address)

    def leave(self) -> None:
        self.hub.leave(self.address)

    async def speak(self, say: Callable[..., Awaitable[None]], gone: asyncio.Task[None]) -> None:
        raise NotImplementedError


class Stream(EventStream):
    """The states of places, and what becomes of them."""

    def __init__(self, hub: Hub, address: str, since: datetime | None) -> None:
        super().__init__(hub, address)
        self.since = since

    async def speak(self, say: Callable[..., Awaitable[None]], gone: asyncio.Task[None]) -> None:
        hub, number, greeted = self.hub, 0, False
        ends_at = asyncio.get_running_loop().time() + hub.longest_seconds
        while not (hub.stopping or gone.done()) and asyncio.get_running_loop().time() < ends_at:
            tick = hub.tick
            if hub.began_at is not None and not greeted:
                greeted, number = True, hub.number
                first = told(hub.watch.states, hub.venues, hub.missed(self.since), hub.clock())
                await say(f"event: states\ndata: {first}\n\n")
            elif greeted:
                # All of it at once: what changes while a slow page reads has a later number, and its turn comes.
                news, number = list(hub.news(number)), hub.number
                for text in news:
                    await say(f"event: states\ndata: {text}\n\n")
            rung = asyncio.create_task(tick.wait())
            done, _waiting = await asyncio.wait(
                {rung, gone}, timeout=hub.heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            rung.cancel()
            if not done:
                await say(": still here\n\n")


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def stop_at_signals(hub: Hub) -> None:
    """Let the streams end as soon as the server is told to stop, which would else wait for them; then as before.

    The server's own handlers stand already when the lifespan starts. Elsewhere than in the main thread there are none.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def told_to_stop(caught: int, frame: Any, before: Any = before) -> None:
            loop.call_soon_threadsafe(hub.stop)
            if callable(before):
                before(caught, frame)

        if callable(before):
            signal.signal(number, told_to_stop)

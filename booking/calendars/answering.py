"""The door of a feed: which answer a calendar program gets. Never a page, never a sign-in, never a 5xx.

Everything is decided by two cheap queries before an event is read. When the database is away the last good copy of
this process answers, with its age; where there is none, 429 asks the client to come back, which no client takes for
the end of the calendar.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import structlog

import settings
from booking import db, i18n
from booking.calendars import contents, copies, feeds
from booking.calendars.clients import recognised
from booking.calendars.models import Feed
from booking.calendars.window import window_of
from booking.errors import TooMany

METHODS = ("GET", "HEAD", "OPTIONS")
DATABASE_SECONDS_MAX = 5
NOTED_EVERY = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
RETRY_SECONDS = 300
# A copy older than this says more wrong than right.
COPY_LASTS = timedelta(days=2)

log = structlog.get_logger()


@dataclass(frozen=True)
class FeedAnswer:
    """Status, headers (lower-case names, with content-length), body."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def answer(token: str, *, method: str, headers: Mapping[str, str], at: datetime) -> FeedAnswer:
    """Answer a request for /feeds/<token>. `headers` are the request's, looked up by lower-case name."""
    if method == "OPTIONS":
        return FeedAnswer(204, {"allow": ", ".join(METHODS)})
    if method not in METHODS:
        return _plain(405, "A feed can only be read.\n", {"allow": ", ".join(METHODS)})
    key = feeds.digest(token)
    try:
        async with asyncio.timeout(DATABASE_SECONDS_MAX):
            copy = await _current(key, token, headers.get("user-agent", ""), at=at)
    except TooMany as many:
        return _plain(429, "Too often. Come back later.\n", {"retry-after": str(many.retry_after_seconds)})
    except Exception as error:
        # Whatever went wrong: a client that meets a 5xx a few times stops asking, for good.
        log.exception("feed not readable", feed=feeds.masked(f"/feeds/{token}"), why=type(error).__name__)
        return _from_memory(key, method, headers, at=at)
    if copy is None:
        copies.drop(key)
        return _plain(404, "Not found\n", head=method == "HEAD")
    return _said(copy, method, headers)


async def _current(key: str, token: str, agent: str, *, at: datetime) -> copies.Copy | None:
    """The feed as it is now, built only when it differs from what this process remembers; None: no such feed."""
    window = window_of(at)
    made_of = (window, settings.BASE_URL, settings.NETWORK_NAME)
    version = await db.version()
    remembered = copies.get(key)
    if remembered and remembered.holds(version, made_of, at=at):
        copies.count(key, at=at)
        return remembered
    feed = await feeds.known(token, at=at)
    if feed is None:
        return None
    copies.count(key, at=at)
    with i18n.speaking(feed.language):
        name = contents.events.named(feed.venue) if feed.venue else ""
    source = contents.Source(
        kind=feed.kind,
        owner_id=feed.owner_id,
        venue_id=feed.venue.id if feed.venue else None,
        language=feed.language,
        name=name,
    )
    seen, certain = await contents.fingerprint(source, window), True
    if remembered and remembered.etag == seen.etag:
        zipped, length = remembered.zipped, remembered.length
    else:
        body = await contents.build(source, window, seen)
        # Where anything changed at all between the two looks: was it in here?
        if await db.version() != version:
            again = await contents.fingerprint(source, window)
            if again.etag != seen.etag:  # these bytes would stand under the wrong tag
                seen, certain = again, False
                body = await contents.build(source, window, seen)
        zipped, length = copies.zipped(body), len(body)
    modified_at = await _noted(feed, seen.etag, agent, at=at) if certain else None
    copy = copies.Copy(
        seen.etag,
        zipped,
        length,
        modified_at,
        seen_at=at,
        made_of=made_of,
        version=version,
        # A fetch is noted now and then, and a role ends with a day somewhere: at a quarter of an hour.
        look_at=min(_noted_again(feed, at), at + QUARTER - (at - datetime.min.replace(tzinfo=UTC)) % QUARTER),
    )
    copies.keep(key, copy)
    return copy


def _noted_again(feed: feeds.Known, at: datetime) -> datetime:
    """When a fetch of this feed is to be noted next."""
    if feed.fetched_at is None or at - feed.fetched_at >= NOTED_EVERY:
        return at + NOTED_EVERY  # it was noted just now
    return feed.fetched_at + NOTED_EVERY


async def _noted(feed: feeds.Known, etag: str, agent: str, *, at: datetime) -> datetime | None:
    """Since when the feed is as it is, in whole seconds, strictly later than before it changed.

    Also notes who fetched it, every five minutes at most. A note that fails costs only Last-Modified.
    """
    modified_at = feed.modified_at
    changes: dict[str, object] = {}
    if feed.etag != etag:
        if feed.etag:
            modified_at = max(at.replace(microsecond=0), feed.modified_at + timedelta(seconds=1))
        changes |= {"etag": etag, "modified_at": modified_at}
    client = recognised(agent)
    if feed.fetched_at is None or at - feed.fetched_at >= NOTED_EVERY:
        changes |= {"fetched_at": at, "fetched_by": client}
    if not changes:
        return modified_at
    try:
        # Only over what was read: of two processes that notice the same change, the first one's moment stays.
        if await Feed.filter(id=feed.id, etag=feed.etag).update(**changes):
            return modified_at
        now = await Feed.get(id=feed.id)
        return now.modified_at if now.etag == etag else None
    except Exception as error:
        log.warning("feed fetch not noted", feed_id=feed.id, why=type(error).__name__)
        return modified_at if feed.etag == etag else None


def _said(copy: copies.Copy, method: str, headers: Mapping[str, str]) -> FeedAnswer:
    """304 where the client has these bytes, else the bytes, compressed where it likes that."""
    compress = _takes_gzip(headers.get("accept-encoding", ""))
    # A strong tag names bytes, and the compressed ones are others.
    tag = f'"{copy.etag}-gzip"' if compress else f'"{copy.etag}"'
    answer_headers = {
        "etag": tag,
        "cache-control": "private, no-cache",
        "vary": "Accept-Encoding",
        "x-robots-tag": "noindex",
    }
    if copy.modified_at is not None:
        answer_headers["last-modified"] = _http_date(copy.modified_at)
    if _has_it(copy, headers):
        return FeedAnswer(304, answer_headers)
    body = copy.zipped if compress else b"" if method == "HEAD" else copy.plain
    answer_headers |= {
        "content-type": "text/calendar; charset=utf-8",
        "content-length": str(len(copy.zipped) if compress else copy.length),
        "content-disposition": 'inline; filename="bookings.ics"',
    }
    if compress:
        answer_headers["content-encoding"] = "gzip"
    return FeedAnswer(200, answer_headers, b"" if method == "HEAD" else body)


def _has_it(copy: copies.Copy, headers: Mapping[str, str]) -> bool:
    """If-None-Match decides where it is sent; If-Modified-Since only without it."""
    wanted = headers.get("if-none-match")
    if wanted is not None:
        tags = {tag.strip().removeprefix("W/").strip('"') for tag in wanted.split(",")}
        return bool(tags & {"*", copy.etag, f"{copy.etag}-gzip"})
    since = _instant(headers.get("if-modified-since"))
    return since is not None and copy.modified_at is not None and copy.modified_at <= since


def _from_memory(key: str, method: str, headers: Mapping[str, str], *, at: datetime) -> FeedAnswer:
    """The last good copy, saying so; without one, a wish to come back in five minutes."""
    copy = copies.get(key)
    if copy is None or at - copy.seen_at > COPY_LASTS:
        return _plain(429, "Come back in a few minutes.\n", {"retry-after": str(RETRY_SECONDS)})
    good = _said(copy, method, headers)
    age = max(0, int((at - copy.seen_at).total_seconds()))
    return FeedAnswer(
        good.status, {**good.headers, "age": str(age), "warning": '110 - "Response is Stale"'}, good.body
    )


def _plain(
    status: int, text: str, more: Mapping[str, str] | None = None, *, head: bool = False
) -> FeedAnswer:
    headers = {
        "content-type": "text/plain; charset=utf-8",
        "content-length": str(len(text)),
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
        **(more or {}),
    }
    return FeedAnswer(status, headers, b"" if head else text.encode())


def _takes_gzip(accept: str) -> bool:
    """Whether the Accept-Encoding header allows gzip: named, or by *, and not with a weight of nothing."""
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _semicolon, weight = part.strip().partition(";q=")
        try:
            weights[name.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[name.strip()] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


@functools.lru_cache(maxsize=4096)
def _http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _instant(text: str | None) -> datetime | None:
    """A date of a request header; None when there is none, or none that can be read."""
    try:
        at = parsedate_to_datetime(text) if text else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at

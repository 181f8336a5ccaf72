"""Making, renewing and taking back secret calendar links."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking import db, events, members
from booking.calendars.models import Feed
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members import Member

KINDS = ("member", "venue")
TOKEN_OCTETS = 32
FEEDS_MAX = 10
# How long after taking a link back one may think better of it.
REGRET = timedelta(minutes=10)


class FeedsEnough(Refused):
    code = "feeds_enough"
    text = _("You have %(most)d links for this calendar already. Take one back first.")


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def masked(path: str) -> str:
    """A path that may be logged: of a feed's token only the first six characters, which cannot be used."""
    head, slash, rest = path.partition("/feeds/")
    return f"{head}{slash}{rest[:6]}…" if slash and len(rest) > 6 else path


@db.atomic
async def make_feed(kind: str, owner: Member, venue: Any, language: str, *, at: datetime) -> tuple[Feed, str]:
    """A new link, and its token, which is told this once. `venue` is None for a member's own bookings.

    One link per client, so that one can be taken back alone. Raises FeedsEnough after ten, NotFound when the member
    does not host the venue.
    """
    if kind not in KINDS or (kind == "venue") != (venue is not None):
        raise ValueError(f"no such feed: {kind}")
    if venue is not None and not (await members.active(owner, at)).hosts(venue):
        raise NotFound
    await db.lock(Member, [owner.id])
    venue_id = venue.id if venue is not None else None
    if (
        await Feed.filter(owner_id=owner.id, kind=kind, venue_id=venue_id, revoked_at=None).count()
        >= FEEDS_MAX
    ):
        raise FeedsEnough(most=FEEDS_MAX)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed = await Feed.create(
        kind=kind,
        owner_id=owner.id,
        venue_id=venue_id,
        token_hash=digest(token),
        token_hint=token[:6],
        language=language,
        created_at=at,
        modified_at=at.replace(microsecond=0),
    )
    await _record("feed.made", feed, by=owner, at=at)
    return feed, token


@db.atomic
async def rotate(feed_id: int, *, by: Member, at: datetime) -> tuple[Feed, str]:
    """The same feed under a new secret; the old one answers 404 from now on. Raises NotFound."""
    feed = await _own(feed_id, by)
    token = secrets.token_urlsafe(TOKEN_OCTETS)
    feed.token_hash, feed.token_hint = digest(token), token[:6]
    feed.fetched_at, feed.fetched_by = None, ""
    await feed.save(update_fields=["token_hash", "token_hint", "fetched_at", "fetched_by"])
    await _record("feed.rotated", feed, by=by, at=at)
    return feed, token


@db.atomic
async def revoke(feed_id: int, *, by: Member, at: datetime) -> None:
    """Take the link back: it stops working at once. Raises NotFound."""
    feed = await _own(feed_id, by)
    feed.revoked_at = at
    await feed.save(update_fields=["revoked_at"])
    await _record("feed.revoked", feed, by=by, at=at)


@db.atomic
async def restore(feed_id: int, *, by: Member, at: datetime) -> None:
    """Let a link work again that its owner took back a moment ago. Raises NotFound, also once that moment is over.

    A link that got about is replaced, and that is not undone here: only a slip of the hand is.
    """
    await db.lock(Member, [by.id])
    feed = await Feed.filter(id=feed_id, owner_id=by.id, revoked_at__gt=at - REGRET).first()
    if feed is None:
        raise NotFound
    same = Feed.filter(owner_id=by.id, kind=feed.kind, venue_id=feed.venue_id, revoked_at=None)
    if await same.count() >= FEEDS_MAX:
        raise FeedsEnough(most=FEEDS_MAX)
    feed.revoked_at = None
    await feed.save(update_fields=["revoked_at"])
    await _record("feed.restored", feed, by=by, at=at)


async def feeds_of(owner: Member) -> list[Feed]:
    """The member's living links, with their venues fetched, oldest first."""
    return await Feed.filter(owner_id=owner.id, revoked_at=None).select_related("venue").order_by("id")


async def feed_by_token(owner: Member, token: str) -> Feed | None:
    """The member's living feed with this token, if it is theirs: for showing a new link once."""
    return await Feed.filter(owner_id=owner.id, revoked_at=None, token_hash=digest(token)).first()


async def _own(feed_id: int, by: Member) -> Feed:
    await db.lock(Member, [by.id])
    feed = await Feed.filter(id=feed_id, owner_id=by.id, revoked_at=None).first()
    if feed is None:
        raise NotFound
    return feed


async def _record(name: str, feed: Feed, *, by: Member, at: datetime) -> None:
    await events.record(name, f"feed:{feed.id}", at=at, by_id=by.id, venue_id=feed.venue_id, kind=feed.kind)


@dataclass(frozen=True)
class Known:
    """A feed as its door reads it, in one query."""

    id: int
    kind: str
    owner_id: int
    venue: Any
    language: str
    etag: str
    modified_at: datetime
    fetched_at: datetime | None
    fetched_by: str


async def known(token: str, *, at: datetime) -> Known | None:
    """The living feed of this token whose owner may still see it. Unknown, old, revoked and lost are all None."""
    found = await db.rows(
        "SELECT f.*, v.name AS v_name, v.names AS v_names, v.entity_id AS v_entity_id FROM feed f "
        "JOIN member m ON m.id = f.owner_id AND m.suspended_at IS NULL LEFT JOIN venue v ON v.id = f.venue_id "
        "WHERE f.token_hash = ? AND f.revoked_at IS NULL",
        digest(token),
    )
    if not found:
        return None
    row = found[0]
    venue = None
    if row["venue_id"] is not None:
        venue = FeedVenue(row["venue_id"], row["v_entity_id"], row["v_name"], row["v_names"])
        # A feed lives no longer than the role it was made with.
        owner = await Member.get(id=row["owner_id"])
        if not (await members.active(owner, at)).hosts(venue):
            return None
    return Known(
        id=row["id"],
        kind=row["kind"],
        owner_id=row["owner_id"],
        venue=venue,
        language=row["language"],
        etag=row["etag"],
        modified_at=db.instant(row["modified_at"]),
        fetched_at=db.instant(row["fetched_at"]),
        fetched_by=row["fetched_by"],
    )


@dataclass
class FeedVenue:
    """A venue as far as a feed needs it. `names` may be JSON text."""

    id: int
    entity_id: int
    name: str
    names: Any

"""Unmet demand: what was asked for and what became of it, counted after the answer and without anybody's name.

A **wish** is one person asking for one kind of space in one house for one day. However often they look, quote or try,
it is one wish (per day of asking), and the furthest it got is what counts: booked, else the first no, else found. Who
is refused at ten and then books at eleven was helped. Somebody is a member, or an address of the net for visitors.

Noting a wish touches memory alone, so it can neither slow nor fail the answer that it is about. Each process writes
what it has noted every FLUSH_SECONDS, in a transaction of its own; a process that is killed loses as much.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import structlog
from tortoise.exceptions import IntegrityError

import settings
from booking import db
from booking.occupancy.models import Demand, DemandMark
from booking.timespan import TimeSpan, local, local_day

BOOKED, FOUND = "booked", "found"
# What a search came to: all that fits is taken or closed then, or there is nothing there that fits.
NOTHING_FREE, NOTHING_FITS = "nothing_free", "nothing_fits"
# Refusals that a house can do something about. Not those of money, of typing (the raster, the past) and of people.
TURNED_AWAY = (
    "taken",
    "not_open",
    "shut",
    "too_soon",
    "too_far",
    "too_short",
    "too_long",
    "too_many_people",
    "too_many_units",
    "quota_reached",
    "skill_needed",
    "role_needed",
    "members_only",
    "not_for_your_category",
    "not_published",
    NOTHING_FREE,
    NOTHING_FITS,
)
# Refusals of money: the house would have let it.
OF_MONEY = (
    "payment_needed",
    "price_moved",
    "not_enough_budget",
    "over_limit",
    "activity_closed",
    "no_exchange_rate",
    "too_little_for_card",
)
RANKS = {FOUND: 0, BOOKED: 2}
REFUSED = 1
ANY_HOUR = -1

FLUSH_SECONDS = 20
BATCH = 200  # wishes in one transaction
WAITING_MAX = 5_000  # beyond these, a process notes no more until it has written
OF_ONE_MAX = 30  # wishes of one person and day of asking: more are a program's
# What a search says by its place, where that is one.
MEASURED = ("city", "venue", "near")
HOUSES_MAX = 10  # a search counts in so many houses around, the nearest ones
AHEAD = timedelta(days=731)
KEEP_MARKS = timedelta(days=2)
KEEP = timedelta(days=3 * 366)
log = structlog.get_logger("booking.occupancy")


class SaysNo(Protocol):
    """A refusal, or what a page shows of one."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Wished:
    """One wish as it was noted: who in words of the net, where, what and when by the house's clock."""

    who: str
    venue_id: int
    kind: str
    wanted_on: date
    hour: int
    outcome: str
    at: datetime

    @property
    def key(self) -> tuple[Any, ...]:
        return self.who, self.venue_id, self.kind, self.wanted_on, self.at.date()

    @property
    def rank(self) -> int:
        return RANKS.get(self.outcome, REFUSED)


_waiting: dict[tuple[Any, ...], Wished] = {}
_asked_by: dict[tuple[str, date], int] = {}


# --- noting ------------------------------------------------------------------------------------------


def note(resource: Any, span: TimeSpan, outcome: str | Iterable[SaysNo], *, who: str, at: datetime) -> None:
    """Somebody asked for this resource then: it was BOOKED or FOUND, or these rules said no.

    `who` is 'member:7', or 'address:…' for visitors. A no that is about money alone is FOUND, and one that no house can
    help (the past, a step of the clock, a suspended member) counts nowhere.
    """
    if not isinstance(outcome, str):
        codes = [refusal.code for refusal in outcome]
        usual = FOUND if all(code in OF_MONEY for code in codes) else ""
        outcome = next((code for code in codes if code in TURNED_AWAY), usual)
    if outcome:
        begins = local(span.begins_at, resource.venue.zone)
        _note(Wished(who, resource.venue_id, resource.kind, begins.date(), begins.hour, outcome, at))


def note_search(results: Any, *, who: str, at: datetime) -> None:
    """Somebody searched for a place and a time, with these results of `search.find`.

    It counts in each house that was found, or, where nothing was, in those looked at, the nearest ones. A search that
    named no place or no time, or that turns a page, is no wish.
    """
    wish = results.wish
    timed = (
        wish.day is not None or wish.begins is not None or wish.ends is not None or wish.length is not None
    )
    if results.where.kind not in MEASURED or not timed or wish.page > 1:
        return
    houses, outcome = results.houses, NOTHING_FREE if results.fitting else NOTHING_FITS
    if results.hits:
        houses = dict.fromkeys((hit.resource.venue_id, hit.resource.venue.zone) for hit in results.hits)
        outcome = FOUND
    for venue_id, zone in list(houses)[:HOUSES_MAX]:
        wanted_on = wish.day or local_day(at, zone)
        hour = ANY_HOUR if wish.begins is None else wish.begins // 60 % 24
        _note(Wished(who, venue_id, wish.kind or wish.group, wanted_on, hour, outcome, at))


def _note(wished: Wished) -> None:
    today = wished.at.date()
    if not today - timedelta(days=1) <= wished.wanted_on <= today + AHEAD:
        return
    if (known := _waiting.get(wished.key)) is not None:
        if wished.rank > known.rank:
            _waiting[wished.key] = wished
        return
    asked = _asked_by.get((wished.who, today), 0)
    if len(_waiting) >= WAITING_MAX or (asked >= OF_ONE_MAX and wished.outcome != BOOKED):
        return
    if len(_asked_by) >= WAITING_MAX:
        _asked_by.clear()
    _asked_by[wished.who, today] = asked + 1
    _waiting[wished.key] = wished


def clear() -> None:
    """Forget what has been noted and not yet counted."""
    _waiting.clear()
    _asked_by.clear()


# --- counting ----------------------------------------------------------------------------------------


async def keep_counting() -> None:
    """Write what was noted, now and then, until cancelled. Whatever goes wrong is logged, and tried again."""
    while True:
        await asyncio.sleep(FLUSH_SECONDS)
        try:
            await count_wishes()
        except Exception:
            log.exception("wishes_not_counted")


async def count_wishes() -> int:
    """Write down all that has been noted in this process. Returns how many wishes that were."""
    counted = 0
    while _waiting:
        keys = list(_waiting)[:BATCH]
        batch = [_waiting.pop(key) for key in keys]
        try:
            # In one order everywhere: so two processes wait for each other, and never both.
            await _count(sorted(((mark_of(one), one) for one in batch), key=lambda pair: pair[0]))
        except IntegrityError:
            # Something of it is about what there is no more: better a few wishes less than the same failure for ever.
            log.exception("wishes_dropped", wishes=len(batch))
            continue
        except BaseException:
            for one in batch:
                _waiting.setdefault(one.key, one)
            raise
        counted += len(batch)
    return counted


@db.atomic
async def _count(batch: Sequence[tuple[str, Wished]]) -> None:
    for mark, wished in batch:
        known = await DemandMark.filter(mark=mark).first().values("demand_id", "rank")
        if known and known["rank"] >= wished.rank:
            continue
        demand_id = await _row(wished)
        if known:
            moved = await db.rows(
                "UPDATE demand_mark SET demand_id = ?, rank = ? WHERE mark = ? AND demand_id = ? RETURNING mark",
                demand_id,
                wished.rank,
                mark,
                known["demand_id"],
            )
            if moved:
                await db.rows("UPDATE demand SET wishes = wishes - 1 WHERE id = ?", known["demand_id"])
        else:
            moved = await db.rows(
                "INSERT INTO demand_mark (mark, demand_id, rank, made_at) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (mark) DO NOTHING RETURNING mark",
                mark,
                demand_id,
                wished.rank,
                wished.at,
            )
        if moved:
            await db.rows("UPDATE demand SET wishes = wishes + 1 WHERE id = ?", demand_id)


async def _row(wished: Wished) -> int:
    """The counter of this wish, made where there is none."""
    where = (wished.venue_id, wished.wanted_on, wished.kind, wished.hour, wished.outcome)
    await db.rows(
        "INSERT INTO demand (venue_id, wanted_on, kind, hour, outcome, wishes, since_at) "
        "VALUES (?, ?, ?, ?, ?, 0, ?) ON CONFLICT (venue_id, wanted_on, kind, hour, outcome) DO NOTHING",
        *where,
        wished.at,
    )
    [found] = await db.rows(
        "SELECT id FROM demand WHERE venue_id = ? AND wanted_on = ? AND kind = ? AND hour = ? AND outcome = ?",
        *where,
    )
    return found["id"]


def mark_of(wished: Wished) -> str:
    """What is kept of the wish for two days. The day of asking is in it: a mark of yesterday knows nobody today."""
    text = f"{wished.who} {wished.venue_id} {wished.kind} {wished.wanted_on} {wished.at:%Y-%m-%d}"
    return hmac.new(f"wish {settings.SECRET_KEY}".encode(), text.encode(), hashlib.sha256).hexdigest()


async def forget_demand(at: datetime) -> int:
    """Delete marks of two days ago, and counters of days that are three years past. Returns how many."""
    gone = await DemandMark.filter(made_at__lt=at - KEEP_MARKS).delete()
    return gone + await Demand.filter(wanted_on__lt=(at - KEEP).date()).delete()

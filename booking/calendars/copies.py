"""What this process remembers of feeds: the last good bytes of each link, and how often it was asked for this hour.

Both live in memory on purpose. The copies are for the moment when the database is away; counting there would turn
the cheapest request, a 304, into a write. With several processes each counts for itself.
"""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from booking.errors import TooMany

COPIES_OCTETS_MAX = 24 * 1024 * 1024
FETCHES_MAX, FETCHES_SECONDS = 120, 3600


@dataclass(frozen=True)
class Copy:
    """A feed's bytes, compressed, and since when they are current (`modified_at`) and known to be (`seen_at`).

    `made_of` is all they were made of, but for rows: window, wording; `version` the database's when it was looked at.
    They need no other look while both stay the same, until `look_at`.
    """

    etag: str
    zipped: bytes
    length: int
    modified_at: datetime | None
    seen_at: datetime
    made_of: tuple[Any, ...] = ()
    version: tuple[Any, ...] = ()
    look_at: datetime | None = None

    @property
    def plain(self) -> bytes:
        return _unzipped(self.zipped)

    def holds(self, version: tuple[Any, ...], made_of: tuple[Any, ...], *, at: datetime) -> bool:
        """Whether nothing can have changed since these bytes were looked at."""
        return (
            self.look_at is not None
            and self.seen_at <= at < self.look_at
            and (self.version, self.made_of) == (version, made_of)
        )


# Most clients take the compressed bytes; a busy one that does not need not have them unpacked each time.
@lru_cache(maxsize=8)
def _unzipped(octets: bytes) -> bytes:
    return gzip.decompress(octets)


_copies: OrderedDict[str, Copy] = OrderedDict()
_octets = 0
_counts: dict[str, int] = {}
_hour = 0


def zipped(body: bytes) -> bytes:
    """The same bytes for the same body: gzip's own time stamp is left out. Level 2, as 6 costs more than building."""
    return gzip.compress(body, compresslevel=2, mtime=0)


def get(key: str) -> Copy | None:
    return _copies.get(key)


def keep(key: str, copy: Copy) -> None:
    """Remember the copy; the ones asked for longest ago make room."""
    global _octets
    drop(key)
    _copies[key] = copy
    _octets += len(copy.zipped)
    while _octets > COPIES_OCTETS_MAX and len(_copies) > 1:
        drop(next(iter(_copies)))


def drop(key: str) -> None:
    global _octets
    if copy := _copies.pop(key, None):
        _octets -= len(copy.zipped)


def count(key: str, *, at: datetime) -> None:
    """Count a fetch of a link that exists, or raise TooMany: 120 an hour, where the busiest client makes 60."""
    global _hour
    hour = int(at.timestamp()) // FETCHES_SECONDS
    if hour != _hour:
        _hour = hour
        _counts.clear()
    _counts[key] = _counts.get(key, 0) + 1
    if _counts[key] > FETCHES_MAX:
        raise TooMany((hour + 1) * FETCHES_SECONDS - int(at.timestamp()))


def forget() -> None:
    """Forget everything, as a new process would."""
    global _octets
    _copies.clear()
    _counts.clear()
    _octets = 0

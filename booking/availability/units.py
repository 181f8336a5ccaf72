"""Which units are free, which ones a reservation takes, and who may move so that it fits.

`taken` maps the id of *every* unit of the resource to the spans in which something has it: claims with their
own buffers, maintenance, imported busy times. A unit that nothing has maps to an empty list, and must be
there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Generic, Literal, TypeVar

from booking.timespan import TimeSpan, subtract, union

K = TypeVar("K", bound=Hashable)

# Packing a pool around spans that cannot move is a hard puzzle in general; ours are small, and above this
# many tries the answer is "no", which is safe: nothing is taken.
MOST_TRIES = 2_000

BEGINNING = datetime.min.replace(tzinfo=UTC)


def free_spans(
    bookable: Iterable[TimeSpan],
    taken: Mapping[int, Sequence[TimeSpan]],
    *,
    takes: Literal["all", "any"],
    count: int = 1,
    buffers: tuple[int, int] = (0, 0),
) -> list[TimeSpan]:
    """The spans in which a new reservation, without its buffers, may lie; merged and sorted.

    'all' needs every unit; 'any' needs `count` units at each instant, not the same ones throughout, because
    claims that have not begun can be moved (`repack`). `buffers` are the new reservation's minutes before and
    after: they must fit in the units' free time, but may lie outside of the opening hours.

    Where spans cannot move (begun, maintenance), a pool may look free here and still be refused by `repack`.
    """
    if takes == "any" and count < 1:
        raise ValueError(f"at least one unit: {count}")
    needed = len(taken) if takes == "all" else count
    if not taken or needed > len(taken):
        return []
    before, after = buffers
    # A reservation must end `after` minutes before the units are short, and begin `before` minutes after
    # that.
    return subtract(bookable, (span.widened(after, before) for span in _short_of(needed, taken)))


def pick(
    units: Sequence[int], taken: Mapping[int, Sequence[TimeSpan]], span: TimeSpan, count: int = 1
) -> list[int] | None:
    """`count` units that are free for the whole span (buffers included), or None.

    The unit whose gap is tightest comes first, then in the order given, so that long gaps stay whole for long
    reservations.
    """
    if count < 1:
        raise ValueError(f"at least one unit: {count}")
    gaps = [
        (*gap, place)
        for place, unit in enumerate(units)
        if (gap := _gap(taken.get(unit, ()), span)) is not None
    ]
    return [units[place] for *_, place in sorted(gaps)[:count]] if len(gaps) >= count else None


def repack(
    units: Sequence[int],
    fixed: Mapping[int, Sequence[TimeSpan]],
    movable: Sequence[tuple[K, TimeSpan, int]],
    wish: TimeSpan,
    count: int = 1,
) -> tuple[list[int], dict[K, int]] | None:
    """Units for the wish (buffers included), and the claims that must move for it: key to new unit. Or None.

    `fixed` holds by unit what must stay, `movable` the claims (key, span, present unit) that may go to
    another unit at the same time; claims of one reservation are moved one by one, and since they overlap they
    never meet on one unit. Nothing moves when a unit is free anyway, and a claim keeps its unit where it can.

    With nothing fixed the answer is exact: None only if too few units are free at some instant. Around fixed
    spans it is exact up to MOST_TRIES. A claim that clashes with a fixed span already may stay, that is the
    manager's to solve, but nothing is moved into a clash.

    Two claims may change places: with a guard that looks at each row, take the moved ones away before
    writing.
    """
    held = {unit: list(fixed.get(unit, ())) for unit in units}
    for _, span, unit in movable:
        if unit in held:
            held[unit].append(span)
    if chosen := pick(units, held, wish, count):
        return chosen, {}
    if free_spans([wish], held, takes="any", count=count) != [wish]:
        return None
    block = _block(wish, [span for _, span, _ in movable])
    pieces: list[_Piece[K]] = [
        _Piece(span, unit, key) for key, span, unit in movable if unit in held and span.overlaps(block)
    ]
    pieces += [_Piece(wish)] * count
    # In order of their beginning, any unit that is free will do: this is what makes the colouring exact.
    pieces.sort(key=lambda piece: (piece.span.begins_at, piece.unit is None))
    places = _assign(pieces, units, {unit: union(fixed.get(unit, ())) for unit in units})
    if places is None:
        return None
    chosen = [place for piece, place in zip(pieces, places, strict=True) if piece.unit is None]
    moves = {
        piece.key: place
        for piece, place in zip(pieces, places, strict=True)
        if piece.key is not None and piece.unit != place
    }
    return chosen, moves


@dataclass(frozen=True, slots=True)
class _Piece(Generic[K]):
    """Something to put on a unit: a claim with its present unit and key, or the wish, which has neither."""

    span: TimeSpan
    unit: int | None = None
    key: K | None = None


def _short_of(needed: int, taken: Mapping[int, Sequence[TimeSpan]]) -> list[TimeSpan]:
    """When fewer than `needed` units are free."""
    steps: list[tuple[datetime, int]] = []
    for spans in taken.values():
        for span in union(spans):
            steps += [(span.begins_at, 1), (span.ends_at, -1)]
    short: list[TimeSpan] = []
    busy, most = 0, len(taken) - needed
    since: datetime | None = None
    for at, step in sorted(steps):  # at one instant, what ends comes before what begins
        busy += step
        if busy > most and since is None:
            since = at
        elif busy <= most and since is not None:
            short.append(TimeSpan(since, at))
            since = None
    return union(short)


def _gap(spans: Iterable[TimeSpan], wish: TimeSpan) -> tuple[int, timedelta] | None:
    """How loosely the wish would lie among the spans: its open sides, and the time left at the others."""
    left = right = None
    for span in spans:
        if span.overlaps(wish):
            return None
        if span.ends_at <= wish.begins_at:
            slack = wish.begins_at - span.ends_at
            left = slack if left is None else min(left, slack)
        else:
            slack = span.begins_at - wish.ends_at
            right = slack if right is None else min(right, slack)
    sides = [side for side in (left, right) if side is not None]
    return 2 - len(sides), sum(sides, timedelta())


def _block(wish: TimeSpan, spans: Sequence[TimeSpan]) -> TimeSpan:
    """The unbroken stretch of movable claims around the wish: what lies outside has no part in it."""
    return next(span for span in union([wish, *spans]) if span.contains(wish))


def _assign(
    pieces: Sequence[_Piece[K]], units: Sequence[int], fixed: Mapping[int, Sequence[TimeSpan]]
) -> list[int] | None:
    """A unit for each piece, in order of their beginning, by a bounded search; None if none is found."""
    places: list[int] = []
    busy_until = [dict.fromkeys(units, BEGINNING)]  # as it stands before each piece
    searches: list[Iterator[int]] = []
    tries = 0
    while len(places) < len(pieces):
        number = len(places)
        if len(searches) == number:
            searches.append(iter(_candidates(pieces, number, busy_until[number], fixed)))
        unit = next(searches[number], None)
        if unit is not None:
            places.append(unit)
            busy_until.append({**busy_until[number], unit: pieces[number].span.ends_at})
            continue
        tries += 1
        searches.pop()
        if not places or tries > MOST_TRIES:
            return None
        places.pop()
        busy_until.pop()
    return places


def _candidates(
    pieces: Sequence[_Piece[K]],
    number: int,
    busy_until: Mapping[int, datetime],
    fixed: Mapping[int, Sequence[TimeSpan]],
) -> list[int]:
    """The units on which a piece can go, the one that disturbs least first.

    That is its own; else one where nobody else has to move, the tightest; else the one whose next claim comes
    last.
    """
    piece = pieces[number]
    next_at: dict[int, datetime] = {}
    for other in islice(pieces, number + 1, None):
        if other.span.begins_at >= piece.span.ends_at:
            break
        if other.unit is not None:
            next_at.setdefault(other.unit, other.span.begins_at)

    def disturbance(unit: int) -> tuple[int, timedelta]:
        if unit == piece.unit:
            return 0, timedelta()
        if unit not in next_at:
            return 1, piece.span.begins_at - busy_until[unit]
        return 2, piece.span.ends_at - next_at[unit]

    return sorted(
        (
            unit
            for unit, until in busy_until.items()
            if until <= piece.span.begins_at
            and (unit == piece.unit or not any(span.overlaps(piece.span) for span in fixed[unit]))
        ),
        key=disturbance,
    )

"""Who was turned away: the share of wishes that ended in a no, by reason and by hour. Pure.

Numbers under five are nobody's business: they are put together until every number that is shown is five or more, and
left out where all of it is less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from booking.occupancy.demand import BOOKED, FOUND, TURNED_AWAY
from booking.occupancy.figures import PERSONS_MIN, Figure, figure

OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Asked:
    """One counter: how many wishes of one kind and hour (-1: any) had this outcome."""

    kind: str
    hour: int
    outcome: str
    wishes: int


@dataclass(frozen=True)
class Unmet:
    """Who was turned away in a period, by reason and by hour as (name, wishes); `others` last, where there is one.

    `asked` and `turned_away` are wishes. Hours are two digits of the house's clock, 'any' where no hour was asked for.
    """

    asked: int
    turned_away: int
    reasons: Sequence[tuple[str, int]]
    hours: Sequence[tuple[str, int]]


def unmet(rows: Iterable[Asked]) -> Unmet:
    """The counters added up, with small numbers put together."""
    asked = away = 0
    reasons: dict[str, int] = {}
    hours: dict[str, int] = {}
    for row in rows:
        asked += row.wishes
        if row.outcome in (BOOKED, FOUND):
            continue
        away += row.wishes
        reason = row.outcome if row.outcome in TURNED_AWAY else OTHERS
        reasons[reason] = reasons.get(reason, 0) + row.wishes
        hour = "any" if row.hour < 0 else f"{row.hour:02}"
        hours[hour] = hours.get(hour, 0) + row.wishes
    by_reason = sorted(together(reasons).items(), key=lambda one: (one[0] == OTHERS, -one[1], one[0]))
    by_hour = sorted(together(hours).items(), key=lambda one: (one[0] == OTHERS, one[0]))
    return Unmet(asked, away, by_reason, by_hour)


def together(cells: Mapping[str, int]) -> dict[str, int]:
    """The cells with all that are under five added to one, and the smallest others too, until that one has five.

    Nothing where there are fewer than five in all. So no cell can be worked out from the sum and the rest.
    """
    found = {name: count for name, count in cells.items() if count and name != OTHERS}
    rest = cells.get(OTHERS, 0)
    for name, count in sorted(found.items(), key=lambda one: (one[1], one[0])):
        if count >= PERSONS_MIN and (rest == 0 or rest >= PERSONS_MIN):
            break
        rest += found.pop(name)
    if 0 < rest < PERSONS_MIN:
        return {}
    return {**found, OTHERS: rest} if rest else found


def demand_figure(rows: Sequence[Asked], coverage: Fraction | None) -> Figure:
    """The share of wishes that were turned away. `coverage`: of how many of the days wishes were counted at all."""
    found = unmet(rows)
    return figure(
        "unmet",
        found.turned_away,
        found.asked,
        n=found.asked,
        source=("wishes",),
        coverage=coverage,
        persons=found.turned_away,
        parts={name: Fraction(count) for name, count in found.reasons},
    )

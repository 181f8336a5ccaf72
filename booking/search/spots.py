"""What a floor plan shows of each resource at a chosen time; the list beside it says the same, from the same answer.

No rule is made here: what is free is asked of the plans that the timeline reads, whether it may be booked of the rules
that the reservation asks, and whose it is of what the timeline shows.

free, approval (free, a host confirms): all of the span can be booked. part: some of it, or at another length. mine:
one's own booking lies there. taken, closed, past: why not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from booking import i18n, reservations
from booking.errors import Refused
from booking.search.lanes import Shown, shown_reservations
from booking.search.runs import beyond, bookable_runs, needed_for, proposal
from booking.timespan import TimeSpan, common, step_from

State = Literal["free", "approval", "part", "mine", "taken", "closed", "past"]
LOOKED_AHEAD = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Spot:
    """A resource at a time. `units` and `free_units` count a pool (1 and 0 or 1 otherwise); `why` is the sentence of
    the rule that says no; `free` what of the span can be booked; `book` what to propose; `reservation_id` one's own;
    `barred`: others could book it (then it is closed, as on the timeline)."""

    resource: Any
    state: State
    units: int = 1
    free_units: int = 0
    why: str = ""
    free: tuple[TimeSpan, ...] = ()
    book: TimeSpan | None = None
    reservation_id: Any = None
    barred: bool = False

    @property
    def is_pool(self) -> bool:
        return self.resource.takes == "any" and self.units > 1


async def spots(
    resources: Sequence[Any],
    span: TimeSpan,
    *,
    member: Any = None,
    barred: Mapping[int, Refused] = MappingProxyType({}),
    at: datetime,
) -> dict[int, Spot]:
    """Each of these resources of one venue at this time, by id, in a fixed number of queries. `barred` are those that
    this member cannot book, by reservations.barred."""
    if not resources:
        return {}
    plans = await reservations.plans(resources, beyond(span), language=i18n.language())
    shown = await shown_reservations(plans, span, member_id=member.id if member else None, at=at)
    # Visitors see what members could book, as on the timeline; who may is told where it is booked.
    category = member.category if member else "member"
    return {
        id: spot_of(plan, span, shown, category=category, barred=barred.get(id), at=at)
        for id, plan in plans.items()
    }


async def soonest(
    resources: Sequence[Any], at: datetime, *, after: datetime | None = None
) -> datetime | None:
    """When the next booking of any of these resources can begin, then or later; None where none can for a week."""
    if not resources:
        return None
    first = after or at
    plans = await reservations.plans(resources, beyond(TimeSpan(first, first + LOOKED_AHEAD)))
    return min((run.begins_at for plan in plans.values() for run in bookable_runs(plan, at)), default=None)


def spot_of(
    plan: Any,
    span: TimeSpan,
    shown: Mapping[int, Sequence[Shown]],
    *,
    category: str,
    barred: Refused | None = None,
    at: datetime,
) -> Spot:
    """One resource, from its plan and the reservations, by unit, that may be shown to this viewer."""
    resource = plan.resource
    free_units = units_free(plan, span)
    known: Mapping[str, Any] = {
        "resource": resource,
        "units": len(plan.taken) if resource.takes == "any" else 1,
        "free_units": free_units,
    }
    objections = reservations.objections(
        reservations.Question(
            resource=resource, plan=plan, span=span, at=at, category=category, hosts=True, has_skill=True
        )
    )
    bookable = bool(free_units) and not objections
    own = _own(plan, span, shown)
    if own is not None:
        again = span if bookable and barred is None else None
        return Spot(**known, state="mine", reservation_id=own.id, book=again)
    if barred is not None and common(bookable_runs(plan, at), [span]):
        return Spot(**known, state="closed", why=barred.sentence, barred=True)
    if bookable:
        return Spot(**known, state="approval" if resource.approval else "free", free=(span,), book=span)
    why = objections[0].sentence if objections else ""
    if span.ends_at <= at:
        return Spot(**known, state="past")
    runs = bookable_runs(plan, at)
    if parts := tuple(common(runs, [span])):
        return Spot(**known, state="part", why=why, free=parts, book=_proposed(resource, runs, parts[0]))
    if not common(plan.bookable, [span]) or free_units:
        return Spot(**known, state="closed", why=why)
    return Spot(**known, state="taken")


def units_free(plan: Any, span: TimeSpan) -> int:
    """How many of a pool are free for the whole span (for what is booked whole, 1 or 0)."""
    most = len(plan.taken) if plan.resource.takes == "any" else 1
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if any(run.contains(span) for run in plan.free(middle)):
            low = middle
        else:
            high = middle - 1
    return low


def _own(plan: Any, span: TimeSpan, shown: Mapping[int, Sequence[Shown]]) -> Shown | None:
    """The viewer's own reservation on these units at this time; the first of several."""
    here = [each for unit in plan.taken for each in shown.get(unit, ())]
    own = [each for each in here if each.id is not None and each.span.overlaps(span)]
    return min(own, key=lambda each: each.span, default=None)


def _proposed(resource: Any, runs: Sequence[TimeSpan], part: TimeSpan) -> TimeSpan:
    """What to book where only a part is free: from its beginning, or from that of the run around it."""
    run = next(each for each in runs if each.contains(part))
    begins_at = step_from(part.begins_at, resource.raster_minutes, resource.venue.zone)
    if run.ends_at - begins_at < needed_for(resource):
        begins_at = run.begins_at
    wish = proposal(resource, TimeSpan(begins_at, run.ends_at), max(part.minutes, 1))
    # Never longer than the rules allow, even where all of the part is free.
    longest = begins_at + timedelta(minutes=resource.longest_minutes)
    return TimeSpan(begins_at, min(wish.ends_at, longest))
